// The catalogue: what a shopkeeper does with it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { PHONE } from "./house/browser.mjs";
import { drop, glimpse, tabTo } from "./house/hands.mjs";
import { photo } from "./house/program.mjs";
import { assertSound, suite } from "./house/suite.mjs";

const products = ["mug-red-stripes", "mug-blue-stripes", "mug-fern", "tea-earl-grey", "tea-sencha", "toy-duck", "chair-oak", "olive-oil", "bottle-fjell-white"];

/** A shop's pictures behind a server that holds one of them back until it is released. */
async function slowPictures() {
  let release = () => {};
  const released = new Promise((resolve) => { release = resolve; });
  const server = createServer(async (request, answer) => {
    if (request.url === "/slow.jpg") await released;
    if (request.url === "/none.jpg") answer.writeHead(404).end();
    else answer.writeHead(200, { "Content-Type": "image/jpeg" }).end(readFileSync(photo(`catalog/${request.url === "/slow.jpg" ? "toy-robot" : "toy-duck"}.jpg`)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, release, end: () => { release(); server.close(); server.closeAllConnections(); } };
}

suite("Catalogue", { products, settings: ["imports.allow_private_addresses=true"] }, (test) => {
  const cards = (visit) => visit.page.locator(".plinth-name").allTextContents();

  test("EveryProductStandsThereWithItsPicture", async (visit) => {
    await visit.go("/catalogue");
    await visit.page.locator(".plinth").first().waitFor();
    assert.equal((await cards(visit)).length, products.length);
    for (const image of await visit.page.locator(".plinth img").all()) {
      await image.scrollIntoViewIfNeeded();
      assert.ok(await image.evaluate((element) => element.decode().then(() => element.naturalWidth > 10)));
    }
    await visit.keep("catalogue-desktop-light");
    await assertSound(visit);
  });

  test("WordsAndACategoryNarrowIt", async (visit) => {
    await visit.go("/catalogue");
    await visit.page.locator(".plinth").first().waitFor(); // else the words may come before any product does
    await visit.page.locator("#catalogue-q").fill("striped");
    await visit.page.waitForFunction(() => {
      const shown = document.querySelectorAll(".plinth").length;
      return shown > 0 && shown < 4;
    });
    const shown = await cards(visit);
    assert.ok(shown.length > 0 && shown.every((name) => /striped/i.test(name)), String(shown));
    await visit.page.locator("#catalogue-q").fill("");
    await visit.page.locator("#catalogue-category option", { hasText: "tea" }).first().waitFor({ state: "attached" });
    await visit.page.selectOption("#catalogue-category", "tea");
    await visit.page.waitForFunction(() => document.querySelectorAll(".plinth").length === 2);
    await visit.page.locator("#catalogue-q").fill("no such thing anywhere");
    await visit.page.getByRole("heading", { name: "No such product" }).waitFor();
  });

  test("AProductIsAddedWithAPhotoEditedAndRemoved", async (visit, world) => {
    const { page } = visit;
    await visit.go("/catalogue");
    await page.getByRole("button", { name: "Add a product" }).click();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.locator("dialog .field-wrong", { hasText: /photo/ }).waitFor();
    await drop(page, ".photo-field", photo("catalog/toy-robot.jpg"));
    await page.getByRole("button", { name: "Add it" }).click();
    await page.locator("dialog .field-wrong", { hasText: /needs a name/ }).waitFor();
    await page.locator("dialog").getByLabel("Name").fill("Tin robot <b>toy</b>");
    await page.locator("dialog").getByLabel("Id").fill("robot & co/1");
    await page.locator("dialog").getByLabel("Category").fill("toys");
    await visit.keep("add-product-desktop-light");
    assert.deepEqual(await visit.barriers(), []);
    await page.getByRole("button", { name: "Add it" }).click();
    await page.locator(".crop-card.is-primary").waitFor();
    assert.equal(await page.locator("h1").textContent(), "Tin robot <b>toy</b>"); // data is never markup

    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator("dialog").getByLabel("Attributes").fill("no object");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("dialog .field-wrong", { hasText: /JSON object/ }).waitFor();
    await page.locator("dialog").getByLabel("Attributes").fill('{"price": "9.00"}');
    await page.locator("dialog").getByLabel("Name").fill("Tin robot");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("h1", { hasText: /^Tin robot$/ }).waitFor();
    const saved = await world.server.ask(`/v1/products/${encodeURIComponent("robot & co/1")}`);
    assert.deepEqual([saved.name, saved.category, saved.attributes], ["Tin robot", "toys", { price: "9.00" }]);

    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.locator(".plinth").first().waitFor();
    assert.ok(!(await cards(visit)).includes("Tin robot"));
  });

  test("AnotherCropIsMadePrimaryAndThePageSaysWhoChose", async (visit, world) => {
    const { page } = visit;
    await visit.go("/catalogue/bottle-fjell-white");
    await page.locator(".crop-card").first().waitFor();
    const before = await world.server.ask("/v1/products/bottle-fjell-white");
    const other = before.images.find((image) => !image.is_primary);
    assert.ok(other, "this photo of the sample shop has one crop alone now: take another one");
    await visit.keep("product-desktop-light");
    await assertSound(visit);
    await page.getByRole("button", { name: /Make it the one/ }).first().click();
    await page.getByText("A person chose this crop").waitFor();
    const after = await world.server.ask("/v1/products/bottle-fjell-white");
    assert.equal(after.primary.chosen_by, "person");
    assert.notEqual(after.primary.image_id, before.primary.image_id);
  });

  test("ALabelIsCorrected", async (visit, world) => {
    const { page } = visit;
    await visit.go("/catalogue/olive-oil");
    await page.getByRole("button", { name: "Correct its label" }).first().click();
    await page.locator("dialog").getByLabel("What it is").fill("olive oil tin");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    const product = await world.server.ask("/v1/products/olive-oil");
    assert.ok(product.images.some((image) => image.label.category === "olive oil tin"));
  });

  test("ANewPhotoIsIndexedAndItsProgressShown", async (visit) => {
    const { page } = visit;
    await visit.go("/catalogue/toy-duck");
    await page.locator(".crop-card").first().waitFor();
    const progress = await glimpse(page, ".progress");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText("New photo").click()]);
    await chooser.setFiles(photo("catalog/toy-robot.jpg"));
    await progress();
    await page.locator(".progress").waitFor({ state: "detached" });
    await page.locator(".crop-card").first().waitFor();
  });

  test("AttributesNarrowItAndAreTakenBack", async (visit) => {
    const { page } = visit;
    await visit.go("/catalogue");
    await page.locator(".plinth").first().waitFor();
    await page.locator("#catalogue-attribute-name option", { hasText: "brand" }).first().waitFor({ state: "attached" });
    await page.selectOption("#catalogue-attribute-name", "brand");
    const values = page.locator("#catalogue-attribute-value option");
    await values.nth(1).waitFor({ state: "attached" });
    const value = await values.nth(1).textContent();
    await page.selectOption("#catalogue-attribute-value", value);
    await page.getByRole("button", { name: "Narrow by brand" }).click();
    const chip = page.getByRole("button", { name: `brand ${value}: take this filter back` });
    await chip.waitFor();
    await page.waitForFunction((all) => document.querySelectorAll(".plinth").length < all, products.length);
    assert.equal(await page.evaluate(() => document.activeElement.id), "catalogue-attribute-name");
    await visit.keep("catalogue-narrowed-desktop-light");
    await assertSound(visit);
    await page.locator("#catalogue-q").fill("no such thing anywhere");
    await page.getByRole("heading", { name: "No such product" }).waitFor();
    await page.locator("#catalogue-q").fill("");
    await chip.click();
    await page.waitForFunction((all) => document.querySelectorAll(".plinth").length === all, products.length);
  });

  test("AttributesAreChosenByKeysAlone", async (visit) => {
    const { page } = visit;
    await visit.go("/catalogue");
    await page.locator("#catalogue-attribute-name option", { hasText: "brand" }).first().waitFor({ state: "attached" });
    await tabTo(page, "#catalogue-attribute-name");
    await page.keyboard.type("brand");
    await page.locator("#catalogue-attribute-value option").nth(1).waitFor({ state: "attached" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown"); // on the way, nothing is meant yet
    await page.keyboard.press("ArrowDown");
    const value = await page.locator("#catalogue-attribute-value").inputValue();
    assert.equal(await page.locator(".attribute-chips li").count(), 0);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: `brand ${value}: take this filter back` }).waitFor();
    await page.waitForFunction((all) => document.querySelectorAll(".plinth").length < all, products.length);
    await tabTo(page, ".attribute-chips button");
    await page.keyboard.press("Enter");
    await page.waitForFunction((all) => document.querySelectorAll(".plinth").length === all, products.length);
  });

  test("ACatalogueIsImportedWithItsPicturesAndEveryRowSaysWhatBecameOfIt", async (visit, world) => {
    const { page } = visit;
    await visit.go("/catalogue");
    await page.getByRole("button", { name: "Import a CSV" }).click();
    const csv = [
      "\uFEFFproduct_id,name,description,category,image,price",
      'red-train,"Train, red","Says ""toot"".\r\nTwice.",toys,pictures/toy-train-red.jpg,15.00',
      "no-picture,A thing without a picture,,toys,missing.jpg,1",
      ",Nameless id,,toys,toy-train-red.jpg,1",
      "blåbær,Blue thing,,toys,bilder/blå.jpg,2",
    ].join("\r\n");
    await page.locator("#import-csv").setInputFiles({ name: "catalog.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.locator("#import-pictures").setInputFiles([
      { name: "toy-train-red.jpg", mimeType: "image/jpeg", buffer: readFileSync(photo("catalog/toy-train-red.jpg")) },
      { name: "blå.jpg", mimeType: "image/jpeg", buffer: readFileSync(photo("catalog/toy-robot.jpg")) },
    ]);
    await visit.keep("import-dialog-desktop-light");
    assert.deepEqual(await visit.barriers(), []);
    await page.getByRole("button", { name: "Import it" }).click();
    await page.locator(".state-partially_succeeded").first().waitFor();
    const row = (line) => page.locator(`tr[data-line="${line}"]`);
    assert.match(await row(2).textContent(), /red-train.*Indexed/);
    assert.match(await row(6).textContent(), /blåbær.*Indexed/);
    assert.match(await row(4).textContent(), /no-picture.*Failed.*The archive holds no file missing.jpg/);
    assert.match(await row(5).textContent(), /no id.*Failed/);
    await visit.keep("import-desktop-light");
    await assertSound(visit);
    await page.getByRole("group", { name: "State of a row" }).getByRole("button", { name: "Failed" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tr[data-line]").length === 2);
    await row(4).waitFor();
    const product = await world.server.ask("/v1/products/red-train");
    assert.deepEqual([product.name, product.description, product.attributes], ["Train, red", 'Says "toot".\r\nTwice.', { price: "15.00" }]);

    // Whoever comes to the catalogue sees how it went, and gets back to the rows.
    await visit.go("/catalogue");
    await page.locator(".plinth-name", { hasText: "Train, red" }).waitFor();
    await page.locator(".import-line", { hasText: /4 of 4 rows done, 2 failed/ }).getByRole("link").click();
    await row(2).waitFor();
    for (const id of ["red-train", "blåbær"]) await world.server.ask(`/v1/products/${encodeURIComponent(id)}`, { method: "DELETE" });
  });

  test("AnImportByUrlGoesOnWithoutItsPageAndIsFoundAgain", async (visit, world) => {
    const { page } = visit;
    const { address, release, end } = await slowPictures();
    try {
      await visit.go("/catalogue");
      await page.getByRole("button", { name: "Import a CSV" }).click();
      const csv = ["product_id,name,image", `url-1,By URL,${address}/toy-duck.jpg`, `url-2,Held back,${address}/slow.jpg`, `url-3,Not there,${address}/none.jpg`].join("\n");
      await page.locator("#import-csv").setInputFiles({ name: "catalog.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
      await page.getByRole("button", { name: "Import it" }).click();
      await page.locator('tr[data-line="2"]', { hasText: "Indexed" }).waitFor();
      await page.locator('tr[data-line="3"]', { hasText: "Waiting" }).waitFor();
      await visit.keep("import-running-desktop-light");
      await assertSound(visit);
      await visit.go("/insights"); // away, while it goes on
      await visit.go("/catalogue");
      const line = page.locator(".import-line", { hasText: /of 3 rows done/ });
      await line.waitFor();
      await visit.keep("catalogue-importing-desktop-light");
      await assertSound(visit);
      release();
      await page.locator(".plinth-name", { hasText: "Held back" }).waitFor();
      await line.getByRole("link").click();
      await page.locator('tr[data-line="4"]', { hasText: /Failed.*404/ }).waitFor();
      await page.getByRole("button", { name: "Run it again" }).waitFor();
      for (const id of ["url-1", "url-2"]) await world.server.ask(`/v1/products/${id}`, { method: "DELETE" });
    } finally {
      end();
    }
  });

  test("AnArchiveIsImportedAndWhatCannotBeIsSaidAtOnce", async (visit, world) => {
    visit.watch.expect(/status of 400/);
    const { page } = visit;
    const choose = async (name, text) => page.locator("#import-csv").setInputFiles({ name, mimeType: "", buffer: Buffer.from(text) });
    const wrong = (text) => page.locator("dialog .field-wrong", { hasText: text }).waitFor();
    await visit.go("/catalogue");
    await page.getByRole("button", { name: "Import a CSV" }).click();
    const send = page.getByRole("button", { name: "Import it" });
    await choose("x.csv", 'a,b\n"open');
    await send.click();
    await wrong(/Line 2: a quote is opened and never closed/);
    await choose("x.csv", "product_id,name\n1,x");
    await send.click();
    await wrong(/no column image/);
    await choose("x.csv", "product_id,name,image\n1,x,y.jpg");
    await send.click();
    await wrong(/names pictures such as “y.jpg”/);
    await choose("x.zip", "this is no archive");
    await send.click();
    await wrong(/archive/);
    const work = mkdtempSync(join(tmpdir(), "vitrine-archive-"));
    writeFileSync(join(work, "shop.csv"), "product_id,name,image\npacked,Packed robot,toy-robot.jpg\n");
    execFileSync("tar", ["-czf", join(work, "shop.tar.gz"), "-C", work, "shop.csv", "-C", dirname(photo("catalog/toy-robot.jpg")), "toy-robot.jpg"]);
    await page.locator("#import-csv").setInputFiles(join(work, "shop.tar.gz"));
    await send.click();
    await page.locator('tr[data-line="2"]', { hasText: "Indexed" }).waitFor();
    rmSync(work, { recursive: true });
    await world.server.ask("/v1/products/packed", { method: "DELETE" });
  });

  test("AProductThatIsNotThereIsSaidSo", async (visit) => {
    visit.watch.expect(/status of 404/);
    await visit.go("/catalogue/nothing-of-that-name");
    await visit.page.locator(".failure").waitFor();
    assert.match(await visit.page.locator(".failure").textContent(), /nothing-of-that-name|no product/i);
  });

  test("ItWorksOnAPhoneInTheDark", async (visit, world) => {
    const { jobs: [job] } = await world.server.ask("/v1/jobs?kind=import&limit=1");
    await visit.go(`/jobs/${job.id}`);
    await visit.page.locator("tr[data-line]").first().waitFor();
    await visit.keep("import-phone-dark");
    await assertSound(visit);
    await visit.go("/catalogue");
    await visit.page.locator(".plinth").first().waitFor();
    await visit.page.locator("#catalogue-attribute-name option", { hasText: "brand" }).first().waitFor({ state: "attached" });
    await visit.page.selectOption("#catalogue-attribute-name", "brand");
    await visit.page.locator("#catalogue-attribute-value option").first().waitFor({ state: "attached" });
    await visit.keep("catalogue-phone-dark");
    await assertSound(visit);
    await visit.page.locator(".plinth").first().tap();
    await visit.page.locator(".crop-card").first().waitFor();
    await visit.keep("product-phone-dark");
    await assertSound(visit);
  }, { viewport: PHONE, touch: true, dark: true });
});
