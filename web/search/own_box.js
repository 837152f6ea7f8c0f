/**
 * A box of one's own on the photo: dragged with a mouse at any time, with a finger after "Draw a box", or moved by the
 * arrow keys (Shift with them changes its size; Enter searches, Escape leaves).
 */
import { fill, s } from "../dom/element.js";
import { say } from "../shell/notices.js";
import { boxBetween, middleBox, movedBox, resizedBox } from "./box_geometry.js";

const LEAST_DRAG_PX = 8;

/** @typedef {import("./box_geometry.js").Box} Box */

/**
 * @param {{overlay: SVGElement, layer: SVGElement, sizeOf: () => import("./box_geometry.js").Size, unitOf: () => number,
 *          onDone: (box: Box) => void}} parts
 */
export function ownBox({ overlay, layer, sizeOf, unitOf, onDone }) {
  const state = { box: /** @type {Box | null} */ (null), active: false, ended: () => {} };
  const rectangle = s("rect", { class: "own-box", tabindex: "0", role: "application", "aria-roledescription": "box that can be moved" });

  function draw() {
    if (!state.box) return fill(layer);
    const [x, y, w, h] = state.box;
    for (const [name, value] of Object.entries({ x, y, width: w, height: h, rx: 6 * unitOf() })) rectangle.setAttribute(name, String(value));
    rectangle.setAttribute("aria-label", `Own box: ${w} by ${h} pixels at ${x}, ${y}. Arrow keys move it, Shift and arrow keys change its size, Enter searches, Escape leaves.`);
    if (!rectangle.isConnected) layer.append(rectangle);
  }
  function show(box) {
    state.box = box;
    draw();
  }
  function stop() {
    state.active = false;
    overlay.classList.remove("is-drawing");
    state.ended();
  }
  function finish() {
    stop();
    if (state.box) onDone(state.box);
  }

  rectangle.addEventListener("keydown", (event) => {
    if (event.key === "Enter") finish();
    else if (event.key === "Escape") { show(null); stop(); say("The box is gone."); }
    else if (!step(event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  function step(event) {
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const direction = directions[event.key];
    if (!direction || !state.box) return false;
    const far = Math.max(1, Math.round(Math.max(sizeOf().width, sizeOf().height) / 50));
    const [dx, dy] = direction.map((part) => part * far);
    show(event.shiftKey ? resizedBox(state.box, dx, dy, sizeOf()) : movedBox(state.box, dx, dy, sizeOf()));
    return true;
  }

  listenToDrags(overlay, { mayStart: (event) => state.active || event.pointerType === "mouse", sizeOf, unitOf, show, finish });
  return {
    draw,
    clear() { show(null); },
    /** Puts a box in the middle with the focus on it. @param {() => void} ended called when the person is done or leaves */
    start(ended) {
      state.active = true;
      state.ended = ended;
      overlay.classList.add("is-drawing");
      show(middleBox(sizeOf()));
      /** @type {any} */ (rectangle).focus();
    },
    /** Searches the box that is there now. */
    accept: finish,
    stop() { show(null); stop(); },
    /** @param {Box} box */
    show,
  };
}

function listenToDrags(overlay, { mayStart, sizeOf, unitOf, show, finish }) {
  let from = null;
  let dragged = false;
  const at = (event) => {
    const frame = overlay.getBoundingClientRect();
    return { x: (event.clientX - frame.left) * unitOf(), y: (event.clientY - frame.top) * unitOf() };
  };
  overlay.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !mayStart(event)) return;
    from = at(event);
    dragged = false;
  });
  overlay.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = at(event);
    if (!dragged && Math.hypot(to.x - from.x, to.y - from.y) < LEAST_DRAG_PX * unitOf()) return;
    if (!dragged) overlay.setPointerCapture(event.pointerId);
    dragged = true;
    show(boxBetween(from, to, sizeOf()));
  });
  const end = () => {
    if (from && dragged) finish();
    from = null;
  };
  overlay.addEventListener("pointerup", end);
  overlay.addEventListener("pointercancel", () => { from = null; });
  // The click that follows a drag is the drag's end, not a choice of the thing under it.
  overlay.addEventListener("click", (event) => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
  }, { capture: true });
}
