/** What the page says to the person: aloud to screen readers, and in notices at the foot. */
import { h } from "../dom/element.js";

const SHOWN_MS = 6000;

/** Says `text` to a screen reader, and to nobody else. @param {string} text */
export function say(text) {
  const region = /** @type {HTMLElement} */ (document.getElementById("spoken"));
  region.textContent = region.textContent === text ? `${text}\u00a0` : text; // the same words again are said again
}

/** A short good message. @param {string} text */
export function tell(text) {
  show(text, false);
}

/** A failure that the person must see: it stays until it is closed. @param {Error} error */
export function complain(error) {
  show(error.message, true);
}

function show(text, isBad) {
  const notice = h("div", { class: isBad ? "notice notice-bad" : "notice", role: isBad ? "alert" : "status" },
    h("span", {}, text),
    h("button", { class: "icon-button", type: "button", "aria-label": "Close this notice", on: { click: () => notice.remove() } }, "×"));
  document.getElementById("notices")?.append(notice);
  if (!isBad) setTimeout(() => notice.remove(), SHOWN_MS);
}
