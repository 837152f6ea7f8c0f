/** Many wishes for one work, joined. */

/**
 * `work`, run once at a time and at most every `pauseMs`: calls that come meanwhile are joined into one after it, so that
 * the last wish is always met.
 * @param {() => Promise<unknown>} work
 * @param {number} pauseMs
 * @param {AbortSignal} leaving
 * @returns {() => void}
 */
export function joined(work, pauseMs, leaving) {
  let running = false;
  let wanted = false;
  return async function again() {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted && !leaving.aborted) {
      wanted = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    running = false;
  };
}
