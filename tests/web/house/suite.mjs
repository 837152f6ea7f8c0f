// What every test file does the same way: a served shop and a browser around its tests, and clean pages in each.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Browser, reasonToSkip } from "./browser.mjs";
import { Workplace } from "./program.mjs";

/**
 * Tests of a page over a shop with these products.
 * @param {string} name
 * @param {{products?: string[], settings?: string[]}} shop
 * @param {(test: (name: string, body: (visit: any, world: any) => Promise<void>, options?: object) => void) => void} tests
 */
export function suite(name, { products = [], settings = [] }, tests) {
  const skip = reasonToSkip();
  describe(name, { skip }, () => {
    const world = {};
    before(async () => {
      world.workplace = new Workplace();
      if (products.length > 0) world.workplace.import(products);
      world.server = await world.workplace.serve({ settings });
      world.browser = await Browser.start();
    });
    after(async () => {
      await world.browser?.end();
      await world.server?.stop();
      world.workplace?.remove();
    });
    tests((title, body, options = {}) => it(title, async () => {
      const visit = await world.browser.visit(world.server.url, options);
      try {
        await body(visit, world);
        assert.deepEqual(visit.watch.problems(), []);
      } catch (error) {
        await visit.keep(`failed-${title}`);
        for (const problem of visit.watch.problems()) console.error(`${title}: ${problem}`);
        throw error;
      } finally {
        await visit.close();
      }
    }));
  });
}

/** No serious barrier, nothing sideways. */
export async function assertSound(visit) {
  assert.deepEqual(await visit.barriers(), []);
  assert.ok((await visit.sideways()) <= 0, "the page is wider than the window");
}
