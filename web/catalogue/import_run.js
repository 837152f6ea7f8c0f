/** A catalogue's rows, handed in one after the other: each a product and its photo, which is then indexed by itself. */
import { addPhoto, saveProduct } from "../server/api.js";

const AT_ONCE = 3;
const OWN = new Set(["product_id", "name", "description", "category", "image"]);

/** @typedef {{line: number, fields: Record<string, string>}} Row */
/** @typedef {{done: number, failed: {line: number, why: string}[], total: number}} Progress */

/**
 * @param {Row[]} rows
 * @param {File[]} pictures
 * @param {(progress: Progress) => void} onProgress
 * @param {AbortSignal} signal ends it after the rows that are under way
 */
export async function runImport(rows, pictures, onProgress, signal) {
  const progress = { done: 0, failed: [], total: rows.length };
  const waiting = [...rows];
  const work = async () => {
    for (let row = waiting.shift(); row && !signal.aborted; row = waiting.shift()) {
      try {
        await handIn(row.fields, pictures);
        progress.done += 1;
      } catch (error) {
        progress.failed.push({ line: row.line, why: error.message });
      }
      onProgress(progress);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return progress;
}

async function handIn(fields, pictures) {
  if (!fields.product_id) throw new Error("It has no product_id.");
  if (!fields.name) throw new Error(`“${fields.product_id}” has no name.`);
  const picture = pictureOf(fields.image ?? "", pictures);
  if (!picture) throw new Error(`Its picture “${fields.image ?? ""}” is not among the ${pictures.length} that were chosen.`);
  const attributes = Object.fromEntries(Object.entries(fields).filter(([name, value]) => !OWN.has(name) && value !== ""));
  await saveProduct({
    id: fields.product_id, name: fields.name, description: fields.description ?? "", category: fields.category ?? "", attributes,
  });
  await addPhoto(fields.product_id, picture);
}

/** The chosen file that a row means: by its path where a folder was chosen, else by its name. */
function pictureOf(path, pictures) {
  if (path === "") return undefined;
  const wanted = path.replaceAll("\\", "/").replace(/^\.?\//, "");
  const name = wanted.split("/").pop();
  return pictures.find((file) => file.webkitRelativePath.endsWith(`/${wanted}`)) ?? pictures.find((file) => file.name === name);
}
