// Adds a product with its photo and searches another photo, with Node's own fetch:
//     node shop.mjs http://127.0.0.1:8080 "White mug with ferns" mug.jpg table.jpg
import { readFile } from "node:fs/promises";
import { parse } from "node:path";

const [server, name, productPhoto, queryPhoto] = process.argv.slice(2);
const key = process.env.VITRINE_KEY ? { Authorization: `Bearer ${process.env.VITRINE_KEY}` } : {};

async function ask(path, { headers, ...options } = {}) {
  const answer = await fetch(server + path, { ...options, headers: { ...headers, ...key } });
  if (!answer.ok) throw new Error(`${path}: ${(await answer.json()).detail}`);
  return answer;
}
const post = (path, type, body, headers) => ask(path, { method: "POST", body, headers: { "Content-Type": type, ...headers } });

const { name: id } = parse(productPhoto);
await post("/v1/products", "application/json", JSON.stringify({ id, name }));
const { job } = await (await post(`/v1/products/${id}/images`, "image/jpeg", await readFile(productPhoto))).json();
if (job) await (await ask(`/v1/jobs/${job.id}/events`)).text(); // the events end when the job has: no polling

const found = await post("/v1/queries?top=3", "image/jpeg", await readFile(queryPhoto), { Prefer: "wait=30" });
for (const { name: product, score, reasons } of (await found.json()).products) console.log(score.toFixed(2), product, reasons.join(", "));
