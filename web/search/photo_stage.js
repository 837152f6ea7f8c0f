/**
 * The photo with what was found in it: boxes that can be chosen by mouse, touch and keyboard, and a box of one's own.
 */
import { fill, h, s } from "../dom/element.js";
import { whereIs } from "./box_geometry.js";
import { ownBox } from "./own_box.js";

/** @typedef {import("./box_geometry.js").Box} Box */
/** @typedef {{box: Box, words: string}} Thing */

/**
 * @param {{onChoose: (index: number | null) => void, onOwnBox: (box: Box) => void}} listeners
 */
export function photoStage({ onChoose, onOwnBox }) {
  const image = h("img", { alt: "The photo that is searched for", class: "stage-photo" });
  const things = s("g", { class: "things" });
  const drawing = s("g", { class: "own" });
  const overlay = s("svg", { class: "stage-overlay", role: "group", "aria-label": "Things found in the photo" }, things, drawing);
  const frame = h("div", { class: "stage" }, image, overlay);
  const state = { size: { width: 1, height: 1 }, list: /** @type {Thing[]} */ ([]), chosen: /** @type {number | null} */ (null) };
  const own = ownBox({ overlay, layer: drawing, sizeOf: () => state.size, unitOf: () => unit(overlay, state.size), onDone: onOwnBox });

  const draw = () => drawThings(things, state, unit(overlay, state.size), (index) => onChoose(index === state.chosen ? null : index));
  new ResizeObserver(() => { draw(); own.draw(); }).observe(overlay);
  image.addEventListener("load", () => {
    if (state.list.length === 0) setSize({ width: image.naturalWidth, height: image.naturalHeight });
    frame.classList.add("has-photo");
  });

  function setSize(size) {
    state.size = size;
    overlay.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    draw();
  }
  return {
    element: frame,
    own,
    /** @param {string} address */
    showPhoto(address) { image.src = address; },
    /** Shows an <img> that was made elsewhere. @param {HTMLElement} picture */
    usePicture(picture) {
      picture.classList.add("stage-photo");
      image.replaceWith(picture);
      frame.classList.add("has-photo");
    },
    address: () => image.src,
    setSize,
    sizeNow: () => state.size,
    /** How much smaller the shown picture is than the photo that was searched: the server gives large ones back smaller. */
    shrunkBy: () => (image.naturalWidth > 0 ? Math.min(1, image.naturalWidth / state.size.width) : 1),
    /** @param {Thing[]} list */
    showThings(list) { state.list = list; state.chosen = null; draw(); },
    /** @param {number | null} index */
    choose(index) {
      state.chosen = index;
      markChosen(things, index);
      frame.classList.toggle("has-choice", index !== null);
    },
    /** @param {boolean} busy */
    setBusy(busy) { frame.classList.toggle("is-busy", busy); },
  };
}

/** How many of the picture's pixels one pixel of the screen is. */
function unit(overlay, size) {
  const width = overlay.getBoundingClientRect().width;
  return width > 0 ? size.width / width : 1;
}

function drawThings(layer, { list, chosen, size }, u, onPress) {
  const focused = [...layer.children].indexOf(document.activeElement);
  // Small boxes lie over large ones, so that each can be reached by a finger. What lies above comes later in Tab's order, too.
  fill(layer, list.map((thing, index) => thingMark(thing, index, list.length, size, u, () => onPress(index))));
  const bySize = [...layer.children].sort((a, b) => Number(b.getAttribute("data-area")) - Number(a.getAttribute("data-area")));
  layer.append(...bySize);
  markChosen(layer, chosen);
  if (focused >= 0) /** @type {any} */ (layer.children[focused])?.focus({ preventScroll: true });
}

function thingMark({ box: [x, y, w, h0], words }, index, count, size, u, press) {
  const inset = Math.min(2 * u, w / 4, h0 / 4);
  const tag = 26 * u;
  const tagX = Math.max(0, Math.min(x + 6 * u, size.width - tag));
  const tagY = Math.max(0, Math.min(y + 6 * u, size.height - tag));
  return s("g", {
    class: "thing", role: "button", tabindex: "0", "data-index": index, "data-area": w * h0,
    "aria-pressed": "false", "aria-label": `Thing ${index + 1} of ${count}, ${whereIs([x, y, w, h0], size)}${words ? `: ${words}` : ""}`,
    on: {
      click: press,
      keydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        press();
      },
    },
  },
  ["thing-casing", "thing-box"].map((name) => s("rect", { class: name, x: x + inset, y: y + inset, width: w - 2 * inset, height: h0 - 2 * inset, rx: 6 * u })),
  s("rect", { class: "thing-tag", x: tagX, y: tagY, width: tag, height: tag, rx: tag / 2 }),
  s("text", { class: "thing-number", x: tagX + tag / 2, y: tagY + tag / 2, "font-size": 14 * u, "text-anchor": "middle", "dominant-baseline": "central" }, index + 1));
}

function markChosen(layer, chosen) {
  for (const mark of layer.children) mark.setAttribute("aria-pressed", String(Number(mark.getAttribute("data-index")) === chosen));
}
