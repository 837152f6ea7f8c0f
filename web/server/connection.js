/**
 * Whether the server is there. When a request could not be sent, a line above the view says so, asks again in growing
 * intervals, and tells the views (event "server-back" on window) when it answers.
 */
import { fill, h } from "../dom/element.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;

let away = false;
let timer = 0;
let wait = FIRST_WAIT_MS;

/** Called for every answer of the server, good or bad. */
export function serverAnswered() {
  if (!away) return;
  away = false;
  clearTimeout(timer);
  wait = FIRST_WAIT_MS;
  fill(line());
  window.dispatchEvent(new Event("server-back"));
}

/** Called when a request could not be sent. */
export function serverIsAway() {
  if (away) return;
  away = true;
  fill(line(),
    h("span", {}, "The server does not answer. Is “vitrine serve” still running? Nothing is lost: trying again by itself."),
    h("button", { class: "button button-small", type: "button", on: { click: lookNow } }, "Try now"));
  lookLater();
}

function line() {
  return /** @type {HTMLElement} */ (document.getElementById("connection"));
}

function lookLater() {
  timer = setTimeout(lookNow, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

async function lookNow() {
  clearTimeout(timer);
  try {
    await fetch("/healthz", { cache: "no-store" });
    serverAnswered();
  } catch {
    lookLater(); // still away: that is what the line says
  }
}
