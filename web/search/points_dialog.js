/** Why a match is believed: the crop of the photo and the picture of the catalogue side by side, with the points that agree. */
import { h, s } from "../dom/element.js";
import { counted } from "../dom/words.js";
import { imageDetails, matchingPoints } from "../server/api.js";
import { pictureAddressOf } from "../server/pictures.js";
import { openDialog } from "../shell/dialogs.js";
import { failure, loading } from "../shell/states.js";

const SIDE = 440;
const GAP = 60;
const DRAWN_MAX = 70;

/** @typedef {import("./box_geometry.js").Box} Box */
/** @typedef {{address: string, size: import("./box_geometry.js").Size, box: Box}} Side one picture: where its pixels are, and the part shown */

/**
 * @param {{product: string, cropId: number, matchedId: number, photo: Side}} match
 */
export function openPoints({ product, cropId, matchedId, photo }) {
  const place = h("div", { class: "points" }, loading("Comparing the two pictures …"));
  openDialog(`Why “${product}”`, (close) => [place, h("div", { class: "actions" }, h("button", { class: "button", type: "button", autofocus: true, on: { click: close } }, "Close"))])
    .classList.add("dialog-wide");
  show();

  async function show() {
    try {
      const [{ points }, catalogue] = await Promise.all([matchingPoints(cropId, matchedId), catalogueSide(matchedId)]);
      place.replaceChildren(...drawing(points, photo, catalogue));
    } catch (error) {
      place.replaceChildren(failure(error, show));
    }
  }
}

/** The catalogue's picture, shown as far as its crop goes. @returns {Promise<Side>} */
async function catalogueSide(imageId) {
  const crop = await imageDetails(imageId);
  const original = crop.original_id ? await imageDetails(crop.original_id) : crop;
  const size = { width: original.width, height: original.height };
  return { address: await pictureAddressOf(original.id, 1024), size, box: crop.box ?? [0, 0, size.width, size.height] };
}

function drawing(points, photo, catalogue) {
  if (points.length === 0) return [h("p", {}, "No single points agree: it was found by its look and its words.")];
  const left = placed(photo, 0);
  const right = placed(catalogue, SIDE + GAP);
  const drawn = spread(points);
  const lines = drawn.map((point) => ({ from: left.at(point.x, point.y), to: right.at(point.matched_x, point.matched_y) }));
  const more = drawn.length < points.length ? `, ${drawn.length} of them drawn` : "";
  return [
    s("svg", { class: "points-picture", viewBox: `0 0 ${2 * SIDE + GAP} ${SIDE}`, role: "img", "aria-label": `The photo and the catalogue's picture, joined by ${counted(points.length, "point")}` },
      left.picture, right.picture,
      lines.map(({ from, to }) => s("path", { class: "points-line", d: `M${from.x} ${from.y}L${to.x} ${to.y}` })),
      lines.flatMap(({ from, to }) => [from, to]).map(({ x, y }) => s("circle", { class: "points-dot", cx: x, cy: y, r: 3.5 }))),
    h("p", { class: "soft" }, `${counted(points.length, "point")} of your photo lie where they do in the catalogue's picture${more}.`),
  ];
}

/** A picture's part, fitted into a square that begins at `x0`, and where its pixels come to lie. @param {Side} side */
function placed({ address, size, box: [x, y, w, h0] }, x0) {
  const scale = Math.min(SIDE / w, SIDE / h0);
  const [dx, dy] = [x0 + (SIDE - w * scale) / 2, (SIDE - h0 * scale) / 2];
  return {
    picture: s("svg", { x: dx, y: dy, width: w * scale, height: h0 * scale, viewBox: `${x} ${y} ${w} ${h0}` },
      s("image", { href: address, width: size.width, height: size.height, preserveAspectRatio: "none" })),
    at: (px, py) => ({ x: round(dx + (px - x) * scale), y: round(dy + (py - y) * scale) }),
  };
}

function spread(points) {
  const step = Math.max(1, points.length / DRAWN_MAX);
  return Array.from({ length: Math.min(points.length, DRAWN_MAX) }, (_, index) => points[Math.floor(index * step)]);
}

function round(value) {
  return Math.round(value * 10) / 10;
}
