/**
 * Makes elements. All data of the outside enters the page here, as text nodes and attributes, never as markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * An HTML element. `props.on` holds listeners by event, `props.set` properties (value, checked, …); all else becomes an
 * attribute: true is written as "", false, null and undefined are left out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function h(tag, props = {}, ...children) {
  return /** @type {any} */ (furnished(document.createElement(tag), props, children));
}

/**
 * An SVG element, furnished as by `h`.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {SVGElement & Record<string, any>}
 */
export function s(tag, props = {}, ...children) {
  return /** @type {any} */ (furnished(document.createElementNS(SVG, tag), props, children));
}

/**
 * Puts `children` in the place of all that `parent` holds.
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...flat(children));
}

function furnished(element, props, children) {
  for (const [name, value] of Object.entries(props)) furnish(element, name, value);
  element.append(...flat(children));
  return element;
}

function furnish(element, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "set") {
    Object.assign(element, value);
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, String(value));
  }
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
