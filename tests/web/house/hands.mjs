// What a person's hands do that Playwright has no word for.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Drops a file of this machine on an element. */
export async function drop(page, selector, file, type = "image/jpeg") {
  const transfer = await transferOf(page, file, type);
  for (const event of ["dragenter", "dragover", "drop"]) await page.dispatchEvent(selector, event, { dataTransfer: transfer });
}

/** Pastes a picture somewhere on the page. */
export async function paste(page, file, type = "image/jpeg") {
  const transfer = await transferOf(page, file, type);
  await page.evaluate((clipboardData) => document.dispatchEvent(new ClipboardEvent("paste", { clipboardData })), transfer);
}

/** Drags from one place of an element to another, both as parts of its size. */
export async function drag(page, selector, from, to) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = await page.locator(selector).boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

/** Begins to look for something that may be there for a moment only; what it returns resolves when it was. */
export async function glimpse(page, selector) {
  await page.evaluate((wanted) => {
    window.glimpsed = new Promise((resolve) => {
      new MutationObserver(() => { if (document.querySelector(wanted)) resolve(true); }).observe(document.body, { childList: true, subtree: true });
    });
  }, selector);
  return () => page.evaluate(() => window.glimpsed);
}

/** Presses Tab until the focus is on something that `wanted` matches; at most `most` times. */
export async function tabTo(page, wanted, most = 60) {
  for (let pressed = 0; pressed < most; pressed += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, wanted)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to ${wanted}`);
}

function transferOf(page, file, type) {
  const bytes = readFileSync(file).toString("base64");
  return page.evaluateHandle(({ base64, name, mime }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: mime }));
    return transfer;
  }, { base64: bytes, name: basename(file), mime: type });
}
