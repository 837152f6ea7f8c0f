/** What is sent of a catalogue that a person chose: a CSV alone, its archive, or a CSV packed with its pictures. */
import { readCsv } from "./csv.js";
import { tarOf } from "./tar.js";

const ARCHIVES = { zip: "application/zip", tar: "application/x-tar", tgz: "application/gzip", gz: "application/gzip" };
const NEEDED = ["product_id", "name", "image"];

/**
 * @param {File} catalogue a CSV, or an archive of a CSV and its pictures
 * @param {File[]} pictures chosen beside a CSV
 * @returns {Promise<Blob>}
 * @throws {Error} when nothing could come of it
 */
export async function catalogueUpload(catalogue, pictures) {
  const archive = catalogue.name.toLowerCase().match(/\.(zip|tar|tgz|gz)$/)?.[1];
  if (archive) return new Blob([catalogue], { type: ARCHIVES[archive] }); // not every browser knows them all
  const paths = pathsIn(await catalogue.text());
  if (pictures.length > 0) return packed(catalogue, paths, pictures);
  if (paths.every((path) => path === "" || isUrl(path))) return new Blob([catalogue], { type: "text/csv" });
  throw new Error(`The CSV names pictures such as “${paths.find((path) => path !== "" && !isUrl(path))}”: choose them too, or the folder that they are in.`);
}

/** The pictures that the rows name. */
function pathsIn(text) {
  const { columns, rows } = readCsv(text);
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw new Error(`The CSV has no column ${missing.join(", ")}; it has ${columns.join(", ")}.`);
  if (rows.length === 0) throw new Error("The CSV has a header and no row below it.");
  return rows.map(({ fields }) => (fields.image ?? "").trim());
}

/** Each picture lies where a row looks for it; the server says of the others which rows lack them. */
function packed(catalogue, paths, pictures) {
  const entries = [{ path: "catalog.csv", file: catalogue }];
  for (const path of new Set(paths)) {
    const file = path === "" || isUrl(path) ? undefined : pictureOf(path, pictures);
    if (file) entries.push({ path: cleaned(path), file });
  }
  return tarOf(entries);
}

/** The chosen file that a row means: by its path where a folder was chosen, else by its name. */
function pictureOf(path, pictures) {
  const wanted = cleaned(path);
  const name = wanted.split("/").pop();
  return pictures.find((file) => file.webkitRelativePath.endsWith(`/${wanted}`)) ?? pictures.find((file) => file.name === name);
}

function cleaned(path) {
  return path.replaceAll("\\", "/").replace(/^\.?\//, "");
}

function isUrl(path) {
  return /^https?:\/\//.test(path);
}
