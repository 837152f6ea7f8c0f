/** What keeps the house in order: old photos that go, and whether vectors, links and files agree. Each can be begun here. */
import { h } from "../dom/element.js";
import { atClock, counted, whole } from "../dom/words.js";
import { startCheck, startCleanup } from "../server/api.js";
import { complain } from "../shell/notices.js";
import { goTo } from "../shell/router.js";
import { figures, moment, panel } from "./panels.js";

const WRONG = [
  ["orphan_vectors", "vectors without a product"], ["missing_vectors", "products without their vector"], ["wrong_dimensions", "damaged vectors"],
  ["wrong_models", "vectors of another model"], ["missing_files", "pictures whose file is gone"], ["orphan_files", "files of no picture"],
  ["corrupted_files", "damaged files"],
];

/** @param {any} stats with `upkeep`: {runs, next_run_at} */
export function retentionPanel({ retention, upkeep }) {
  if (!retention) return null;
  const months = retention.query_images_months;
  const last = upkeep.runs.find(({ kind, state }) => kind === "cleanup" && state === "succeeded");
  return panel("retention", "Photos that people searched with",
    h("p", {}, months > 0 ? `Kept for ${counted(months, "month")}, then removed; the figures of their searches stay.` : "Kept for good."),
    figures([
      ["Last clean-up", last ? moment(last.finished_at ?? last.started_at) : "not yet"],
      last?.report ? ["Removed then", whole(last.report.images), last.report.bytes > 0 ? `${(last.report.bytes / 1e6).toFixed(1)} MB` : ""] : null,
      upkeep.next_run_at ? ["By itself again", atClock(upkeep.next_run_at)] : null,
    ]),
    action("Clean up now", startCleanup));
}

/** @param {any} stats */
export function consistencyPanel({ upkeep }) {
  const last = upkeep.runs.find(({ kind, state, report }) => kind === "check" && state === "succeeded" && report);
  if (!last) {
    return panel("consistency", "Consistency", h("p", { class: "soft" }, "Not checked yet; it is, once a week, by itself."), action("Check now", () => startCheck({ repair: false })));
  }
  const { report } = last;
  const wrong = WRONG.filter(([key]) => report[key] > 0).map(([key, words]) => `${whole(report[key])} ${words}`);
  return panel("consistency", "Consistency",
    h("p", { class: report.consistent ? "verdict verdict-good" : "verdict verdict-bad" }, report.consistent ? "Vectors, links and files agree." : "Something does not agree."),
    wrong.length > 0 ? h("ul", { class: "plain-list" }, [...wrong, ...(report.examples ?? [])].map((text) => h("li", {}, text))) : null,
    figures([
      ["Checked", moment(last.finished_at ?? last.started_at)], ["Vectors", whole(report.vectors)], ["Files", whole(report.files)],
      report.repaired > 0 ? ["Repaired", whole(report.repaired)] : null,
    ]),
    report.consistent ? action("Check now", () => startCheck({ repair: false })) : action("Check and repair", () => startCheck({ repair: true })));
}

function action(text, begin) {
  const button = h("button", { class: "button button-small", type: "button", on: { click: async () => {
    try {
      const { job } = await begin();
      goTo(`/jobs/${job.id}`);
    } catch (error) {
      complain(error);
    }
  } } }, text);
  return h("div", { class: "actions panel-foot" }, button);
}
