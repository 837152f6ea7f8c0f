// Jobs and insights: what the machine does, seen while it does it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { PHONE } from "./house/browser.mjs";
import { photo } from "./house/program.mjs";
import { assertSound, suite } from "./house/suite.mjs";

const products = ["mug-red-stripes", "tea-earl-grey", "tea-sencha", "toy-duck", "chair-oak"];

async function searchByProgram(world, name = "queries/two-teas.jpg") {
  const answer = await world.server.ask("/v1/queries", {
    method: "POST", headers: { "Content-Type": "image/jpeg", Prefer: "wait=30" }, body: readFileSync(photo(name)),
  });
  return answer.job_id;
}

suite("Machine", { products }, (test) => {
  test("JobsAreListedAndAppearByThemselves", async (visit, world) => {
    await visit.go("/jobs");
    await visit.page.locator("tbody tr").first().waitFor();
    assert.equal(await visit.page.locator("tbody tr").count(), products.length);
    const id = await searchByProgram(world);
    await visit.page.locator(`tr[data-job="${id}"]`, { hasText: /Search.*Succeeded/ }).waitFor();
    await visit.keep("jobs-desktop-light");
    await assertSound(visit);
  });

  test("StatesAndKindsNarrowTheList", async (visit, world) => {
    await searchByProgram(world);
    await visit.go("/jobs");
    await visit.page.locator("tbody tr").first().waitFor();
    await visit.page.getByRole("group", { name: "Kind" }).getByRole("button", { name: "Search" }).click();
    await visit.page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((row) => row.textContent.startsWith("Search")));
    await visit.page.getByRole("group", { name: "State" }).getByRole("button", { name: "Failed" }).click();
    await visit.page.getByRole("heading", { name: "No such job" }).waitFor();
  });

  test("AJobShowsItsTimelineAndEachStep", async (visit, world) => {
    const id = await searchByProgram(world);
    const job = await world.server.ask(`/v1/jobs/${id}`);
    await visit.go(`/jobs/${id}`);
    await visit.page.locator(".timeline .bar-working").first().waitFor();
    assert.equal(await visit.page.locator(".timeline .bar-working").count(), job.tasks.length);
    assert.equal(await visit.page.locator(".timeline .bar-waiting").count(), job.tasks.length);
    assert.equal(await visit.page.locator(".jobs-table tbody tr").count(), job.tasks.length);
    await visit.keep("job-desktop-light");
    await assertSound(visit);
    await visit.page.getByRole("link", { name: "See the answer" }).click();
    await visit.page.locator(".results").waitFor();
  });

  test("InsightsDrawWhatTheServerCounts", async (visit, world) => {
    await searchByProgram(world);
    await visit.go("/insights");
    await visit.page.locator(".panel").first().waitFor();
    assert.match(await visit.page.locator(".figures-wide").textContent(), new RegExp(`Products${products.length}`));
    for (const panel of ["throughput", "latency", "queue", "slow", "asked", "unanswered", "retention", "consistency"]) {
      assert.equal(await visit.page.locator(`#${panel}`).count(), 1, panel);
    }
    assert.ok((await visit.page.locator("#throughput rect").count()) > 0);
    await visit.page.locator("#latency summary").click();
    assert.ok(await visit.page.locator("#latency table").isVisible());
    await visit.keep("insights-desktop-light");
    await assertSound(visit);
  });

  test("ItWorksOnAPhoneInTheDark", async (visit, world) => {
    const id = await searchByProgram(world);
    for (const [path, ready, name] of [["/jobs", "tbody tr", "jobs"], [`/jobs/${id}`, ".timeline", "job"], ["/insights", ".panel", "insights"]]) {
      await visit.go(path);
      await visit.page.locator(ready).first().waitFor();
      await visit.keep(`${name}-phone-dark`);
      await assertSound(visit);
    }
  }, { viewport: PHONE, touch: true, dark: true });
});
