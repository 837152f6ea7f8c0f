/** Bringing in a whole catalogue: a CSV and the pictures that it names, handed in row by row. */
import { fill, h } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { openDialog } from "../shell/dialogs.js";
import { say } from "../shell/notices.js";
import { openAgain } from "../shell/router.js";
import { readCsv } from "./csv.js";
import { runImport } from "./import_run.js";

const NEEDED = ["product_id", "name", "image"];

export function openImport() {
  const ending = new AbortController();
  const dialog = openDialog("Import a catalogue", (close) => {
    const wrong = h("p", { class: "field-wrong", role: "alert" });
    const report = h("div", { class: "import-report" });
    const csv = h("input", { type: "file", id: "import-csv", accept: ".csv,text/csv", required: true });
    const pictures = h("input", { type: "file", id: "import-pictures", accept: "image/*", multiple: true });
    const folder = h("input", { type: "file", id: "import-folder", webkitdirectory: true });
    const send = h("button", { class: "button button-main", type: "submit" }, "Import it");
    return h("form", { on: { submit: async (event) => {
      event.preventDefault();
      send.disabled = true;
      wrong.textContent = "";
      try {
        await importFiles(csv.files[0], [...pictures.files, ...folder.files], report, ending.signal);
        send.hidden = true;
      } catch (error) {
        wrong.textContent = error.message;
      }
      send.disabled = false;
    } } },
    h("p", { class: "soft" }, "A CSV with the header ", h("code", {}, "product_id,name,description,category,image"), " and any further columns, and the pictures that it names."),
    chooser("import-csv", "The CSV", csv), chooser("import-pictures", "Its pictures, all of them", pictures), chooser("import-folder", "Or the folder that they are in", folder),
    wrong, report,
    h("div", { class: "actions" }, send, h("button", { class: "button", type: "button", on: { click: close } }, "Close")));
  });
  dialog.addEventListener("close", () => {
    ending.abort();
    openAgain(); // what has come in so far
  });
}

function chooser(id, label, input) {
  return h("div", { class: "field" }, h("label", { for: id }, label), input);
}

async function importFiles(file, pictures, report, signal) {
  const { columns, rows } = readCsv(await file.text());
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw new Error(`The CSV has no column ${missing.join(", ")}; it has ${columns.join(", ")}.`);
  if (rows.length === 0) throw new Error("The CSV has a header and no row below it.");
  const show = (progress) => fill(report, progressOf(progress), failuresOf(progress.failed));
  show({ done: 0, failed: [], total: rows.length });
  const ended = await runImport(rows, pictures, show, signal);
  say(`${counted(ended.done, "product")} handed in, ${ended.failed.length} failed.`);
}

function progressOf({ done, failed, total }) {
  const rest = total - done - failed.length;
  return h("p", { class: "number" }, `${done} of ${counted(total, "product")} handed in${failed.length > 0 ? `, ${failed.length} failed` : ""}${rest > 0 ? " …" : ". Their photos are looked at now: see Jobs."}`);
}

function failuresOf(failed) {
  if (failed.length === 0) return null;
  return h("ul", { class: "error-list", tabindex: "0", "aria-label": "Rows that failed" }, failed.map(({ line, why }) => h("li", {}, `Line ${line}: ${why}`)));
}
