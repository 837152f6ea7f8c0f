/**
 * A job's time, drawn: its stages as bands, and a row for each step with its waiting (pale) and its working (solid). Where
 * a step says when it was made its row begins there; else one begins when its stage did.
 */
import { h, s } from "../dom/element.js";
import { duration, stepWord } from "../dom/words.js";
import { isNarrow, roundSteps } from "../insights/scale.js";

const ROW = 30;
const TOP = 44;

/** @param {any} job with tasks */
export function timeline(job) {
  const begin = Date.parse(job.created_at);
  const spans = job.tasks.map((task) => spanOf(task, job, begin));
  const total = Math.max(1, ...spans.map((span) => span.from + span.waited + span.worked), job.finished_at ? Date.parse(job.finished_at) - begin : 0);
  const [width, names] = isNarrow() ? [620, 190] : [1000, 210];
  const x = (ms) => names + ((width - names - 10) * ms) / total;
  const height = TOP + job.tasks.length * ROW + 8;
  return h("figure", { class: "timeline" },
    h("div", { class: "timeline-scroll", tabindex: "0", role: "region", "aria-label": "Timeline; the same figures are in the table of steps" },
      s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
        bands(job, begin, total, x, height), ticks(total, x, height), spans.map((span, index) => row(span, job.tasks[index], index, x)))),
    h("figcaption", { class: "legend" }, h("span", { class: "legend-waiting" }, "waiting"), h("span", { class: "legend-working" }, "working"),
      h("span", { class: "legend-failed" }, "failed"), h("span", { class: "soft" }, `${duration(total)} in all`)));
}

function spanOf(task, job, begin) {
  const made = task.created_at ? Date.parse(task.created_at) : Date.parse(stageStart(task, job) ?? job.created_at);
  return { from: Math.max(0, made - begin), waited: task.waited_ms, worked: task.worked_ms };
}

function stageStart(task, job) {
  if (task.kind === "crop") return job.created_at;
  return task.kind === "label" ? job.labelling_at : job.finishing_at;
}

function bands(job, begin, total, x, height) {
  const moments = [["queued", job.created_at], ["cropping", job.started_at], ["labelling", job.labelling_at], ["finishing", job.finishing_at], ["", job.finished_at]]
    .filter(([, at]) => at).map(([name, at]) => ({ name, at: Date.parse(at) - begin }));
  return moments.map(({ name, at }, index) => {
    if (!name) return null;
    const end = moments[index + 1]?.at ?? total;
    const left = x(Math.min(at, total));
    const wide = x(Math.min(end, total)) - left;
    return s("g", {}, s("rect", { class: index % 2 === 0 ? "band" : "band band-even", x: left, y: 0, width: Math.max(0, wide), height }),
      wide > 7 * name.length ? s("text", { class: "band-name", x: left + 6, y: 14 }, name) : null);
  });
}

function ticks(total, x, height) {
  return roundSteps(total, isNarrow() ? 3 : 5).map((ms) => s("g", {},
    s("path", { class: "tick", d: `M${x(ms)} 22V${height}` }), s("text", { class: "tick-name", x: x(ms) + 4, y: 34 }, ms === 0 ? "0" : duration(ms))));
}

function row(span, task, index, x) {
  const y = TOP + index * ROW;
  const wait = x(span.from + span.waited) - x(span.from);
  const work = x(span.from + span.waited + span.worked) - x(span.from + span.waited);
  const name = `${stepWord(task.kind)}${task.attempts > 1 ? ` ×${task.attempts}` : ""}`;
  return s("g", {},
    s("title", {}, `${stepWord(task.kind)}: waited ${duration(span.waited)}, worked ${duration(span.worked)}, ${task.attempts} attempts`),
    s("text", { class: "row-name", x: 0, y: y + 18 }, name.length > 30 ? `${name.slice(0, 29)}…` : name),
    s("rect", { class: "bar-waiting", x: x(span.from), y: y + 6, width: Math.max(0, wait), height: ROW - 14, rx: 3 }),
    s("rect", { class: task.state === "failed" ? "bar-failed" : "bar-working", x: x(span.from) + wait, y: y + 6, width: Math.max(2, work), height: ROW - 14, rx: 3 }));
}
