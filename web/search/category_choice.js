/** A list of the catalogue's categories to choose one from. */
import { h } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { categories } from "../server/api.js";

/**
 * @param {{id: string, chosen?: string, onChange: (category: string) => void}} options
 * @param {AbortSignal} signal
 */
export function categoryChoice({ id, chosen = "", onChange }, signal) {
  const select = h("select", { id, on: { change: () => onChange(select.value) } }, h("option", { value: "" }, "All categories"));
  if (chosen) select.append(h("option", { value: chosen, selected: true }, chosen));
  load(select, chosen, signal);
  return h("div", { class: "field" }, h("label", { for: id }, "Category"), select);
}

async function load(select, chosen, signal) {
  try {
    const { categories: list } = await categories(signal);
    for (const { category, products } of list) {
      if (category && category !== chosen) select.append(h("option", { value: category }, `${category} (${counted(products, "product")})`));
    }
  } catch {
    select.disabled = select.options.length === 1; // the view around it shows what is wrong with the server
  }
}
