// The clients in examples/clients, against the built program: they are what their readers copy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { photo, source, Workplace } from "./house/program.mjs";

const run = promisify(execFile);
const KEY = "a-long-key-for-the-test-1234";
const clients = { "shop.sh": "bash", "shop.py": "python3", "shop.mjs": "node" };

describe("Clients", () => {
  let workplace;
  let server;
  before(async () => {
    workplace = new Workplace();
    server = await workplace.serve({ settings: [`server.api_keys=${KEY}`] });
  });
  after(async () => {
    await server?.stop();
    workplace?.remove();
  });

  const call = (program, file, key) => run(program,
    [`${source}/examples/clients/${file}`, server.url, `Tea of ${file}`, photo("catalog/tea-earl-grey.jpg"), photo("queries/two-teas.jpg")],
    { env: { ...process.env, VITRINE_KEY: key }, timeout: 60_000 });

  for (const [file, program] of Object.entries(clients)) {
    it(`${file} adds a product and finds it in a photo`, async () => {
      const { stdout } = await call(program, file, KEY);
      assert.match(stdout, new RegExp(`0\\.\\d+ +Tea of ${file.replace(".", "\\.")}`));
      const product = await server.ask("/v1/products/tea-earl-grey", { headers: { Authorization: `Bearer ${KEY}` } });
      assert.ok(product.primary);
    });

    it(`${file} ends with an error where its key is wrong`, async () => {
      await assert.rejects(call(program, file, "wrong"), ({ code }) => code !== 0);
    });
  }
});
