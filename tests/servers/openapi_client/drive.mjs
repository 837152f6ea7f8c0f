// Makes a client of a running server's own description with a generator that is not ours, and walks the API with it as a
// shop's program would: every answer must be what the description says of it. Prints what it did; throws at the first fault.
//
//     node drive.mjs FOLDER_WITH_NODE_MODULES SERVER_URL WORK_FOLDER PICTURE OTHER_PICTURE
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [, , modules, server, work, picture, other] = process.argv;

/** The generated module, translated from TypeScript. */
async function generated() {
  const described = path.join(work, "described.json");
  writeFileSync(described, await (await fetch(`${server}/openapi.json`)).text());
  const source = path.join(work, "client.ts");
  execFileSync(process.execPath, [path.join(modules, "node_modules/.bin/oazapfts"), described, source]);
  const typescript = createRequire(path.join(path.resolve(modules), "package.json"))("typescript");
  const { outputText } = typescript.transpileModule(readFileSync(source, "utf8"), {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  symlinkSync(path.resolve(modules, "node_modules"), path.join(work, "node_modules"));
  const client = path.join(work, "client.mjs");
  writeFileSync(client, outputText);
  return import(pathToFileURL(client).href);
}

const api = await generated();
api.defaults.baseUrl = server;

/** The answer's data, once its status is the one that is expected. */
async function expect(status, call) {
  const answer = await call;
  assert.equal(answer.status, status, JSON.stringify(answer.data));
  return answer.data;
}

const image = (file) => ({ image: new Blob([readFileSync(file)], { type: "image/jpeg" }) });

async function walkCatalogue() {
  assert.equal((await expect(201, api.saveProduct({ id: "a/1", name: "Red mug", category: "mugs" }))).id, "a/1");
  await expect(200, api.saveProduct({ id: "a/1", name: "Red mug", category: "cups" }));
  const { job } = await expect(202, api.addProductImage("a/1", image(picture), { idempotencyKey: "first" }));
  const again = await expect(202, api.addProductImage("a/1", image(picture), { idempotencyKey: "first" }));
  assert.equal(again.job.id, job.id, "one key is one job");
  assert.equal((await expect(200, api.showJob(job.id, { prefer: "wait=60" }))).state, "succeeded");
  await expect(202, api.putProductWithImage("b", { product: JSON.stringify({ name: "Blue mug" }), ...image(other) }));
  const page = await expect(200, api.listProducts({ limit: 1 }));
  assert.equal(page.products.length, 1);
  assert.equal((await expect(200, api.listProducts({ limit: 1, cursor: page.next_cursor }))).products.length, 1);
  assert.equal((await expect(200, api.listProducts({ q: "red mug" }))).products[0].id, "a/1");
  assert.equal((await expect(200, api.listProducts({ q: "mug", limit: 1 }))).products.length, 1);
  assert.deepEqual((await expect(200, api.listAttributes({}))).attributes, []);
  assert.deepEqual((await expect(200, api.listAttributeValues("size", {}))).values, []);
  assert.deepEqual((await expect(200, api.listCategories())).categories.map((each) => each.category).includes("cups"), true);
  await expect(200, api.changeProduct("a/1", { description: "With a handle" }));
  const shown = await expect(200, api.showProduct("a/1"));
  assert.equal(shown.description, "With a handle");
  return shown;
}

async function walkQueries() {
  const answer = await expect(200, api.submitQuery(image(picture), { top: 3, prefer: "wait=60", minScore: 0.1 }));
  assert.equal(answer.products[0].product_id, "a/1");
  assert.deepEqual(await expect(200, api.showQuery(answer.job_id)), answer);
  const narrowed = await expect(200, api.submitQuery(image(picture), { category: "none", prefer: "wait=60" }));
  assert.equal(narrowed.products.length, 0);
  await expect(200, api.showImageDetails(answer.crops[0].image_id));
  await expect(200, api.correctLabel(answer.crops[0].image_id, { category: "mug" }));
  await expect(200, api.forgetCorrection(answer.crops[0].image_id));
  await expect(204, api.eraseQuery(answer.job_id));
  await expect(404, api.showQuery(answer.job_id));
}

async function walkTheRest(product) {
  for (const call of [api.showStatistics, api.showServer, api.health, api.readiness, api.estimateReindex, api.listRuns]) {
    await expect(200, call());
  }
  await expect(202, api.startCheck({ repair: true }));
  await expect(202, api.reindexProduct("a/1"));
  assert.equal((await expect(200, api.listJobs({ kind: "index" }))).jobs.every((job) => job.kind === "index"), true);
  await expect(200, api.choosePrimary("a/1", { image_id: product.primary.image_id }));
  await expect(200, api.similarProducts("a/1"));
  const problem = await expect(404, api.showProduct("nothing"));
  assert.equal(problem.code, "not_found");
  assert.equal((await expect(400, api.listProducts({ limit: 0 }))).code, "bad_input");
  await expect(204, api.removeProduct("a/1"));
  await expect(404, api.showProduct("a/1"));
}

const product = await walkCatalogue();
await walkQueries();
await walkTheRest(product);
console.log("walked");
