/** Modal dialogs: focus is kept inside by the browser and goes back to where it was. */
import { h } from "../dom/element.js";

let count = 0;

/**
 * Opens a dialog with a title and `body`; it is closed by Escape or by `close()`.
 * @param {string} title
 * @param {(close: () => void) => import("../dom/element.js").Child} body
 */
export function openDialog(title, body) {
  const id = `dialog-${++count}`;
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = () => dialog.close();
  dialog.append(h("div", { class: "dialog-body" }, h("h2", { id }, title), body(close)));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks before something that cannot be undone.
 * @param {{title: string, text: string, yes: string}} words
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes }) {
  return new Promise((resolve) => {
    const dialog = openDialog(title, (close) => [
      h("p", {}, text),
      h("div", { class: "actions" },
        h("button", { class: "button button-bad", type: "button", on: { click: () => { resolve(true); close(); } } }, yes),
        h("button", { class: "button", type: "button", autofocus: true, on: { click: close } }, "Keep it")),
    ]);
    dialog.addEventListener("close", () => resolve(false)); // after a yes it is settled already
  });
}
