/** Something done again and again, but only while the page is looked at. */

/**
 * Runs `work` now and `pause_ms` after it ended each time, until `leaving` is aborted; waits while the page is hidden.
 * @param {() => Promise<void>} work
 * @param {number} pauseMs
 * @param {AbortSignal} leaving
 */
export async function whileVisible(work, pauseMs, leaving) {
  while (!leaving.aborted) {
    await work();
    await pause(pauseMs, leaving);
    if (document.hidden) await shown(leaving);
  }
}

function pause(ms, leaving) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    leaving.addEventListener("abort", () => { clearTimeout(timer); resolve(undefined); }, { once: true });
  });
}

function shown(leaving) {
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(undefined), { once: true });
    leaving.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
