/** Bringing in a whole catalogue: a CSV whose pictures are addresses, or an archive of a CSV with its pictures. */
import { h } from "../dom/element.js";
import { importCatalogue } from "../server/api.js";
import { openDialog } from "../shell/dialogs.js";
import { goTo } from "../shell/router.js";
import { tell } from "../shell/notices.js";

export function openImport() {
  openDialog("Import a catalogue", (close) => {
    const wrong = h("p", { class: "field-wrong", role: "alert" });
    const file = h("input", { type: "file", id: "import-file", accept: ".csv,text/csv,.zip,application/zip,.tar,.tgz,.gz", required: true });
    const send = h("button", { class: "button button-main", type: "submit" }, "Import it");
    return h("form", { on: { submit: async (event) => {
      event.preventDefault();
      send.disabled = true;
      wrong.textContent = "";
      try {
        const { job } = await importCatalogue(typed(file.files[0]));
        tell("The import has begun.");
        close();
        goTo(`/jobs/${job.id}`);
      } catch (error) {
        wrong.textContent = error.message;
      }
      send.disabled = false;
    } } },
    h("p", { class: "soft" }, "A CSV with the header ", h("code", {}, "product_id,name,description,category,image"),
      " and any further columns. ", h("code", {}, "image"), " is an http(s) address; in an archive of the CSV with its pictures it is the picture's path."),
    h("div", { class: "field" }, h("label", { for: "import-file" }, "CSV or archive"), file),
    wrong,
    h("div", { class: "actions" }, send, h("button", { class: "button", type: "button", on: { click: close } }, "Leave it")));
  });
}

/** Browsers know no type for some of these names. @param {File} file */
function typed(file) {
  const types = { csv: "text/csv", zip: "application/zip", tar: "application/x-tar", gz: "application/gzip", tgz: "application/gzip" };
  const type = types[file.name.split(".").pop()?.toLowerCase() ?? ""];
  return type ? new Blob([file], { type }) : file;
}
