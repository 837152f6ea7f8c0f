/** What a view shows when it has nothing to show yet, nothing at all, or a failure. */
import { h, s } from "../dom/element.js";
import { ServerAway } from "../server/api.js";
import { openAgain } from "./router.js";

/** @param {string} [text] */
export function loading(text = "One moment …") {
  return h("div", { class: "loading" }, text);
}

/**
 * A failure in words, and a way on.
 * @param {Error} error
 * @param {() => void} [again]
 */
export function failure(error, again = openAgain) {
  const block = h("div", { class: "failure", role: "alert" },
    h("p", {}, error.message),
    h("div", { class: "actions" }, h("button", { class: "button button-small", type: "button", on: { click: again } }, "Try again")));
  if (error instanceof ServerAway) {
    const listener = () => { if (block.isConnected) again(); };
    window.addEventListener("server-back", listener, { once: true });
  }
  return block;
}

/**
 * @param {{title: string, text: import("../dom/element.js").Child, art?: SVGElement, level?: number}} words
 * @param {...import("../dom/element.js").Child} below
 */
export function empty({ title, text, art = emptyCase(), level = 2 }, ...below) {
  return h("div", { class: "empty" }, art, h(`h${level}`, {}, title), h("p", { class: "soft" }, text), below);
}

/** A drawing of a display case with nothing in it. */
export function emptyCase() {
  return s("svg", { viewBox: "0 0 144 96", "aria-hidden": "true", focusable: "false" },
    s("path", { d: "M22 88V32L72 10l50 22v56zM22 60h100M14 88h116" }),
    s("path", { class: "warm", d: "M46 60v-8h20v8M84 88v-10h22v10", "stroke-dasharray": "3 3" }));
}

/**
 * Runs `load` and shows what it makes in `place`: loading, then the result or the failure. A result that comes after the
 * view was left is dropped.
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 * @param {() => Promise<import("../dom/element.js").Child>} load
 */
export async function showLoaded(place, signal, load) {
  place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes()) place.append(loading());
  try {
    const made = await load();
    if (!signal.aborted) place.replaceChildren(...[made].flat().filter((child) => child instanceof Node));
  } catch (error) {
    if (!signal.aborted && error.name !== "AbortError") {
      place.replaceChildren(failure(error, () => showLoaded(place, signal, load)));
    }
  }
  place.removeAttribute("aria-busy");
}
