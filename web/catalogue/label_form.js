/** Correcting what the machine wrote on a crop. */
import { h } from "../dom/element.js";
import { correctLabel } from "../server/api.js";
import { openDialog } from "../shell/dialogs.js";
import { tell } from "../shell/notices.js";

const FIELDS = [
  { name: "category", label: "What it is" }, { name: "colors", label: "Colours", many: true }, { name: "pattern", label: "Pattern" },
  { name: "material", label: "Material" }, { name: "style", label: "Style" }, { name: "text", label: "Printed on it" },
];

/** @param {any} crop @param {() => void} onSaved */
export function openLabelForm(crop, onSaved) {
  openDialog("Correct its label", (close) => {
    const inputs = FIELDS.map((field) => ({ ...field, input: h("input", { type: "text", id: `label-${field.name}`, autocomplete: "off", set: { value: shown(crop.label, field) } }) }));
    const wrong = h("p", { class: "field-wrong", role: "alert" });
    return h("form", { on: { submit: async (event) => {
      event.preventDefault();
      try {
        await correctLabel(crop.image_id, changesOf(crop.label, inputs));
        tell("The label is corrected.");
        close();
        onSaved();
      } catch (error) {
        wrong.textContent = error.message;
      }
    } } },
    inputs.map(({ name, label, many, input }) => h("div", { class: "field" }, h("label", { for: `label-${name}` }, label), input,
      many ? h("span", { class: "field-hint" }, "Several with commas between.") : null)),
    wrong,
    h("div", { class: "actions" }, h("button", { class: "button button-main", type: "submit" }, "Save"),
      h("button", { class: "button", type: "button", on: { click: close } }, "Leave it")));
  });
}

function shown(label, { name, many }) {
  return many ? (label[name] ?? []).join(", ") : label[name] ?? "";
}

function changesOf(label, inputs) {
  const changes = {};
  for (const field of inputs) {
    if (field.input.value === shown(label, field)) continue;
    const text = field.input.value.trim();
    changes[field.name] = field.many ? text.split(",").map((part) => part.trim()).filter(Boolean) : text;
  }
  return changes;
}
