/** Adding a product with its photo, and editing the words of one. */
import { fill, h } from "../dom/element.js";
import { addPhoto, changeProduct, saveProduct } from "../server/api.js";
import { openDialog } from "../shell/dialogs.js";
import { noteJob } from "./noted_jobs.js";
import { tell } from "../shell/notices.js";
import { acceptDrops, acceptPastes, photoButton } from "../search/photo_intake.js";

/** @param {(id: string) => void} onAdded */
export function openAddProduct(onAdded) {
  openDialog("Add a product", (close) => {
    const photo = photoField();
    const fields = wordFields({});
    const id = field("product-id", "Id", { hint: "The shop's own. Left empty, one is made from the name.", maxlength: 200 });
    return form(close, "Add it", [photo.element, fields.name.element, id.element, fields.category.element, fields.description.element], async () => {
      const file = photo.value();
      if (!file) throw new FieldError(photo, "Give it a photo: that is what searches are compared with.");
      const name = required(fields.name);
      const productId = id.value() || idFrom(name);
      await saveProduct({ id: productId, name, category: fields.category.value(), description: fields.description.value() });
      const { job } = await addPhoto(productId, file);
      if (job) noteJob(productId, job.id);
      tell(`“${name}” is in the catalogue; its photo is being looked at.`);
      close();
      onAdded(productId);
    });
  });
}

/** @param {any} product @param {() => void} onSaved */
export function openEditProduct(product, onSaved) {
  openDialog("Edit the product", (close) => {
    const fields = wordFields(product);
    const attributes = field("product-attributes", "Attributes", {
      hint: "One JSON object: price, gtin, brand …", value: JSON.stringify(product.attributes ?? {}, null, 2), long: true,
    });
    return form(close, "Save", [fields.name.element, fields.category.element, fields.description.element, attributes.element], async () => {
      const changes = {
        name: required(fields.name), category: fields.category.value(), description: fields.description.value(),
        attributes: objectIn(attributes),
      };
      await changeProduct(product.product_id, changes);
      tell(`“${changes.name}” is saved.`);
      close();
      onSaved();
    });
  });
}

/** Something in a field is not as it must be; shown at that field. */
class FieldError extends Error {
  constructor(at, message) {
    super(message);
    this.at = at;
  }
}

function form(close, yes, fields, submit) {
  const wrong = h("p", { class: "field-wrong", role: "alert" });
  const send = h("button", { class: "button button-main", type: "submit" }, yes);
  return h("form", { novalidate: true, on: { submit: async (event) => {
    event.preventDefault();
    send.disabled = true;
    wrong.textContent = "";
    try {
      await submit();
    } catch (error) {
      wrong.textContent = error.message;
      if (error instanceof FieldError) error.at.mark();
    }
    send.disabled = false;
  } } }, fields, wrong, h("div", { class: "actions" }, send, h("button", { class: "button", type: "button", on: { click: close } }, "Leave it")));
}

function wordFields(product) {
  return {
    name: field("product-name", "Name", { value: product.name, maxlength: 500, hint: "The crop that fits these words best becomes the product's picture." }),
    category: field("product-category", "Category", { value: product.category }),
    description: field("product-description", "Description", { value: product.description, long: true }),
  };
}

function field(id, label, { value = "", hint = "", long = false, maxlength = null }) {
  const input = h(long ? "textarea" : "input", {
    id, type: long ? null : "text", maxlength, "aria-describedby": hint ? `${id}-hint` : null, autocomplete: "off", set: { value },
    on: { input: () => input.removeAttribute("aria-invalid") },
  });
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), input, hint ? h("span", { class: "field-hint", id: `${id}-hint` }, hint) : null),
    value: () => input.value.trim(),
    mark() {
      input.setAttribute("aria-invalid", "true");
      input.focus();
    },
  };
}

function photoField() {
  let chosen = /** @type {File | null} */ (null);
  const preview = h("div", { class: "photo-field-preview" }, h("span", { class: "soft" }, "No photo yet"));
  const leaving = new AbortController();
  const take = (file) => {
    chosen = file;
    const url = URL.createObjectURL(file);
    fill(preview, h("img", { src: url, alt: `The photo ${file.name}`, on: { load: () => URL.revokeObjectURL(url) } }));
  };
  const button = photoButton("Choose a photo", "button button-small", take);
  const element = h("div", { class: "photo-field" }, preview,
    h("div", { class: "actions" }, button, photoButton("Take a photo", "button button-small take-photo", take, { capture: "environment" })));
  acceptDrops(element, take);
  acceptPastes((file) => { if (element.isConnected) take(file); else leaving.abort(); }, leaving.signal);
  return { element, value: () => chosen, mark: () => button.querySelector("input")?.focus() };
}

function required(at) {
  if (!at.value()) throw new FieldError(at, "A product needs a name.");
  return at.value();
}

function objectIn(at) {
  try {
    const value = JSON.parse(at.value() || "{}");
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // said below, as for any other text that is no object
  }
  throw new FieldError(at, "Attributes are one JSON object, for example {\"brand\": \"Holm & Clay\"}.");
}

/** "Red striped mug" → "red-striped-mug-k3f9": readable, and no other product's. @param {string} name */
function idFrom(name) {
  const words = name.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  const tail = Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => (byte % 36).toString(36)).join("");
  return `${words || "product"}-${tail}`;
}
