/** The panels of the insights, each from its part of /v1/stats; a part that the server does not report has no panel. */
import { h } from "../dom/element.js";
import { ago, atClock, capitalised, counted, duration, kindWord, percent, whole } from "../dom/words.js";
import { bars, figuresTable, stackedColumns } from "./plots.js";

const hour = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });

export function panel(id, title, ...content) {
  return h("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), content);
}

export function figures(entries) {
  return h("dl", { class: "figures" }, entries.filter(Boolean).map(([name, value, more]) => h("div", { class: "figure" },
    h("dt", {}, name), h("dd", {}, value, more ? h("span", { class: "soft small" }, ` ${more}`) : null))));
}

export const moment = (at) => h("time", { datetime: at, title: atClock(at) }, ago(at));
const none = (text) => h("p", { class: "soft" }, text);

/** @param {any} stats */
export function catalogueFigures({ counts, queries }) {
  if (!counts) return null;
  return h("div", { class: "figures-wide" }, figures([
    ["Products", whole(counts.products)],
    ["Can be found", counts.products > 0 ? percent(counts.vectors / counts.products) : "–", counts.products > 0 ? `${whole(counts.vectors)} with a picture` : ""],
    ["Pictures and crops", whole(counts.images)],
    queries ? ["Searches", whole(queries.total), queries.total > 0 ? `${percent(1 - queries.without_answer / queries.total)} with a good answer` : ""] : null,
    ["Unfinished jobs", whole(counts.jobs_unfinished)],
  ]));
}

/** @param {any} stats */
export function throughputPanel({ throughput }) {
  if (!throughput) return null;
  const sum = (key) => throughput.reduce((all, bucket) => all + bucket[key], 0);
  if (sum("indexed") + sum("queried") + sum("failed") === 0) return panel("throughput", "Done in the last day", none("No job has ended in the last day."));
  return panel("throughput", "Done in the last day",
    h("p", { class: "soft" }, `${whole(sum("indexed"))} indexed, ${whole(sum("queried"))} searched, ${whole(sum("failed"))} failed.`),
    stackedColumns({
      times: throughput.map(({ at }) => at), timeName: (at) => hour.format(new Date(at)), valueName: (value) => whole(value),
      series: [
        { name: "indexed", tone: "accent", values: throughput.map(({ indexed }) => indexed) },
        { name: "searched", tone: "mark", values: throughput.map(({ queried }) => queried) },
        { name: "failed", tone: "bad", values: throughput.map(({ failed }) => failed) },
      ],
    }),
    figuresTable(["From", "Indexed", "Searched", "Failed"], throughput.map(({ at, indexed, queried, failed }) => [hour.format(new Date(at)), indexed, queried, failed])));
}

const STAGES = ["query", "index", "crop", "label", "search", "finish"];

/** @param {any} stats */
export function latencyPanel({ latency_ms: latency }) {
  const stages = STAGES.map((name) => [name, latency?.[name]]).filter(([, value]) => value && value.count > 0);
  if (!latency) return null;
  if (stages.length === 0) return panel("latency", "How long it takes", none("Nothing has been timed yet."));
  return panel("latency", "How long it takes",
    h("p", { class: "soft" }, "Solid: half of all are faster. Pale: 95 of 100 are."),
    bars(stages.map(([name, { p50, p95 }]) => ({ name: stageName(name), value: p50, further: p95, words: `${duration(p50)} · ${duration(p95)}` }))),
    figuresTable(["Stage", "Count", "Median", "95 %", "99 %"], stages.map(([name, { count, p50, p95, p99 }]) => [stageName(name), count, duration(p50), duration(p95), duration(p99)])));
}

function stageName(name) {
  const names = { query: "Whole search", index: "Whole indexing", crop: "Finding things", label: "Looking at one", search: "Searching vectors", finish: "Finishing" };
  return names[name] ?? capitalised(name.replaceAll("_", " "));
}

/** @param {any} stats */
export function queuePanel({ queue }) {
  if (!queue) return null;
  const parts = [["Waiting", queue.ready], ["Running", queue.running], ["Put off", queue.delayed]].filter(([, value]) => value !== undefined);
  return panel("queue", "In the queue now",
    bars(parts.map(([name, value]) => ({ name, value, words: whole(value), tone: name === "Put off" ? "warn" : "accent" }))),
    h("p", { class: "soft" }, queue.oldest_ready_ms > 0 ? `The oldest has waited ${duration(queue.oldest_ready_ms)}.` : "Nothing waits."),
    figuresTable(["Steps", "Count"], parts));
}

/** @param {any} stats */
export function slowPanel({ slow }) {
  if (!slow) return null;
  if (slow.length === 0) return panel("slow", "Slow now", none("Nothing takes unusually long."));
  return panel("slow", "Slow now", h("ul", { class: "plain-list" }, slow.map((one) => h("li", {},
    h("span", { class: "number slow-time" }, duration(one.ms)),
    h("span", {}, h("a", { href: `#/jobs/${one.job_id}` }, `${kindWord(one.kind)} #${one.job_id}`), h("span", { class: "soft small" }, ` ${slowWord(one.what)}`))))));
}

function slowWord(what) {
  return { running: "is running still", crop: "most of it finding things", label: "most of it looking at things", finish: "most of it at the end" }[what] ?? what;
}

/** @param {any} stats */
export function topCategoriesPanel({ queries }) {
  if (!queries?.top_categories) return null;
  const list = queries.top_categories;
  if (list.length === 0) return panel("asked", "Most asked for", none("No search has had an answer yet."));
  return panel("asked", "Most asked for",
    bars(list.map(({ category, count }) => ({ name: category || "no category", value: count, words: whole(count), tone: "mark" }))),
    figuresTable(["Category", "Searches"], list.map(({ category, count }) => [category || "no category", count])));
}

/** @param {any} stats */
export function queriesPanel({ queries }) {
  const list = queries?.recent_without_answer;
  if (!list) return null;
  if (list.length === 0) return panel("unanswered", "Without a good answer", none(queries.total > 0 ? "Every search found something likely." : "Nobody has searched yet."));
  return panel("unanswered", "Without a good answer",
    h("p", { class: "soft" }, `${counted(queries.without_answer, "search", "searches")} of ${whole(queries.total)}. What people want that you may not have:`),
    h("ul", { class: "plain-list" }, list.map((one) => h("li", {},
      h("a", { href: `#/search/${one.job_id}` }, one.labels.filter(Boolean).join("; ") || "Something without a label"),
      h("span", { class: "soft small" }, ` best ${percent(one.best_score)}, `, moment(one.created_at))))));
}
