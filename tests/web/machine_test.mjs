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

suite("Upkeep", { products: products.slice(0, 2) }, (test) => {
  test("ACheckAndACleanUpAreBegunAndTheirEndIsTold", async (visit) => {
    await visit.go("/insights");
    await visit.page.locator("#consistency").getByText("Not checked yet").waitFor();
    for (const [panel, button] of [["consistency", "Check now"], ["retention", "Clean up now"]]) {
      await visit.go("/insights");
      await visit.page.locator(`#${panel}`).getByRole("button", { name: button }).click();
      await visit.page.waitForURL(/#\/jobs\/\d+$/);
      await visit.page.locator(".figures", { hasText: "Succeeded" }).waitFor();
    }
    await visit.go("/insights");
    await visit.page.locator("#consistency").getByText("Vectors, links and files agree.").waitFor();
    assert.doesNotMatch(await visit.page.locator("#retention").textContent(), /not yet/);
    await visit.keep("upkeep-desktop-light");
    await assertSound(visit);
  });
});

// The model server is away, so that a job waits for as long as a test looks at it.
suite("MachineThatWaits", { settings: ["ml.engine=http", "ml.url=http://127.0.0.1:9", "ml.limits.max_attempts=100"] }, (test) => {
  const ask = async (world) => {
    const { job } = await world.server.ask("/v1/queries", {
      method: "POST", headers: { "Content-Type": "image/jpeg" }, body: readFileSync(photo("queries/two-teas.jpg")),
    });
    return job.id;
  };

  test("AWaitingJobIsCancelledAndRunAgain", async (visit, world) => {
    const id = await ask(world);
    const { page } = visit;
    await visit.go(`/jobs/${id}`);
    await page.locator(".figures", { hasText: "Running" }).waitFor();
    await page.getByRole("button", { name: "Cancel it" }).click();
    await page.getByLabel("Notices").getByText("The job is cancelled.").waitFor();
    await page.locator(".figures", { hasText: "Cancelled" }).waitFor();
    assert.equal((await world.server.ask(`/v1/jobs/${id}`)).state, "cancelled");
    await visit.keep("job-cancelled-desktop-light");
    await assertSound(visit);
    await page.getByRole("button", { name: "Run it again" }).click();
    await page.getByLabel("Notices").getByText("The job runs again.").waitFor();
    await page.locator(".figures", { hasText: /Running|Queued/ }).waitFor();
    assert.equal((await world.server.ask(`/v1/jobs/${id}`)).attempts, 2);
  });

  test("EarlierJobsAreShownAPageAtATime", async (visit, world) => {
    for (let i = 0; i < 60; ++i) await ask(world);
    await visit.go("/jobs");
    const rows = visit.page.locator("tbody tr");
    await rows.first().waitFor();
    const first = await rows.count();
    assert.ok(first < 60, `${first} rows`);
    await visit.page.getByRole("button", { name: "Show more" }).click();
    await visit.page.waitForFunction((shown) => document.querySelectorAll("tbody tr").length > shown, first);
  });
});
