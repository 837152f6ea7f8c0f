/** Below the frame that asks for a photo: what is in the case to be found, or what to do when it is empty. */
import { fill, h } from "../dom/element.js";
import { products } from "../server/api.js";
import { picture } from "../server/pictures.js";
import { empty } from "../shell/states.js";

const SHOWN = 9;

/** @param {HTMLElement} place @param {AbortSignal} signal */
export async function showShelf(place, signal) {
  try {
    const { products: list } = await products({ limit: 60 }, signal);
    if (signal.aborted || place.hasChildNodes()) return; // a photo came first
    fill(place, list.length === 0 ? emptyCase() : shelf(spread(list.filter((product) => product.primary_image_id))));
  } catch {
    // The connection line says that the server is away; a search would say anything else.
  }
}

/** A few from all over the list, since neighbours are often alike. */
function spread(list) {
  const step = Math.max(1, Math.floor(list.length / SHOWN));
  return list.filter((_, index) => index % step === 0).slice(0, SHOWN);
}

function shelf(list) {
  if (list.length === 0) return null;
  return h("section", { class: "shelf", "aria-labelledby": "shelf-title" },
    h("div", { class: "shelf-head" }, h("h2", { id: "shelf-title" }, "In the case"), h("a", { href: "#/catalogue" }, "The whole catalogue")),
    h("div", { class: "shelf-row" }, list.map(({ product_id: id, name, primary_image_id: image }) =>
      h("a", { href: `#/catalogue/${encodeURIComponent(id)}`, title: name }, picture(image, { alt: name })))));
}

function emptyCase() {
  return empty({
    title: "The catalogue is empty", text: "There is nothing yet that a photo could be compared with. Add some products first.",
  }, h("div", { class: "actions" }, h("a", { class: "button button-main", href: "#/catalogue" }, "Fill the catalogue")));
}
