/** Numbers, times and scores as people say them. */

const integer = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${integer.format(count)} ${count === 1 ? one : many}`;
}

/** @param {number} value */
export function whole(value) {
  return integer.format(Math.round(value));
}

/**
 * A duration in its natural unit: "340 ms", "2.4 s", "3 min 5 s".
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 1) return `${ms > 0 ? "<1" : "0"} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** Bytes as people say them: "340 kB", "2.4 MB". @param {number} bytes */
export function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** How long ago a moment was. @param {string} moment RFC 3339 @param {number} [now] */
export function ago(moment, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(moment)) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return counted(Math.floor(seconds / 86_400), "day") + " ago";
}

/** @param {string} moment RFC 3339 */
export function atClock(moment) {
  return clock.format(new Date(moment));
}

/** A score in [0, 1] as a percentage. @param {number} score */
export function percent(score) {
  return `${Math.round(score * 100)} %`;
}

/**
 * What a score means to a person who decides whether to believe it.
 * @param {number} score in [0, 1]
 * @returns {{word: string, strength: "sure" | "likely" | "possible" | "weak"}}
 */
export function meaningOf(score) {
  if (score >= 0.8) return { word: "Very likely", strength: "sure" };
  if (score >= 0.55) return { word: "Likely", strength: "likely" };
  if (score >= 0.3) return { word: "Possible", strength: "possible" };
  return { word: "Unlikely", strength: "weak" };
}

/** A state of a job or a task in plain words. @param {string} state */
export function stateWord(state) {
  const words = { partially_succeeded: "partly succeeded" };
  return words[state] ?? state;
}

/** What a job does. @param {string} kind */
export function kindWord(kind) {
  return { index: "Indexing", query: "Search", import: "Import", cleanup: "Clean-up", check: "Consistency check", reindex: "Re-index" }[kind] ?? capitalised(kind.replaceAll("_", " "));
}

/** @param {string} text */
export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A step's name without its underscores. @param {string} kind */
export function stepWord(kind) {
  return {
    crop: "Find things", label: "Look at a thing", select_and_save_primary_crop: "Choose the picture that stands for the product",
    query_all_crops: "Search the catalogue", finalize_indexing_job: "Write the outcome", finalize_querying_job: "Write the answer",
  }[kind] ?? capitalised(kind.replaceAll("_", " "));
}

/**
 * What a label says, shortly.
 * @param {any} label StructuredLabel
 */
export function labelWords(label) {
  if (!label) return "";
  const parts = [(label.colors ?? []).join(" and "), label.pattern, label.material, label.style, label.category];
  const text = parts.filter(Boolean).join(" ");
  return label.text ? `${text}${text ? ", " : ""}“${shortened(label.text, 60)}”` : text;
}

/** @param {string} text @param {number} most */
export function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
