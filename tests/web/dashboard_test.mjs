// deploy/grafana/vitrine.json against a program that has indexed and searched: every metric and label that it names is told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { photo, source, Workplace } from "./house/program.mjs";

const dashboard = JSON.parse(readFileSync(`${source}/deploy/grafana/vitrine.json`, "utf8"));
const expressions = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

describe("Dashboard", () => {
  let workplace;
  let server;
  let metrics;
  before(async () => {
    workplace = new Workplace();
    workplace.import(["mug-fern", "tea-sencha"]);
    server = await workplace.serve();
    await fetch(`${server.url}/metrics`); // counts jobs that end from the first time on
    await server.ask("/v1/queries", { method: "POST", headers: { "Content-Type": "image/jpeg", Prefer: "wait=30" }, body: readFileSync(photo("queries/two-teas.jpg")) });
    metrics = await (await fetch(`${server.url}/metrics`)).text();
  });
  after(async () => {
    await server?.stop();
    workplace?.remove();
  });

  it("NamesMetricsThatThereAre", () => {
    assert.ok(expressions.length > 15);
    const missing = expressions.flatMap(({ title, expr }) => [...expr.matchAll(/vitrine_[a-z_]+/g)].map(([name]) => ({ title, name })))
      .filter(({ name }) => !new RegExp(`^${name}[{ ]`, "m").test(metrics));
    assert.deepEqual(missing, []);
  });

  it("GroupsAndChoosesByLabelsThatThereAre", () => {
    const missing = [];
    for (const { title, expr } of expressions) {
      const lines = metrics.split("\n").filter((line) => [...expr.matchAll(/vitrine_[a-z_]+/g)].some(([name]) => line.startsWith(name)));
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names]) => names.split(/, */));
      for (const label of grouped) if (!lines.some((line) => line.includes(`${label}="`))) missing.push(`${title}: ${label}`);
      for (const [, label, value] of expr.matchAll(/(\w+)="([^"]+)"/g)) {
        if (!lines.some((line) => line.includes(`${label}="${value}"`))) missing.push(`${title}: ${label}="${value}"`);
      }
    }
    assert.deepEqual(missing, []);
  });

  it("HasNoTwoPanelsInOnePlace", () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [index, { gridPos: a, title }] of dashboard.panels.entries()) {
      for (const { gridPos: b, title: other } of dashboard.panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(apart, `${title} and ${other}`);
      }
    }
  });
});
