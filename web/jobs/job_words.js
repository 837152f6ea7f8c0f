/** A job's parts as the list and the page of one job show them. */
import { h } from "../dom/element.js";
import { capitalised, kindWord, stateWord } from "../dom/words.js";

export const STATES = ["queued", "running", "succeeded", "partially_succeeded", "failed", "cancelled"];

/** @param {string} state of a job or a task */
export function stateBadge(state) {
  return h("span", { class: `state state-${state}` }, capitalised(stateWord(state)));
}

/** "Indexing mug-red-stripes". @param {any} job */
export function jobName(job) {
  const about = job.product_id ? ` ${job.product_id}` : "";
  return `${kindWord(job.kind)}${about}`;
}

/** Milliseconds from its acceptance to its end, or to now. @param {any} job @param {number} [now] */
export function jobTime(job, now = Date.now()) {
  return Math.max(0, (job.finished_at ? Date.parse(job.finished_at) : now) - Date.parse(job.created_at));
}

/** Chips of which one is pressed. */
export function chipRow(label, values, nameOf, onChange) {
  const chips = values.map((value) => h("button", { class: "chip", type: "button", "aria-pressed": String(value === values[0]), on: { click: () => {
    chips.forEach((chip, index) => chip.setAttribute("aria-pressed", String(values[index] === value)));
    onChange(value);
  } } }, nameOf(value)));
  return h("div", { class: "chips", role: "group", "aria-label": label }, chips);
}
