/** The panels of the insights, each from its part of /v1/stats; a part that the server does not report has no panel. */
import { h } from "../dom/element.js";
import { ago, atClock, capitalised, counted, duration, percent, stepWord, whole } from "../dom/words.js";
import { bars, figuresTable, stackedColumns } from "./plots.js";

const hour = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });

function panel(id, title, ...content) {
  return h("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), content);
}

function figures(entries) {
  return h("dl", { class: "figures" }, entries.filter(Boolean).map(([name, value, more]) => h("div", { class: "figure" },
    h("dt", {}, name), h("dd", {}, value, more ? h("span", { class: "soft small" }, ` ${more}`) : null))));
}

const moment = (at) => h("time", { datetime: at, title: atClock(at) }, ago(at));
const none = (text) => h("p", { class: "soft" }, text);

/** @param {any} stats */
export function catalogueFigures({ counts, queries }) {
  if (!counts) return null;
  return h("div", { class: "figures-wide" }, figures([
    ["Products", whole(counts.products)],
    ["Can be found", counts.products > 0 ? percent(counts.product_images / counts.products) : "–", counts.products > 0 ? `${whole(counts.product_images)} with a picture` : ""],
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

/** @param {any} stats */
export function latencyPanel({ latency_ms: latency }) {
  const stages = Object.entries(latency ?? {}).filter(([, value]) => value && value.count > 0);
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
    h("span", {}, one.job_id ? h("a", { href: `#/jobs/${one.job_id}` }, stepWord(one.kind)) : stepWord(one.kind), one.what ? h("span", { class: "soft small" }, ` ${one.what}`) : null)))));
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

/** @param {any} stats */
export function retentionPanel({ retention }) {
  if (!retention) return null;
  const months = retention.query_images_months;
  return panel("retention", "Photos that people searched with",
    h("p", {}, months > 0 ? `Kept for ${counted(months, "month")}, then removed; the figures of their searches stay.` : "Kept for good."),
    figures([
      retention.last_run_at ? ["Last looked", moment(retention.last_run_at)] : ["Last looked", "not yet"],
      retention.images_removed !== undefined && retention.images_removed !== null ? ["Removed then", whole(retention.images_removed)] : null,
      retention.next_run_at ? ["Next", atClock(retention.next_run_at)] : null,
    ]));
}

/** @param {any} stats */
export function consistencyPanel({ consistency }) {
  if (!consistency) return null;
  if (!consistency.checked_at) return panel("consistency", "Consistency", none("Not checked yet. “vitrine check” does it at any time."));
  const wrong = [["orphan_vectors", "vectors without a product"], ["missing_vectors", "products without their vector"], ["missing_files", "pictures whose file is gone"], ["orphan_files", "files of no picture"], ["mismatched_vectors", "vectors of another model"]]
    .filter(([key]) => consistency[key] > 0).map(([key, words]) => `${whole(consistency[key])} ${words}`);
  return panel("consistency", "Consistency",
    h("p", { class: consistency.consistent ? "verdict verdict-good" : "verdict verdict-bad" }, consistency.consistent ? "Vectors, links and files agree." : "Something does not agree."),
    wrong.length > 0 ? h("ul", { class: "plain-list" }, wrong.map((text) => h("li", {}, text))) : null,
    figures([["Checked", moment(consistency.checked_at)], consistency.repaired > 0 ? ["Repaired", whole(consistency.repaired)] : null]));
}
