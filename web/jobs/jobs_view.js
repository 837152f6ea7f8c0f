/** All runs, newest first, kept up to date while somebody looks. */
import { fill, h } from "../dom/element.js";
import { ago, atClock, capitalised, counted, duration, kindWord, stateWord } from "../dom/words.js";
import { jobs } from "../server/api.js";
import { picture } from "../server/pictures.js";
import { followEvents } from "../server/event_stream.js";
import { complain } from "../shell/notices.js";
import { joined } from "../shell/joined.js";
import { empty, failure, loading } from "../shell/states.js";
import { whileVisible } from "../shell/while_visible.js";
import { hasEnded } from "./follow_job.js";
import { chipRow, jobName, jobTime, stateBadge, STATES } from "./job_words.js";

const PAGE = 50;
const AGES_MS = 15_000; // "2 min ago" goes on without any event
const LEAST_PAUSE_MS = 400; // an import has many events a second

/** @param {AbortSignal} leaving */
export function jobsView(leaving) {
  const state = { state: "", kind: "", pages: 1, next: "" };
  const body = h("tbody", {});
  const table = h("table", { class: "jobs-table" },
    h("caption", { class: "visually-hidden" }, "Jobs, newest first"),
    h("thead", {}, h("tr", {}, ["Job", "State", "Things", "Accepted", "Took"].map((name) => h("th", { scope: "col" }, name)))), body);
  const foot = h("div", { class: "grid-foot" }, loading());
  const more = h("button", { class: "button", type: "button", on: { click: () => { state.pages += 1; refresh(); } } }, "Show more");
  table.hidden = true;

  async function refresh() {
    try {
      const list = await pagesOf(state, leaving);
      showList(list);
    } catch (error) {
      if (error.name !== "AbortError") fill(foot, failure(error, refresh));
    }
  }

  function showList(list) {
    table.hidden = list.length === 0;
    updateRows(body, list);
    if (list.length === 0) fill(foot, state.state || state.kind ? noneOfThese() : noJobs());
    else fill(foot, h("p", { class: "soft" }, `${counted(list.length, "job")}${state.next ? " so far" : ""}`), state.next ? more : null);
  }

  const change = (name, value) => { state[name] = value; state.pages = 1; refresh(); };
  whileVisible(refresh, AGES_MS, leaving);
  refreshOnEvents(joined(refresh, LEAST_PAUSE_MS, leaving), leaving);
  return {
    title: "Jobs",
    element: h("div", { class: "view" },
      h("header", { class: "view-head" }, h("div", {}, h("h1", {}, "Jobs"), h("p", { class: "lead" }, "Every run of the machine: what it does now, what it did, what went wrong."))),
      h("div", { class: "job-filters" },
        chipRow("State", ["", ...STATES], (value) => (value ? capitalised(stateWord(value)) : "All states"), (value) => change("state", value)),
        chipRow("Kind", ["", "index", "query", "import", "check", "cleanup"], (value) => (value ? kindWord(value) : "All kinds"), (value) => change("kind", value))),
      h("div", { class: "table-frame" }, table), foot),
  };
}

/** A list that cannot be followed is still refreshed from time to time, and its failure is what that shows. */
async function refreshOnEvents(refresh, leaving) {
  try {
    await followEvents("/v1/jobs/events", () => { refresh(); }, leaving);
  } catch (error) {
    if (!leaving.aborted) complain(error);
  }
}

/** As many pages as the person has asked for. */
async function pagesOf(state, signal) {
  const list = [];
  let cursor = "";
  for (let page = 0; page < state.pages; page += 1) {
    const answer = await jobs({ state: state.state, kind: state.kind, cursor, limit: PAGE }, signal);
    list.push(...answer.jobs);
    cursor = answer.next_cursor ?? "";
    if (!cursor) break;
  }
  state.next = cursor;
  return list;
}

/** Rows are kept by job and changed only where the job did, so that focus and selection outlive an update. */
function updateRows(body, list) {
  const old = new Map([...body.children].map((row) => [row.getAttribute("data-job"), row]));
  const rows = list.map((job) => {
    const row = old.get(String(job.id));
    const print = JSON.stringify(job);
    if (row && row.getAttribute("data-print") === print && hasEnded(job)) return row;
    if (!row) return jobRow(job, print);
    fill(row, cellsOf(job, row.querySelector("a")));
    row.setAttribute("data-print", print);
    return row;
  });
  if (rows.some((row, index) => body.children[index] !== row) || body.children.length !== rows.length) body.replaceChildren(...rows);
}

function jobRow(job, print) {
  return h("tr", { "data-job": job.id, "data-print": print }, cellsOf(job, null));
}

function cellsOf(job, link) {
  const name = link ?? h("a", { href: `#/jobs/${job.id}` }, jobName(job));
  return [
    h("th", { scope: "row", "data-label": "Job" }, job.image_id ? picture(job.image_id, { size: 64 }) : null, name, h("span", { class: "soft small number" }, ` #${job.id}`),
      job.errors.length > 0 ? h("p", { class: "job-error small" }, job.errors[0], job.errors.length > 1 ? ` (and ${job.errors.length - 1} more)` : "") : null),
    h("td", { "data-label": "State" }, stateBadge(job.state), job.stage ? h("span", { class: "soft small" }, ` ${job.stage}`) : null),
    h("td", { "data-label": "Things", class: "number" }, things(job)),
    h("td", { "data-label": "Accepted" }, h("time", { datetime: job.created_at, title: atClock(job.created_at) }, ago(job.created_at))),
    h("td", { "data-label": "Took", class: "number" }, hasEnded(job) || job.state === "running" ? duration(jobTime(job)) : "–"),
  ];
}

function things(job) {
  if (job.crops_total === 0) return "–";
  return job.crops_failed > 0 ? `${job.crops_done} of ${job.crops_total}, ${job.crops_failed} failed` : `${job.crops_done} of ${job.crops_total}`;
}

function noJobs() {
  return empty({ title: "Nothing has run yet", text: "Add a product or search a photo, and its job appears here while it runs." },
    h("div", { class: "actions" }, h("a", { class: "button button-main", href: "#/" }, "Search a photo"), h("a", { class: "button", href: "#/catalogue" }, "Catalogue")));
}

function noneOfThese() {
  return empty({ title: "No such job", text: "No job is in that state and of that kind now." });
}
