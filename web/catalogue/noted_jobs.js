/** Indexing that was begun in this tab, by product, so that its page follows it, also when it is opened anew. */

const KEEP = "vitrine.indexing";

/** @returns {Record<string, number>} */
function noted() {
  return JSON.parse(sessionStorage.getItem(KEEP) ?? "{}");
}

/** @param {string} productId @param {number} jobId */
export function noteJob(productId, jobId) {
  sessionStorage.setItem(KEEP, JSON.stringify({ ...noted(), [productId]: jobId }));
}

/** @param {string} productId @returns {number | undefined} */
export function notedJob(productId) {
  return noted()[productId];
}

/** Called when it has ended. @param {string} productId */
export function forgetJob(productId) {
  const { [productId]: _, ...rest } = noted();
  sessionStorage.setItem(KEEP, JSON.stringify(rest));
}
