/** Boxes [x, y, w, h] in pixels of a picture. Pure. */

/** @typedef {[number, number, number, number]} Box */
/** @typedef {{width: number, height: number}} Size */

/** The box between two corners, whichever is which, kept inside the picture. @returns {Box} */
export function boxBetween(a, b, size) {
  const inside = (value, most) => Math.min(Math.max(value, 0), most);
  const [x1, x2] = [inside(a.x, size.width), inside(b.x, size.width)].sort((m, n) => m - n);
  const [y1, y2] = [inside(a.y, size.height), inside(b.y, size.height)].sort((m, n) => m - n);
  return wholePixels([x1, y1, x2 - x1, y2 - y1], size);
}

/** A box of half the picture's sides in its middle, where a box by keyboard begins. @param {Size} size @returns {Box} */
export function middleBox(size) {
  return wholePixels([size.width / 4, size.height / 4, size.width / 2, size.height / 2], size);
}

/** `box` moved by (dx, dy), kept inside. @param {Box} box @param {Size} size @returns {Box} */
export function movedBox([x, y, w, h], dx, dy, size) {
  return [clamp(x + dx, 0, size.width - w), clamp(y + dy, 0, size.height - h), w, h];
}

/** `box` with its right and lower side moved, at least `least` pixels each. @param {Box} box @param {Size} size @returns {Box} */
export function resizedBox([x, y, w, h], dw, dh, size, least = 16) {
  return [x, y, clamp(w + dw, Math.min(least, size.width - x), size.width - x), clamp(h + dh, Math.min(least, size.height - y), size.height - y)];
}

/** The same box in a picture that is `factor` times as large. @param {Box} box @returns {Box} */
export function scaledBox(box, factor) {
  return /** @type {Box} */ (box.map((side) => Math.round(side * factor)));
}

/** Whether a box is nearly the whole picture. @param {Box} box @param {Size} size */
export function isWhole([, , w, h], size) {
  return w * h > 0.96 * size.width * size.height;
}

/** Where a box lies, in words for somebody who does not see it. @param {Box} box @param {Size} size */
export function whereIs([x, y, w, h], size) {
  if (isWhole([x, y, w, h], size)) return "the whole photo";
  const across = third((x + w / 2) / size.width, ["left", "middle", "right"]);
  const down = third((y + h / 2) / size.height, ["top", "middle", "bottom"]);
  return across === "middle" && down === "middle" ? "in the middle" : `${down} ${across}`;
}

function third(part, names) {
  return names[clamp(Math.floor(part * 3), 0, 2)];
}

function wholePixels([x, y, w, h], size) {
  const left = clamp(Math.round(x), 0, size.width - 1);
  const top = clamp(Math.round(y), 0, size.height - 1);
  return /** @type {Box} */ ([left, top, clamp(Math.round(w), 1, size.width - left), clamp(Math.round(h), 1, size.height - top)]);
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
