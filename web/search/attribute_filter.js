/** Narrowing by attributes: a name and one of its values, as many of them as one likes, each a chip that takes it back. */
import { fill, h } from "../dom/element.js";
import { attributeNames, attributeValues } from "../server/api.js";
import { say } from "../shell/notices.js";

/**
 * Nothing is seen of it while the catalogue has no attributes.
 * @param {{id: string, onChange: (attributes: Record<string, string>) => void}} options
 * @param {AbortSignal} signal
 */
export function attributeFilter({ id, onChange }, signal) {
  /** @type {Record<string, string>} */
  let chosen = {};
  const names = h("select", { id: `${id}-name`, on: { change: () => askForValue() } }, h("option", { value: "" }, "Any attribute"));
  const value = h("div", { class: "field attribute-value", hidden: true });
  const chips = h("ul", { class: "chips attribute-chips", "aria-label": "Attributes asked for", hidden: true });
  const name = h("div", { class: "field attribute-name", hidden: true }, h("label", { for: `${id}-name` }, "Attribute"), names);

  function askForValue() {
    value.hidden = names.value === "";
    if (value.hidden) return;
    const asked = names.value;
    const control = valueControl({ id: `${id}-value`, name: asked }, signal);
    const take = () => { if (control.value() !== "") choose(asked, control.value()); };
    // A list that is walked by keys says each value on the way: only the button, or Enter, means it.
    control.element.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
    fill(value, h("label", { for: `${id}-value` }, asked), h("div", { class: "attribute-pick" }, control.element,
      h("button", { class: "button", type: "button", on: { click: take } }, "Narrow", h("span", { class: "visually-hidden" }, ` by ${asked}`))));
  }

  function choose(asked, picked) {
    chosen = { ...chosen, [asked]: picked };
    names.value = "";
    value.hidden = true;
    names.focus();
    show(`Narrowed to ${asked} ${picked}.`);
  }

  function takeBack(asked) {
    const { [asked]: _, ...rest } = chosen;
    chosen = rest;
    names.focus();
    show(`No longer narrowed by ${asked}.`);
  }

  function show(words) {
    const asked = Object.entries(chosen);
    chips.hidden = asked.length === 0;
    fill(chips, asked.map(([key, wanted]) => h("li", {},
      h("button", { class: "chip", type: "button", "aria-label": `${key} ${wanted}: take this filter back`, on: { click: () => takeBack(key) } },
        `${key}: ${wanted}`, h("span", { "aria-hidden": "true" }, "\u00d7")))));
    say(words);
    onChange(chosen);
  }

  loadNames(names, name, signal);
  return h("div", { class: "attribute-filter" }, name, value, chips);
}

async function loadNames(select, field, signal) {
  try {
    const { attributes } = await attributeNames(signal);
    select.append(...attributes.map((attribute) => h("option", { value: attribute.name }, attribute.name)));
    field.hidden = attributes.length === 0;
  } catch {
    // The view around it shows what is wrong with the server.
  }
}

/** A list to choose from, or where there are too many values a field that proposes those that begin so. */
function valueControl({ id, name }, signal) {
  let value = () => "";
  const element = h("div", {}, h("select", { id, disabled: true }, h("option", {}, "One moment …")));
  load();
  return { element, value: () => value() };

  async function load() {
    try {
      const { values, more } = await attributeValues(name, "", signal);
      fill(element, more ? typed(values) : listed(values));
    } catch (error) {
      if (!signal.aborted) fill(element, h("p", { class: "field-wrong" }, error.message));
    }
  }

  function listed(values) {
    const select = h("select", { id }, values.map((text) => h("option", { value: text }, text)));
    value = () => select.value;
    return select;
  }

  function typed(values) {
    const proposals = h("datalist", { id: `${id}-proposals` });
    const propose = (texts) => fill(proposals, texts.map((text) => h("option", { value: text })));
    const input = h("input", { type: "search", id, list: proposals.id, autocomplete: "off", placeholder: "Begin to type", on: { input: async () => {
      try {
        propose((await attributeValues(name, input.value, signal)).values);
      } catch {
        // What stands there is still taken.
      }
    } } });
    value = () => input.value;
    propose(values);
    return [input, proposals];
  }
}
