/** One job: where it stands, its timeline, its errors in full, and what can be done about it. */
import { fill, h } from "../dom/element.js";
import { ago, atClock, counted, duration, kindWord, stepWord } from "../dom/words.js";
import { cancelJob, job as jobById, retryJob } from "../server/api.js";
import { joined } from "../shell/joined.js";
import { complain, say, tell } from "../shell/notices.js";
import { failure, loading } from "../shell/states.js";
import { followJob, hasEnded } from "./follow_job.js";
import { importPanel } from "./import_panel.js";
import { jobTime, stateBadge } from "./job_words.js";
import { timeline } from "./timeline.js";

/** @param {string} id @param {AbortSignal} leaving */
export function jobView(id, leaving) {
  const top = h("div", { class: "job" }, loading());
  const bottom = h("div", { class: "job" });
  const place = h("div", { class: "job" }, top, bottom);
  const title = h("h1", {}, `Job ${id}`);
  const actions = h("div", { class: "actions" });
  /** Kept while the rest is shown anew: somebody may be reading in it. @type {ReturnType<typeof importPanel> | null} */
  let rows = null;
  let said = "";

  async function reload() {
    const job = await jobById(id, leaving);
    title.textContent = `${kindWord(job.kind)} ${job.product_id ?? ""} #${job.id}`;
    fill(actions, actionsOf(job, start));
    fill(top, head(job), errorsOf(job));
    fill(bottom, timelineOf(job), taskTable(job));
    if (job.kind === "import" && !rows) {
      rows = importPanel(id, leaving);
      top.after(rows.element);
    }
    await rows?.refresh();
    if (said && said !== job.state) say(`The job is ${job.state}.`);
    said = job.state;
    return job;
  }

  /** Shows the job now and after each of its events, until it has ended. */
  async function start() {
    try {
      const job = await reload();
      if (!hasEnded(job)) {
        // A failure on the way is what the reload after the last event shows, too.
        await followJob(job.id, joined(() => reload().catch(() => {}), 100, leaving), leaving);
        await reload();
      }
    } catch (error) {
      if (!leaving.aborted) fill(top, failure(error, start));
    }
  }

  start();
  return {
    title: `Job ${id}`,
    element: h("div", { class: "view" },
      h("header", { class: "view-head" }, h("div", {}, h("a", { class: "back-link", href: "#/jobs" }, "← Jobs"), title), actions), place),
  };
}

function actionsOf(job, start) {
  const act = (work, words) => async () => {
    try {
      await work(job.id);
      tell(words);
    } catch (error) {
      complain(error);
    }
    start();
  };
  const button = (text, classes, listener) => h("button", { class: `button ${classes}`, type: "button", on: { click: listener } }, text);
  if (!hasEnded(job)) return [button("Cancel it", "button-bad", act(cancelJob, "The job is cancelled."))];
  const result = job.kind === "query" && job.state.endsWith("succeeded") ? h("a", { class: "button", href: `#/search/${job.id}` }, "See the answer") : null;
  const product = job.product_id ? h("a", { class: "button", href: `#/catalogue/${encodeURIComponent(job.product_id)}` }, "See the product") : null;
  const retry = job.state === "succeeded" ? null : button("Run it again", "button-main", act(retryJob, "The job runs again."));
  return [retry, result, product];
}

function head(job) {
  const fact = (name, ...value) => h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value));
  const moment = (at) => h("time", { datetime: at, title: atClock(at) }, ago(at));
  return h("dl", { class: "figures" },
    fact("State", stateBadge(job.state), job.stage ? h("span", { class: "soft small" }, ` ${job.stage}`) : null),
    job.crops_total > 0 && job.kind !== "import" ? fact("Things", `${job.crops_done} of ${job.crops_total}`, job.crops_failed > 0 ? h("span", { class: "job-error small" }, ` ${job.crops_failed} failed`) : null) : null,
    fact("Accepted", moment(job.created_at)),
    job.finished_at ? fact("Ended", moment(job.finished_at)) : null,
    fact("Took", duration(jobTime(job))),
    job.attempts > 1 ? fact("Runs", job.attempts) : null);
}

function errorsOf(job) {
  const errors = job.kind === "import" ? job.errors.filter((error) => !/^Line \d+: /.test(error)) : job.errors; // its rows say theirs
  if (errors.length === 0) return null;
  return h("section", { class: "failure", "aria-label": "Errors" }, h("h2", {}, counted(errors.length, "error")),
    h("ul", { class: "error-list" }, errors.map((error) => h("li", {}, error))));
}

function timelineOf(job) {
  if (job.tasks.length === 0) return null;
  return h("section", { class: "panel" }, h("h2", {}, "Timeline"), timeline(job));
}

function taskTable(job) {
  if (job.tasks.length === 0) return null;
  return h("section", { class: "panel" }, h("h2", {}, "Steps"),
    h("div", { class: "table-frame" }, h("table", { class: "jobs-table" },
      h("thead", {}, h("tr", {}, ["Step", "State", "Attempts", "Waited", "Worked"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, job.tasks.map(taskRow)))));
}

/** The crop that a step is about; other subjects are the machine's own notes. */
function subjectOf(task) {
  return task.kind === "label" ? h("span", { class: "soft small number" }, ` crop ${task.subject}`) : null;
}

function taskRow(task) {
  return h("tr", {},
    h("th", { scope: "row", "data-label": "Step" }, stepWord(task.kind), subjectOf(task),
      task.error ? h("p", { class: "job-error small" }, task.error) : null),
    h("td", { "data-label": "State" }, stateBadge(task.state)),
    h("td", { "data-label": "Attempts", class: "number" }, task.attempts),
    h("td", { "data-label": "Waited", class: "number" }, duration(task.waited_ms)),
    h("td", { "data-label": "Worked", class: "number" }, duration(task.worked_ms)));
}
