/** How a photo comes in: dropped, pasted, chosen or taken. */
import { h } from "../dom/element.js";
import { complain } from "../shell/notices.js";

/**
 * The frame that asks for a photo.
 * @param {(photo: File) => void} onPhoto
 */
export function photoIntake(onPhoto) {
  const frame = h("div", { class: "intake" },
    Array.from({ length: 4 }, () => h("i", { class: "intake-corner", "aria-hidden": "true" })),
    h("div", { class: "intake-words" },
      h("h2", {}, "Show a photo"),
      h("p", { class: "soft" }, "Drop it here, paste it, or choose one. One thing in it or many: each is looked up on its own."),
      h("div", { class: "actions" },
        photoButton("Choose a photo", "button button-main", onPhoto),
        photoButton("Take a photo", "button take-photo", onPhoto, { capture: "environment" }))));
  acceptDrops(frame, onPhoto);
  return frame;
}

/**
 * A button that opens the file chooser, or the camera with `capture`.
 * @param {string} text @param {string} classes @param {(photo: File) => void} onPhoto @param {Record<string, any>} [more]
 */
export function photoButton(text, classes, onPhoto, more = {}) {
  const input = h("input", { type: "file", accept: "image/*", class: "visually-file", ...more, on: { change: () => {
    const [file] = input.files ?? [];
    input.value = ""; // the same file may be chosen again
    if (file) onPhoto(file);
  } } });
  return h("label", { class: classes }, input, text);
}

/** Takes the first picture that is dropped on `element`. */
export function acceptDrops(element, onPhoto) {
  let inside = 0;
  const mark = () => element.classList.toggle("is-over", inside > 0);
  element.addEventListener("dragenter", (event) => { event.preventDefault(); inside += 1; mark(); });
  element.addEventListener("dragleave", () => { inside -= 1; mark(); });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    inside = 0;
    mark();
    takeFirst(event.dataTransfer?.files, onPhoto);
  });
}

/** Takes pictures that are pasted anywhere, until `signal` is aborted. */
export function acceptPastes(onPhoto, signal) {
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) takeFirst(event.clipboardData.files, onPhoto);
  }, { signal });
}

function takeFirst(files, onPhoto) {
  const photo = [...(files ?? [])].find((file) => file.type.startsWith("image/"));
  if (photo) onPhoto(photo);
  else complain(new Error("That is no picture. Drop a photo: JPEG, PNG, WebP, HEIC, AVIF, GIF or TIFF."));
}
