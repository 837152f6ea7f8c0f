/** An import: how far it is, and what became of every row of the catalogue. */
import { fill, h } from "../dom/element.js";
import { capitalised, counted, whole } from "../dom/words.js";
import { importOverview, importRows } from "../server/api.js";
import { failure } from "../shell/states.js";
import { chipRow } from "./job_words.js";

const PAGE = 100;
const STATES = ["", "failed", "waiting", "indexing", "indexed", "unchanged", "cancelled"];

/**
 * @param {string} id of the import's job
 * @param {AbortSignal} leaving
 * @returns {{element: HTMLElement, refresh: () => Promise<void>}}
 */
export function importPanel(id, leaving) {
  const state = { state: "", pages: 1, next: "", seen: "" };
  const summary = h("div", { class: "import-summary" });
  const body = h("tbody", {});
  const table = h("table", { class: "jobs-table" }, h("caption", { class: "visually-hidden" }, "Rows of the catalogue, by line"),
    h("thead", {}, h("tr", {}, ["Row", "State", "What happened"].map((name) => h("th", { scope: "col" }, name)))), body);
  const foot = h("div", { class: "grid-foot" });
  const more = h("button", { class: "button button-small", type: "button", on: { click: () => { state.pages += 1; showRows(); } } }, "Show more rows");

  async function refresh() {
    try {
      const now = await importOverview(id, leaving);
      fill(summary, progressOf(now), countsOf(now));
      const print = JSON.stringify([now.waiting, now.indexing, now.indexed, now.unchanged, now.failed, now.cancelled]);
      if (print !== state.seen) await showRows();
      state.seen = print;
    } catch (error) {
      if (!leaving.aborted) fill(summary, failure(error, refresh));
    }
  }

  async function showRows() {
    try {
      const rows = await pagesOf(id, state, leaving);
      table.hidden = rows.length === 0;
      fill(body, rows.map(rowOf));
      fill(foot, h("p", { class: "soft" }, rows.length === 0 ? "No row is in that state." : `${counted(rows.length, "row")}${state.next ? " so far" : ""}`), state.next ? more : null);
    } catch (error) {
      if (!leaving.aborted) fill(foot, failure(error, showRows));
    }
  }

  return {
    element: h("section", { class: "panel", "aria-labelledby": "import-title" }, h("h2", { id: "import-title" }, "Rows"), summary,
      h("div", { class: "job-filters" }, chipRow("State of a row", STATES, (value) => (value ? capitalised(value) : "All rows"), (value) => {
        Object.assign(state, { state: value, pages: 1 });
        showRows();
      })),
      h("div", { class: "table-frame import-rows", tabindex: "0", role: "region", "aria-label": "Rows of the catalogue" }, table), foot),
    refresh,
  };
}

/** As many pages as the person has asked for. */
async function pagesOf(id, state, signal) {
  const rows = [];
  let cursor = "";
  for (let page = 0; page < state.pages; page += 1) {
    const answer = await importRows(id, { state: state.state, cursor, limit: PAGE }, signal);
    rows.push(...answer.rows);
    cursor = answer.next_cursor ?? "";
    if (!cursor) break;
  }
  state.next = cursor;
  return rows;
}

function progressOf(now) {
  const ended = now.indexed + now.unchanged + now.failed + now.cancelled;
  return h("progress", { class: "import-progress", max: Math.max(1, now.rows), "aria-label": `${whole(ended)} of ${counted(now.rows, "row")} done`, set: { value: now.rows > 0 ? ended : 0 } });
}

function countsOf(now) {
  const count = (name, rows, classes = "") => (rows > 0 || name === "indexed" ? h("div", { class: "figure" }, h("dt", {}, capitalised(name)), h("dd", { class: `number ${classes}` }, whole(rows))) : null);
  return h("dl", { class: "figures" }, count(now.all_read ? "rows" : "rows so far", now.rows), count("indexed", now.indexed),
    count("unchanged", now.unchanged), count("being indexed", now.indexing), count("waiting", now.waiting),
    count("failed", now.failed, "job-error"), count("cancelled", now.cancelled));
}

function rowOf(row) {
  const product = row.product_id ? h("a", { href: `#/catalogue/${encodeURIComponent(row.product_id)}` }, row.product_id) : "no id";
  const hasProduct = row.state === "indexed" || row.state === "unchanged";
  return h("tr", { "data-line": row.line },
    h("th", { scope: "row", "data-label": "Row" }, hasProduct ? product : row.product_id || "no id", h("span", { class: "soft small number" }, ` line ${row.line}`)),
    h("td", { "data-label": "State" }, h("span", { class: `state state-${badgeOf(row.state)}` }, capitalised(row.state))),
    h("td", { "data-label": "What happened", class: "import-why" }, row.error ? h("span", { class: row.state === "failed" ? "job-error" : "soft" }, row.error) : null,
      row.job_id ? h("a", { class: "small", href: `#/jobs/${row.job_id}` }, ` Job ${row.job_id}`) : null));
}

/** A row's state in the colours of jobs. */
function badgeOf(state) {
  return { waiting: "queued", indexing: "running", indexed: "succeeded", unchanged: "succeeded" }[state] ?? state;
}
