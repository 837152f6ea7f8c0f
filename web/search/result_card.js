/** One product of an answer: picture, name, how sure, and why. */
import { h, s } from "../dom/element.js";
import { meaningOf, percent } from "../dom/words.js";
import { picture } from "../server/pictures.js";

/**
 * @typedef {{product_id: string, name: string, score: number, distance?: number, matched_image_id?: number,
 *            inliers?: number, crop_image_id?: number, box?: number[], reasons?: string[], thing?: number}} Hit `thing`: index of the crop that it was found in, unless that is the
 *            whole photo
 */

/**
 * @param {Hit} hit
 * @param {{first?: boolean, onThing?: (index: number) => void, onPoints?: (hit: Hit) => void,
 *   alike?: boolean}} [options] `alike`: how like it looks matters, not whether it is the very same thing
 */
export function resultCard(hit, { first = false, alike = false, onThing, onPoints } = {}) {
  const address = `#/catalogue/${encodeURIComponent(hit.product_id)}`;
  return h("li", { class: first ? "card card-first" : "card", "data-product": hit.product_id },
    h("a", { class: "card-picture", href: address, tabindex: "-1", "aria-hidden": "true" },
      picture(hit.matched_image_id, { size: first ? 512 : 256, lazy: !first })),
    h("div", { class: "card-body" },
      h("h3", {}, h("a", { href: address }, hit.name)),
      alike ? alikeLine(hit.distance ?? 2) : scoreLine(hit.score),
      h("ul", { class: "reasons", "aria-label": "Why" }, (hit.reasons ?? []).map((reason) => h("li", {}, reason))),
      h("div", { class: "card-foot" },
        onThing && hit.thing !== undefined && hit.thing >= 0
          ? h("button", { class: "thing-link", type: "button", on: { click: () => onThing(hit.thing) } },
              h("span", { class: "visually-hidden" }, "Show thing "), h("span", { class: "thing-dot" }, hit.thing + 1), " in the photo")
          : null,
        onPoints && hit.inliers > 0
          ? h("button", { class: "thing-link", type: "button", on: { click: () => onPoints(hit) } }, "See the points", h("span", { class: "visually-hidden" }, ` of ${hit.name}`)) : null,
        h("a", { class: "quiet-link", href: `#/like/${encodeURIComponent(hit.product_id)}` },
          "More like this", h("span", { class: "visually-hidden" }, `: ${hit.name}`)))));
}

/** A score as a word, a bar and a number. @param {number} score */
export function scoreLine(score) {
  const { word, strength } = meaningOf(score);
  return h("p", { class: `score score-${strength}` },
    h("span", { class: "score-word" }, word),
    scoreBar(score),
    h("span", { class: "score-number number" }, percent(score)));
}

/** How like two pictures look. @param {number} distance cosine, in [0, 2] */
function alikeLine(distance) {
  const part = Math.max(0, 1 - distance);
  return h("p", { class: "score score-likely" }, h("span", { class: "score-word" }, "Alike"), scoreBar(part), h("span", { class: "score-number number" }, percent(part)));
}

/** @param {number} score */
export function scoreBar(score) {
  return s("svg", { class: "score-bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    s("rect", { class: "score-rail", width: 100, height: 6, rx: 3 }),
    s("rect", { class: "score-fill", width: Math.max(2, 100 * score), height: 6, rx: 3 }));
}
