/** The imports that are under way, at the head of the catalogue: whoever left and comes back sees how far they are. */
import { fill, h } from "../dom/element.js";
import { counted, whole } from "../dom/words.js";
import { jobs } from "../server/api.js";
import { followJob, hasEnded } from "../jobs/follow_job.js";
import { stateBadge } from "../jobs/job_words.js";
import { say } from "../shell/notices.js";

const NEWEST = 5;
const STILL_NEWS_MS = 15 * 60_000;

/**
 * @param {() => void} onEnded products may have come in
 * @param {AbortSignal} leaving
 */
export function importStrip(onEnded, leaving) {
  const strip = h("section", { class: "import-strip", "aria-label": "Imports", hidden: true });
  show();
  return strip;

  async function show() {
    try {
      const { jobs: newest } = await jobs({ kind: "import", limit: NEWEST }, leaving);
      const shown = newest.filter((job) => !hasEnded(job) || Date.now() - Date.parse(job.finished_at) < STILL_NEWS_MS);
      strip.hidden = shown.length === 0;
      for (const job of shown) strip.append(entry(job));
    } catch {
      // The catalogue below shows what is wrong with the server.
    }
  }

  function entry(job) {
    const line = h("p", { class: "import-line" });
    const update = (now) => fill(line, h("a", { href: `#/jobs/${now.id}` }, `Import #${now.id}`), stateBadge(now.state), progress(now), h("span", { class: "soft number" }, words(now)));
    update(job);
    if (!hasEnded(job)) follow(job, update);
    return line;
  }

  async function follow(job, update) {
    try {
      const ended = await followJob(job.id, update, leaving);
      if (!ended) return;
      update(ended);
      say(`Import ${job.id}: ${words(ended)}`);
      onEnded();
    } catch {
      // Its page says what is wrong.
    }
  }
}

function progress(job) {
  if (hasEnded(job)) return null;
  return h("progress", { max: Math.max(1, job.rows_total ?? 0), "aria-label": words(job), set: { value: endedRows(job) } });
}

/** Well or badly. */
function endedRows(job) {
  return (job.rows_done ?? 0) + (job.rows_failed ?? 0);
}

function words(job) {
  const failed = job.rows_failed > 0 ? `, ${whole(job.rows_failed)} failed` : "";
  return `${whole(endedRows(job))} of ${counted(job.rows_total ?? 0, "row")} done${failed}`;
}
