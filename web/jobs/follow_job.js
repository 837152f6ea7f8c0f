/** A job, followed by its events until it ends. */
import { job as jobById } from "../server/api.js";
import { followEvents } from "../server/event_stream.js";

const FINAL = new Set(["succeeded", "partially_succeeded", "failed", "cancelled"]);

/** @param {{state: string}} job */
export function hasEnded(job) {
  return FINAL.has(job.state);
}

/**
 * Calls `onJob` with the job as it goes on; resolves with its final state.
 * @param {number} id
 * @param {(job: any) => void} onJob
 * @param {AbortSignal} signal
 * @returns {Promise<any>} undefined when `signal` was aborted first
 */
export async function followJob(id, onJob, signal) {
  let last;
  await followEvents(`/v1/jobs/${id}/events`, ({ event, data }) => {
    if (event !== "job") return false;
    last = JSON.parse(data);
    onJob(last);
    return hasEnded(last);
  }, signal);
  if (signal.aborted) return undefined;
  return last ?? jobById(id, signal);
}
