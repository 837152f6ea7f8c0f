/**
 * Server-sent events by fetch, since EventSource cannot send a key. Goes on after a lost connection where it was, by
 * Last-Event-ID.
 */
import { ask, ServerAway } from "./api.js";

const PAUSE_MS = 1000;
const SILENCE_MS = 40_000; // the server says that it is still there every 15 s

/** @typedef {{id: string, event: string, data: string}} ServerEvent */

/**
 * Calls `onEvent` for each event until it returns true or `signal` is aborted.
 * @param {string} path
 * @param {(event: ServerEvent) => boolean | void} onEvent
 * @param {AbortSignal} signal
 */
export async function followEvents(path, onEvent, signal) {
  let last = "";
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
      const stream = await ask(path, { headers, signal, cache: "no-store" });
      if (stream.status === 204) return; // there is nothing after what was seen
      for await (const event of eventsOf(stream.body)) {
        if (event.id) last = event.id;
        if (onEvent(event)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const isBroken = error instanceof ServerAway || error instanceof TypeError;
      if (!isBroken) throw error;
    }
    await pause(PAUSE_MS, signal);
  }
}

/** @param {ReadableStream<Uint8Array>} body @returns {AsyncGenerator<ServerEvent>} */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await soon(reader.read());
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = eventIn(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the stream is over or broken: nothing is left to cancel
  }
}

/**
 * What comes, unless nothing comes for so long that the connection must be dead (a laptop that slept): then the end.
 * @param {Promise<{value?: string, done: boolean}>} coming
 */
function soon(coming) {
  let timer = 0;
  const silence = new Promise((resolve) => { timer = setTimeout(() => resolve({ done: true }), SILENCE_MS); });
  return Promise.race([coming, silence]).finally(() => clearTimeout(timer));
}

/** @param {string} block the lines of one event @returns {ServerEvent | null} null for a comment that keeps the line open */
export function eventIn(block) {
  const event = { id: "", event: "message", data: "" };
  let hasData = false;
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") {
      event.data += (hasData ? "\n" : "") + value;
      hasData = true;
    } else if (name === "id" || name === "event") {
      event[name] = value;
    }
  }
  return hasData ? event : null;
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(undefined); }, { once: true });
  });
}
