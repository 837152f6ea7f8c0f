// The catalogue: what a shopkeeper does with it.
import assert from "node:assert/strict";

import { PHONE } from "./house/browser.mjs";
import { drop, glimpse } from "./house/hands.mjs";
import { photo } from "./house/program.mjs";
import { assertSound, suite } from "./house/suite.mjs";

const products = ["mug-red-stripes", "mug-blue-stripes", "mug-fern", "tea-earl-grey", "tea-sencha", "toy-duck", "chair-oak", "olive-oil", "bottle-fjell-white"];

suite("Catalogue", { products }, (test) => {
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

  test("ACatalogueIsImportedWithItsPicturesAndBadRowsAreNamed", async (visit, world) => {
    const { page } = visit;
    await visit.go("/catalogue");
    await page.getByRole("button", { name: "Import a CSV" }).click();
    const csv = [
      "\uFEFFproduct_id,name,description,category,image,price",
      'red-train,"Train, red","Says ""toot"".\r\nTwice.",toys,pictures/toy-train-red.jpg,15.00',
      "no-picture,A thing without a picture,,toys,missing.jpg,1",
      ",Nameless id,,toys,toy-train-red.jpg,1",
    ].join("\r\n");
    await page.locator("#import-csv").setInputFiles({ name: "catalog.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.locator("#import-pictures").setInputFiles([photo("catalog/toy-train-red.jpg")]);
    await page.getByRole("button", { name: "Import it" }).click();
    await page.getByText("1 of 3 products handed in, 2 failed.").waitFor();
    const failures = await page.locator(".error-list li").allTextContents();
    assert.match(failures.join("\n"), /Line 4: Its picture “missing.jpg” is not among/);
    assert.match(failures.join("\n"), /Line 5: It has no product_id/);
    assert.deepEqual(await visit.barriers(), []);
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.locator(".plinth-name", { hasText: "Train, red" }).waitFor();
    const product = await world.server.ask("/v1/products/red-train");
    assert.deepEqual([product.name, product.description, product.attributes], ["Train, red", 'Says "toot".\r\nTwice.', { price: "15.00" }]);
    await page.getByRole("button", { name: "Import a CSV" }).click();
    await page.locator("#import-csv").setInputFiles({ name: "x.csv", mimeType: "text/csv", buffer: Buffer.from('a,b\n"open') });
    await page.getByRole("button", { name: "Import it" }).click();
    await page.locator("dialog .field-wrong", { hasText: /Line 2: a quote is opened and never closed/ }).waitFor();
  });

  test("AProductThatIsNotThereIsSaidSo", async (visit) => {
    visit.watch.expect(/status of 404/);
    await visit.go("/catalogue/nothing-of-that-name");
    await visit.page.locator(".failure").waitFor();
    assert.match(await visit.page.locator(".failure").textContent(), /nothing-of-that-name|no product/i);
  });

  test("ItWorksOnAPhoneInTheDark", async (visit) => {
    await visit.go("/catalogue");
    await visit.page.locator(".plinth").first().waitFor();
    await visit.keep("catalogue-phone-dark");
    await assertSound(visit);
    await visit.page.locator(".plinth").first().tap();
    await visit.page.locator(".crop-card").first().waitFor();
    await visit.keep("product-phone-dark");
    await assertSound(visit);
  }, { viewport: PHONE, touch: true, dark: true });
});
