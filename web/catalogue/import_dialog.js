/** Bringing in a whole catalogue: what is sent goes on as a job, whether somebody looks or not. */
import { h } from "../dom/element.js";
import { sizeOf } from "../dom/words.js";
import { startImport } from "../server/api.js";
import { openDialog } from "../shell/dialogs.js";
import { say } from "../shell/notices.js";
import { goTo } from "../shell/router.js";
import { catalogueUpload } from "./catalogue_upload.js";

export function openImport() {
  const ending = new AbortController();
  const dialog = openDialog("Import a catalogue", (close) => {
    const wrong = h("p", { class: "field-wrong", role: "alert" });
    const sending = h("p", { class: "soft", role: "status" });
    const catalogue = h("input", { type: "file", id: "import-csv", accept: ".csv,text/csv,.zip,.tar,.tgz,.gz", required: true });
    const pictures = h("input", { type: "file", id: "import-pictures", accept: "image/*", multiple: true });
    const folder = h("input", { type: "file", id: "import-folder", webkitdirectory: true });
    const send = h("button", { class: "button button-main", type: "submit" }, "Import it");
    const key = requestKey(); // pressed again after a broken connection it is the same import

    async function submit(event) {
      event.preventDefault();
      send.disabled = true;
      wrong.textContent = "";
      try {
        const upload = await catalogueUpload(catalogue.files[0], [...pictures.files, ...folder.files]);
        sending.textContent = `Sending ${sizeOf(upload.size)} …`;
        say(sending.textContent);
        const { job } = await startImport(upload, key(upload), ending.signal);
        close();
        goTo(`/jobs/${job.id}`);
      } catch (error) {
        if (!ending.signal.aborted) wrong.textContent = error.message;
      }
      sending.textContent = "";
      send.disabled = false;
    }

    return h("form", { on: { submit } },
      h("p", { class: "soft" }, "A CSV with the header ", h("code", {}, "product_id,name,description,category,image"),
        " and any further columns. Its pictures are named by URL, lie in the same archive, or are chosen here."),
      chooser("import-csv", "The catalogue", "A CSV, or a zip, tar or tar.gz of a CSV and its pictures", catalogue),
      chooser("import-pictures", "Its pictures", "Only where the CSV names files", pictures),
      chooser("import-folder", "Or the folder that they are in", "", folder),
      wrong, sending,
      h("div", { class: "actions" }, send, h("button", { class: "button", type: "button", on: { click: close } }, "Close")));
  });
  dialog.addEventListener("close", () => ending.abort());
}

function chooser(id, label, hint, input) {
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), input, hint ? h("p", { class: "field-hint", id: `${id}-hint` }, hint) : null);
}

/** A key for each different upload. randomUUID is not there on a page that came by plain http. */
function requestKey() {
  const random = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sizes = [];
  return (upload) => {
    if (!sizes.includes(upload.size)) sizes.push(upload.size);
    return `page-${random}-${sizes.indexOf(upload.size)}-${upload.size}`;
  };
}
