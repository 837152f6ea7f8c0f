// The search page, as somebody walks it who sees it for the first time.
import assert from "node:assert/strict";

import { PHONE } from "./house/browser.mjs";
import { drag, drop, glimpse, paste, tabTo } from "./house/hands.mjs";
import { photo } from "./house/program.mjs";
import { assertSound, suite } from "./house/suite.mjs";

const products = [
  "tea-earl-grey", "tea-sencha", "tea-chamomile", "tea-peppermint", "mug-fern", "mug-red-stripes", "mug-blue-stripes",
  "cereal-honey-hoops", "bowl-blue-rings", "sneaker-black-gum",
];
const twoTeas = photo("queries/two-teas.jpg");

async function searched(visit, file = twoTeas) {
  await visit.go("/");
  await drop(visit.page, ".intake", file);
  await visit.page.locator(".card-first").waitFor();
}

const names = (visit, within = ".results > .cards") => visit.page.locator(`${within} h3`).allTextContents();

suite("Search", { products }, (test) => {
  test("ADroppedPhotoIsAnsweredWithItsProductsAndTheReasons", async (visit) => {
    await searched(visit);
    const first = visit.page.locator(".card-first");
    assert.match(await first.locator(".reasons li").first().textContent(), /\S/);
    assert.match(await first.locator(".score").textContent(), /(Very likely|Likely|Possible).*\d+ %/);
    assert.match(visit.page.url(), /#\/search\/\d+$/);
    await visit.keep("search-desktop-light");
    await assertSound(visit);
  });

  test("TheFirstCardIsAProductThatIsInThePhoto", async (visit, world) => {
    await searched(visit, photo("queries/gum-sole.jpg"));
    assert.equal(await visit.page.locator(".card-first").getAttribute("data-product"), "sneaker-black-gum");
    const product = await world.server.ask("/v1/products/sneaker-black-gum");
    assert.deepEqual((await names(visit))[0], product.name);
  });

  test("APastedAndAChosenPhotoAreSearchedToo", async (visit) => {
    await visit.go("/");
    await paste(visit.page, photo("queries/gum-sole.jpg"));
    await visit.page.locator(".card-first").waitFor();
    await visit.page.locator(".stage-tools input[type=file]").first().setInputFiles(twoTeas);
    await visit.page.locator(".card-first:not([data-product='sneaker-black-gum'])").waitFor();
  });

  test("ProgressIsToldWhileTheSearchRuns", async (visit) => {
    await visit.go("/");
    const spoken = [];
    await visit.page.exposeFunction("noteSpoken", (text) => spoken.push(text));
    await visit.page.evaluate(() => new MutationObserver(() => window.noteSpoken(document.getElementById("spoken").textContent))
      .observe(document.getElementById("spoken"), { childList: true, characterData: true, subtree: true }));
    const progress = await glimpse(visit.page, ".progress-stages [aria-current=step]");
    await drop(visit.page, ".intake", photo("queries/tea-on-linen.jpg"));
    await progress();
    await visit.page.locator(".card-first").waitFor();
    assert.ok(spoken.some((text) => /Looking at each|Finding things|Waiting/.test(text)), spoken.join(" | "));
    assert.ok(spoken.some((text) => /products?\./.test(text)), spoken.join(" | "));
  });

  test("ChoosingABoxShowsItsProductsAlone", async (visit, world) => {
    await searched(visit);
    const id = visit.page.url().match(/(\d+)$/)[1];
    const answer = await world.server.ask(`/v1/queries/${id}`);
    const box = visit.page.locator('.thing[data-index="0"]');
    assert.match(await box.getAttribute("aria-label"), /^Thing 1 of \d+/);
    await box.click();
    assert.equal(await box.getAttribute("aria-pressed"), "true");
    await visit.page.locator(".results-title", { hasText: "for this thing" }).waitFor();
    const [, , w, h] = answer.crops[0].box;
    const crop = w * h < 0.96 * answer.image.width * answer.image.height ? answer.crops[0] : answer.crops[1];
    const shown = await visit.page.locator(".results > .cards > .card").first().getAttribute("data-product");
    assert.equal(shown, crop.matches[0].product_id);
    await box.click();
    await visit.page.locator(".results-title", { hasText: "in this photo" }).waitFor();
  });

  test("AttributesNarrowWhatIsFound", async (visit, world) => {
    await searched(visit);
    const { page } = visit;
    const first = await page.locator(".card-first").getAttribute("data-product");
    const brandOf = async (id) => (await world.server.ask(`/v1/products/${id}`)).attributes.brand;
    const asked = "Kettlewick";
    assert.notEqual(await brandOf(first), asked);
    await page.locator("#search-attribute-name option", { hasText: "brand" }).first().waitFor({ state: "attached" });
    await page.selectOption("#search-attribute-name", "brand");
    await page.locator("#search-attribute-value option", { hasText: asked }).first().waitFor({ state: "attached" });
    await page.selectOption("#search-attribute-value", asked);
    await page.getByRole("button", { name: "Narrow by brand" }).click();
    await page.locator(`.card:not([data-product="${first}"])`).first().waitFor();
    await page.locator(`.card[data-product="${first}"]`).waitFor({ state: "detached" });
    const shown = await page.locator(".card").evaluateAll((cards) => cards.map((card) => card.getAttribute("data-product")));
    for (const id of shown) assert.equal(await brandOf(id), asked);
    await visit.keep("search-narrowed-desktop-light");
    await assertSound(visit);
    await page.getByRole("button", { name: /take this filter back/ }).click();
    await page.locator(`.card-first[data-product="${first}"]`).waitFor();
  });

  test("ABoxOfOnesOwnIsSearchedByItself", async (visit, world) => {
    await searched(visit, photo("queries/breakfast-table.jpg"));
    const sent = visit.page.waitForRequest((request) => request.method() === "POST" && request.url().includes("/v1/queries"));
    await drag(visit.page, ".stage-overlay", [0.70, 0.36], [0.90, 0.70]);
    const box = new URL((await sent).url()).searchParams.get("box").split(",").map(Number);
    await visit.page.locator(".chip[aria-pressed=true]", { hasText: "My box" }).waitFor();
    // The photo is 960 by 720: the box that was asked for is the one that was drawn.
    for (const [index, expected] of [672, 259, 192, 245].entries()) assert.ok(Math.abs(box[index] - expected) < 12, String(box));
    const first = await visit.page.locator(".results .card").first().getAttribute("data-product");
    assert.equal(first, "mug-red-stripes");
    assert.ok(world.server);
    await visit.keep("search-own-box");
  });

  test("AnEarlierSearchIsShownAgainByItsAddress", async (visit) => {
    await searched(visit);
    const shown = await names(visit);
    await visit.page.reload();
    await visit.page.locator(".card-first").waitFor();
    await visit.page.locator(".stage-photo").waitFor();
    assert.deepEqual(await names(visit), shown);
    assert.ok(await visit.page.locator(".stage-photo").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
  });

  test("ACategoryIsSearchedAlone", async (visit) => {
    await visit.go("/");
    await visit.page.locator("#search-category option", { hasText: "mugs" }).waitFor({ state: "attached" });
    await visit.page.selectOption("#search-category", "mugs");
    await drop(visit.page, ".intake", twoTeas);
    await visit.page.locator(".results .card").first().waitFor();
    const more = visit.page.locator(".results [aria-expanded=false]");
    if (await more.count()) await more.click();
    const shown = await visit.page.locator(".card").evaluateAll((cards) => cards.map((card) => card.dataset.product));
    assert.ok(shown.length > 0);
    assert.deepEqual(shown.filter((id) => !id.startsWith("mug-")), []);
  });

  test("TheBarForScoresHidesWhatIsBelowIt", async (visit) => {
    await searched(visit);
    await visit.page.locator("#least").fill("95");
    await visit.page.locator("output", { hasText: "95 %" }).waitFor();
    const scores = await visit.page.locator(".results > .cards .score-number").allTextContents();
    const title = await visit.page.locator(".results-title").textContent();
    assert.ok(/No sure match/.test(title) || scores.every((score) => Number.parseInt(score, 10) >= 95), `${title}: ${scores}`);
  });

  test("MoreLikeThisNeedsNoPhoto", async (visit) => {
    await visit.go("/like/mug-red-stripes");
    await visit.page.locator(".similar .card").first().waitFor();
    const shown = await visit.page.locator(".similar .card").evaluateAll((cards) => cards.map((card) => card.dataset.product));
    assert.ok(!shown.includes("mug-red-stripes"));
    assert.match(await visit.page.locator("h1").textContent(), /Red striped stoneware mug/);
    await visit.keep("similar-desktop-light");
    await assertSound(visit);
  });

  test("ThePointsThatSpeakForAMatchAreDrawnOnBothPictures", async (visit) => {
    await searched(visit);
    await visit.page.getByRole("button", { name: /See the points/ }).first().click();
    await visit.page.locator(".points-picture").waitFor();
    assert.ok((await visit.page.locator(".points-line").count()) > 3);
    assert.equal(await visit.page.locator(".points-picture image").count(), 2);
    await visit.page.waitForLoadState("networkidle");
    await visit.keep("points-desktop-light");
    assert.deepEqual(await visit.barriers(), []);
    await visit.page.keyboard.press("Escape");
    assert.equal(await visit.page.locator("dialog").count(), 0);
  });

  test("WhatIsNoPictureIsRefusedInWords", async (visit) => {
    await visit.go("/");
    await drop(visit.page, ".intake", photo("catalog.csv"), "text/csv");
    assert.match(await visit.page.locator(".notice-bad").textContent(), /no picture/);
    await visit.page.locator(".notice-bad button").click();
    visit.watch.expect(/status of 4\d\d/);
    await drop(visit.page, ".intake", photo("catalog.csv"), "image/jpeg"); // says that it is one
    assert.match(await visit.page.locator(".failure").textContent(), /\S{3}/);
  });

  test("EverythingIsReachedByTheKeyboardAlone", async (visit) => {
    const { page } = visit;
    await searched(visit, photo("queries/breakfast-table.jpg"));
    await page.locator("body").press("Tab");
    await tabTo(page, ".thing");
    await page.keyboard.press("Enter");
    await page.locator(".thing[aria-pressed=true]").waitFor();
    await tabTo(page, ".stage-tools button");
    await page.keyboard.press("Enter"); // Draw a box: the focus is on it
    assert.ok(await page.evaluate(() => document.activeElement.classList.contains("own-box")));
    const before = await page.locator(".own-box").evaluate((box) => [box.x.baseVal.value, box.width.baseVal.value]);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    const moved = await page.locator(".own-box").evaluate((box) => [box.x.baseVal.value, box.width.baseVal.value]);
    assert.ok(moved[0] > before[0] && moved[1] < before[1], `${before} → ${moved}`);
    await page.keyboard.press("Enter");
    await page.locator(".chip[aria-pressed=true]", { hasText: "My box" }).waitFor();
    await tabTo(page, ".chip");
    await tabTo(page, ".card h3 a");
  });

  test("EscapeLeavesABoxOfOnesOwn", async (visit) => {
    await searched(visit);
    await visit.page.getByRole("button", { name: "Draw a box" }).click();
    await visit.page.keyboard.press("Escape");
    assert.equal(await visit.page.locator(".own-box").count(), 0);
    assert.equal(await visit.page.evaluate(() => document.activeElement.textContent), "Draw a box");
  });

  test("ItWorksOnAPhone", async (visit) => {
    await visit.go("/");
    await visit.keep("intake-phone-light");
    await assertSound(visit);
    assert.ok(await visit.page.getByText("Take a photo").first().isVisible());
    assert.equal(await visit.page.locator("input[capture=environment]").count(), 1);
    await drop(visit.page, ".intake", twoTeas);
    await visit.page.locator(".card-first").waitFor();
    await visit.keep("search-phone-light");
    await assertSound(visit);
  }, { viewport: PHONE, touch: true });

  test("ItWorksInTheDark", async (visit) => {
    await searched(visit);
    await visit.keep("search-desktop-dark");
    await assertSound(visit);
  }, { dark: true });

  test("ItWorksOnAPhoneInTheDark", async (visit) => {
    await searched(visit);
    await visit.keep("search-phone-dark");
    await assertSound(visit);
  }, { dark: true, viewport: PHONE, touch: true });

  test("TheChosenThemeIsRemembered", async (visit) => {
    await visit.go("/");
    const isDark = () => visit.page.waitForFunction(() => /^rgb\((\d|[1-6]\d),/.test(getComputedStyle(document.body).backgroundColor));
    const isLight = () => visit.page.waitForFunction(() => /^rgb\(2\d\d,/.test(getComputedStyle(document.body).backgroundColor));
    await isLight();
    await visit.page.getByRole("button", { name: "Use dark colours" }).click();
    await isDark();
    await visit.page.reload();
    await isDark();
    await visit.page.getByRole("button", { name: "Use light colours" }).click();
    await isLight();
  });
});
