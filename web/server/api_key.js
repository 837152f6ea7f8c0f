/**
 * The API key: asked for when the server wants one, kept for this tab alone (sessionStorage), sent with every request.
 */
import { h } from "../dom/element.js";

const KEEP = "vitrine.api_key";
let asking = null;
let tried = false;

/** @returns {Record<string, string>} */
export function keyHeader() {
  const key = sessionStorage.getItem(KEEP);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Whether requests carry a key, so that a picture cannot be named in an <img> alone. */
export function hasKey() {
  return sessionStorage.getItem(KEEP) !== null;
}

/** Asks the person for a key; many callers share one dialog. Resolves when there is a new one. @returns {Promise<void>} */
export function wantKey() {
  tried = hasKey();
  asking ??= new Promise((resolve) => open(resolve)).finally(() => { asking = null; });
  return asking;
}

function open(given) {
  const input = h("input", { type: "password", id: "api-key", autocomplete: "off", required: true, spellcheck: "false" });
  const dialog = h("dialog", { "aria-labelledby": "api-key-title" },
    h("form", { method: "dialog", on: { submit: () => {
      sessionStorage.setItem(KEEP, input.value.trim());
      given();
    } } },
      h("h2", { id: "api-key-title" }, "This server wants an API key"),
      h("p", { class: "soft" }, tried
        ? "The key that was given was not accepted. Is it complete?"
        : "Whoever runs the server has it: it is one of server.api_keys in its configuration."),
      h("div", { class: "field" }, h("label", { for: "api-key" }, "API key"), input,
        h("span", { class: "field-hint" }, "Kept in this tab until it is closed.")),
      h("div", { class: "actions" }, h("button", { class: "button button-main", type: "submit" }, "Use this key"))));
  dialog.addEventListener("cancel", (event) => event.preventDefault()); // without a key there is nothing to go back to
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
