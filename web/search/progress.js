/** How far a job is: its stages as a line, its crops as dots, and the same in words for a screen reader. */
import { fill, h } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { say } from "../shell/notices.js";

const STAGES = [["queued", "Waiting for a worker"], ["cropping", "Finding things"], ["labelling", "Looking at each"], ["finishing", "Searching the catalogue"]];

/** @returns {{element: HTMLElement, show: (job: any) => void}} */
export function jobProgress(words = STAGES) {
  const list = h("ol", { class: "progress-stages" });
  const dots = h("div", { class: "progress-dots", "aria-hidden": "true" });
  const text = h("p", { class: "soft" });
  let said = "";
  return {
    element: h("div", { class: "progress" }, list, dots, text),
    show(job) {
      const now = stageIndex(job);
      fill(list, words.map(([, name], index) => h("li", {
        class: index < now ? "is-done" : index === now ? "is-now" : "", "aria-current": index === now ? "step" : null,
      }, name)));
      fill(dots, Array.from({ length: Math.min(job.crops_total, 60) }, (_, index) => h("i", { class: dotClass(job, index) })));
      const sentence = progressSentence(job, words[Math.min(now, words.length - 1)][1]);
      text.textContent = sentence;
      if (sentence !== said) say(sentence);
      said = sentence;
    },
  };
}

function stageIndex(job) {
  if (job.state === "queued") return 0;
  const index = STAGES.findIndex(([stage]) => stage === job.stage);
  return job.state === "running" ? Math.max(1, index) : STAGES.length;
}

function dotClass(job, index) {
  if (index < job.crops_done) return "is-done";
  return index < job.crops_done + job.crops_failed ? "is-failed" : "";
}

function progressSentence(job, stage) {
  if (job.stage !== "labelling" || job.crops_total === 0) return `${stage} …`;
  const failed = job.crops_failed > 0 ? `, ${job.crops_failed} failed` : "";
  return `${stage}: ${job.crops_done} of ${counted(job.crops_total, "thing")}${failed} …`;
}
