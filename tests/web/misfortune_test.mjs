// An empty shop, a server that goes away, a key that is wanted: the page says what to do.
import assert from "node:assert/strict";

import { drop } from "./house/hands.mjs";
import { photo } from "./house/program.mjs";
import { assertSound, suite } from "./house/suite.mjs";

suite("EmptyShop", {}, (test) => {
  test("AnEmptyCatalogueSaysWhatToDo", async (visit) => {
    await visit.go("/");
    await visit.page.getByRole("heading", { name: "The catalogue is empty" }).waitFor();
    await visit.keep("empty-search-desktop-light");
    await assertSound(visit);
    await visit.page.getByRole("link", { name: "Fill the catalogue" }).click();
    await visit.page.getByRole("button", { name: "Add the first product" }).waitFor();
    await visit.keep("empty-catalogue-desktop-light");
    await assertSound(visit);
    for (const [path, heading] of [["/jobs", "Nothing has run yet"]]) {
      await visit.go(path);
      await visit.page.getByRole("heading", { name: heading }).waitFor();
    }
    await visit.go("/insights");
    await visit.page.getByText("No job has ended in the last day.").waitFor();
  });

  test("TheFocusGoesToTheHeadingOfANewView", async (visit) => {
    await visit.go("/");
    await visit.page.getByRole("link", { name: "Jobs" }).click();
    await visit.page.waitForFunction(() => document.activeElement?.matches("h1"));
    assert.equal(await visit.page.title(), "Jobs · Vitrine");
    assert.equal(await visit.page.locator("[aria-current=page]").textContent().then((text) => text.trim()), "Jobs");
    await visit.page.reload();
    await visit.page.locator("h1").waitFor();
    await visit.page.keyboard.press("Tab");
    assert.equal(await visit.page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await visit.page.keyboard.press("Enter");
    assert.equal(await visit.page.evaluate(() => document.activeElement.id), "main");
  });
});

suite("ServerAway", { products: ["mug-fern"] }, (test) => {
  test("AServerThatIsGoneIsSaidSoAndFoundAgain", async (visit, world) => {
    visit.watch.expect(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING/);
    await visit.go("/catalogue");
    await visit.page.locator(".plinth").waitFor();
    const { listen } = world.server;
    await world.server.stop();
    await visit.page.locator("#catalogue-q").fill("mug");
    await visit.page.locator("#connection", { hasText: "The server does not answer" }).waitFor();
    await visit.keep("server-away-desktop-light");
    await assertSound(visit);
    world.server = await world.workplace.serve({ listen });
    await visit.page.locator("#connection").getByRole("button", { name: "Try now" }).click({ timeout: 5000 }).catch(() => {}); // it may be back by itself
    await visit.page.waitForFunction(() => document.getElementById("connection").textContent === "");
    await visit.page.locator(".plinth").waitFor();
    assert.equal(await visit.page.locator(".failure").count(), 0);
  });
});

suite("ServerWithKeys", { settings: ['server.api_keys=a-long-key-for-the-test-1234'] }, (test) => {
  test("AKeyIsAskedForAndSentWithEverything", async (visit) => {
    const { page } = visit;
    visit.watch.expect(/status of 401/);
    await page.goto(visit.url);
    await page.getByRole("heading", { name: "This server wants an API key" }).waitFor();
    assert.deepEqual(await visit.barriers(), []);
    await page.locator("dialog").getByLabel("API key").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("was not accepted").waitFor();
    await page.locator("dialog").getByLabel("API key").fill("a-long-key-for-the-test-1234");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The catalogue is empty" }).waitFor();

    await visit.go("/catalogue");
    await page.getByRole("button", { name: "Add the first product" }).click();
    await drop(page, ".photo-field", photo("catalog/mug-fern.jpg"));
    await page.locator("dialog").getByLabel("Name").fill("White mug with ferns");
    await page.getByRole("button", { name: "Add it" }).click();
    const crop = page.locator(".crop-card.is-primary img");
    await crop.waitFor();
    await page.waitForFunction(() => document.querySelector(".crop-card.is-primary img").naturalWidth > 0); // with the key, too
    await page.reload();
    await crop.waitFor();
    assert.equal(await page.locator("dialog").count(), 0); // kept for this tab
    assert.equal(await page.evaluate(() => Object.values(localStorage).join()), "");
  });
});
