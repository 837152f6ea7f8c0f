/** One search from photo to answer. */
import { answer, search } from "../server/api.js";
import { followJob } from "../jobs/follow_job.js";
import { isWhole } from "./box_geometry.js";

const TOP = 20;

/**
 * @param {Blob} photo
 * @param {{category: string, attributes: Record<string, string>, box?: import("./box_geometry.js").Box}} options
 * @param {(job: any) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the answer, with `job_id`
 */
export async function runSearch(photo, { category, attributes, box }, onProgress, signal) {
  const { job } = await search(photo, { top: TOP, category, attributes, box: box?.join(",") }, signal);
  onProgress(job);
  const ended = await followJob(job.id, onProgress, signal);
  if (signal.aborted) throw new DOMException("left", "AbortError");
  if (ended.state === "failed" || ended.state === "cancelled") throw new Error(reasonOf(ended));
  return arranged(await answer(job.id, signal));
}

/**
 * The answer with its things first and the whole photo, which is looked at too, after them and marked.
 * @param {any} answer
 */
export function arranged(answer) {
  const size = answer.image;
  const crops = answer.crops.map((crop) => ({ ...crop, is_whole: size ? isWhole(crop.box, size) : false }));
  return { ...answer, crops: [...crops.filter((crop) => !crop.is_whole), ...crops.filter((crop) => crop.is_whole)] };
}

function reasonOf(job) {
  if (job.errors.length > 0) return job.errors.join(" ");
  return job.state === "cancelled" ? "This search was cancelled." : "This search failed; the server gave no reason.";
}
