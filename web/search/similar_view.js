/** More like this: the products nearest to one of the catalogue, by the vector that is stored for it; no photo needed. */
import { h } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { product, similar } from "../server/api.js";
import { picture } from "../server/pictures.js";
import { empty, showLoaded } from "../shell/states.js";
import { resultCard } from "./result_card.js";

const TOP = 24;

/** @param {string} id @param {AbortSignal} signal */
export function similarView(id, signal) {
  const title = h("h1", {}, "More like this");
  const place = h("div", { class: "similar" });
  showLoaded(place, signal, async () => {
    const [like, found] = await Promise.all([product(id, signal), similar(id, { top: TOP }, signal)]);
    title.textContent = `More like “${like.name}”`;
    const others = found.products.filter((hit) => hit.product_id !== id);
    return [likeFigure(like), others.length > 0 ? list(others) : nothing()];
  });
  return {
    title: "More like this",
    element: h("div", { class: "view" },
      h("header", { class: "view-head" }, h("div", {},
        h("a", { class: "back-link", href: `#/catalogue/${encodeURIComponent(id)}` }, "← To the product"), title)),
      place),
  };
}

function likeFigure(like) {
  return h("figure", { class: "similar-like" }, picture(like.primary?.image_id, { size: 512, lazy: false }),
    h("figcaption", {}, h("strong", {}, like.name), like.category ? h("span", { class: "soft" }, ` ${like.category}`) : null));
}

function list(hits) {
  return h("section", { class: "results", "aria-label": "Products" },
    h("h2", { class: "results-title" }, counted(hits.length, "similar product")),
    h("ol", { class: "cards" }, hits.map((hit) => resultCard({ ...hit, reasons: hit.reasons.filter((reason) => !reason.startsWith("looks alike")) }, { alike: true }))));
}

function nothing() {
  return empty({ title: "Nothing like it", text: "The catalogue has no other product with a picture of its own yet." });
}
