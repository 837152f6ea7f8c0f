/** Names of products by id: matches of a single crop name their product by id alone. */
import { product } from "../server/api.js";

/** @type {Map<string, Promise<string>>} */
const names = new Map();

/** @param {{product_id: string, name: string}[]} products whose names are known already */
export function noteNames(products) {
  for (const { product_id: id, name } of products) names.set(id, Promise.resolve(name));
}

/** The name, or the id itself when the product is gone. @param {string} id @returns {Promise<string>} */
export function nameOf(id) {
  const known = names.get(id) ?? product(id).then(({ name }) => name).catch(() => { names.delete(id); return id; });
  names.set(id, known);
  return known;
}
