/**
 * Addresses after the "#": which view they open. A view is made by a function of its address's parts and is left by
 * aborting its signal, which ends all it started.
 */
import { fill } from "../dom/element.js";
import { say } from "./notices.js";

/**
 * @typedef {{title: string, element: HTMLElement}} View
 * @typedef {{pattern: RegExp, place: string, open: (parts: string[], signal: AbortSignal) => View}} Route
 */

let leaving = new AbortController();

/**
 * Opens the view of the address now and whenever it changes.
 * @param {Route[]} routes the last one takes whatever no other does
 */
export function startRouter(routes) {
  window.addEventListener("hashchange", () => open(routes, true));
  open(routes, false);
}

/** @param {string} path "/catalogue" */
export function goTo(path) {
  location.hash = `#${path}`;
}

/** Opens the present address anew. */
export function openAgain() {
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Writes `path` into the address bar without opening it: the view already shows it. @param {string} path */
export function noteAddress(path) {
  history.replaceState(null, "", `#${path}`);
}

function open(routes, byPerson) {
  const path = location.hash.replace(/^#/, "") || "/";
  if (!path.startsWith("/")) return; // the skip link
  const route = routes.find(({ pattern }) => pattern.test(path)) ?? routes[routes.length - 1];
  leaving.abort();
  leaving = new AbortController();
  const parts = (path.match(route.pattern) ?? []).slice(1).map((part) => decodeURIComponent(part ?? ""));
  const view = route.open(parts, leaving.signal);
  fill(/** @type {HTMLElement} */ (document.getElementById("main")), view.element);
  arrive(view, route.place, byPerson);
}

function arrive(view, place, byPerson) {
  document.title = view.title === "Vitrine" ? view.title : `${view.title} · Vitrine`;
  for (const link of document.querySelectorAll("[data-place]")) {
    if (link.getAttribute("data-place") === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!byPerson) return;
  window.scrollTo(0, 0);
  const heading = view.element.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
  say(view.title);
}
