/** The catalogue: browse, filter, add, import. */
import { fill, h } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { products } from "../server/api.js";
import { picture } from "../server/pictures.js";
import { attributeFilter } from "../search/attribute_filter.js";
import { categoryChoice } from "../search/category_choice.js";
import { say } from "../shell/notices.js";
import { goTo } from "../shell/router.js";
import { empty, failure, loading } from "../shell/states.js";
import { openImport } from "./import_dialog.js";
import { importStrip } from "./import_strip.js";
import { openAddProduct } from "./product_form.js";

const PAGE = 48;
const TYPING_PAUSE_MS = 200;

/** @param {AbortSignal} leaving */
export function catalogueView(leaving) {
  const state = { q: "", category: "", attributes: {}, cursor: "", turn: 0 };
  const grid = h("ul", { class: "grid" });
  const foot = h("div", { class: "grid-foot" });
  const place = h("div", {}, grid, foot);
  const more = h("button", { class: "button", type: "button", on: { click: () => loadPage(false) } }, "Show more");

  /** @param {boolean} anew from the first page */
  async function loadPage(anew) {
    const turn = ++state.turn;
    if (anew) state.cursor = "";
    more.disabled = true;
    try {
      const page = await products({ q: state.q, category: state.category, attributes: state.attributes, cursor: state.cursor, limit: PAGE }, leaving);
      if (turn === state.turn) showPage(page, anew);
    } catch (error) {
      if (turn === state.turn && error.name !== "AbortError") fill(foot, failure(error, () => loadPage(anew)));
    }
    more.disabled = false;
  }

  function showPage(page, anew) {
    const cards = page.products.map(productCard);
    if (anew) fill(grid, cards);
    else grid.append(...cards);
    if (!anew) cards[0]?.querySelector("a")?.focus();
    state.cursor = page.next_cursor ?? "";
    const shown = grid.children.length;
    const isNarrowed = state.q || state.category || Object.keys(state.attributes).length > 0;
    if (shown === 0) fill(foot, isNarrowed ? nothingMatches() : emptyCatalogue());
    else fill(foot, h("p", { class: "soft" }, state.cursor ? `${counted(shown, "product")} so far` : `That is all: ${counted(shown, "product")}`), state.cursor ? more : null);
    say(shown === 0 ? "No products." : `${counted(shown, "product")} shown.`);
  }

  fill(foot, loading());
  loadPage(true);
  return {
    title: "Catalogue",
    element: h("div", { class: "view" },
      h("header", { class: "view-head" },
        h("div", {}, h("h1", {}, "Catalogue"), h("p", { class: "lead" }, "What photos are compared with.")),
        h("div", { class: "actions" },
          h("button", { class: "button button-main", type: "button", on: { click: addProduct } }, "Add a product"),
          h("button", { class: "button", type: "button", on: { click: openImport } }, "Import a CSV"))),
      importStrip(() => { if (grid.children.length <= PAGE) loadPage(true); }, leaving),
      filterRow(state, () => loadPage(true), leaving),
      place),
  };
}

function filterRow(state, onChange, leaving) {
  let timer = 0;
  const search = h("input", { type: "search", id: "catalogue-q", placeholder: "Name, id or what is printed on it", on: { input: () => {
    clearTimeout(timer);
    timer = setTimeout(() => { state.q = search.value.trim(); onChange(); }, TYPING_PAUSE_MS);
  } } });
  leaving.addEventListener("abort", () => clearTimeout(timer));
  return h("form", { class: "catalogue-filters", role: "search", on: { submit: (event) => event.preventDefault() } },
    h("div", { class: "field" }, h("label", { for: "catalogue-q" }, "Find"), search),
    categoryChoice({ id: "catalogue-category", onChange: (category) => { state.category = category; onChange(); } }, leaving),
    attributeFilter({ id: "catalogue-attribute", onChange: (attributes) => { state.attributes = attributes; onChange(); } }, leaving));
}

function productCard(product) {
  return h("li", {},
    h("a", { class: "plinth", href: `#/catalogue/${encodeURIComponent(product.product_id)}` },
      h("span", { class: "plinth-picture" }, picture(product.primary_image_id, { size: 256 })),
      h("span", { class: "plinth-name" }, product.name),
      h("span", { class: "plinth-kind" }, product.primary_image_id ? product.category || "\u00a0" : "No picture yet")));
}

function addProduct() {
  openAddProduct((id) => goTo(`/catalogue/${encodeURIComponent(id)}`));
}

function emptyCatalogue() {
  return empty({
    title: "Your display case is empty",
    text: "Add one product with a photo, or bring in the whole catalogue as a CSV with a row for each product: its pictures by URL, in an archive, or from this machine.",
  },
  h("div", { class: "actions" },
    h("button", { class: "button button-main", type: "button", on: { click: addProduct } }, "Add the first product"),
    h("button", { class: "button", type: "button", on: { click: openImport } }, "Import a CSV")),
  h("pre", { tabindex: "0", "aria-label": "The same on the command line" }, "vitrine import catalog.csv\n# product_id,name,description,category,image"));
}

function nothingMatches() {
  return empty({ title: "No such product", text: "No product fits all that was asked for. Try fewer words, or take a filter back." });
}
