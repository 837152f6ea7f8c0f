/**
 * The answer beside the photo: a chip for everything and one for each thing, and the products of the chosen one.
 */
import { fill, h } from "../dom/element.js";
import { counted, labelWords, shortened } from "../dom/words.js";
import { picture } from "../server/pictures.js";
import { empty } from "../shell/states.js";
import { nameOf, noteNames } from "./product_names.js";
import { resultCard } from "./result_card.js";

const NEAREST = 3;
const GOOD = 0.3; // below it a match is not convincing; the server counts so, too

/** @typedef {"all" | "own" | number} Choice */

/**
 * @param {(choice: Choice) => void} onChoose
 * @param {(hit: import("./result_card.js").Hit) => void} onPoints shows the points by which a hit was verified
 */
export function resultList(onChoose, onPoints) {
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Which thing" });
  const summary = h("h2", { class: "results-title" });
  const about = h("p", { class: "soft" });
  const cards = h("ol", { class: "cards" });
  const weak = h("div", { class: "weak" });
  return {
    element: h("section", { class: "results", "aria-label": "Products" }, chips, h("div", {}, summary, about), cards, weak),
    /**
     * @param {{answer: any, own: any, choice: Choice, least: number}} now
     */
    async show({ answer, own, choice, least }) {
      const shown = choice === "own" ? own : answer;
      noteNames(shown.products);
      fill(chips, chipsOf(answer, own, choice, onChoose));
      const all = await hitsOf(shown, choice);
      const { good, rest } = split(all, least);
      summary.textContent = titleOf(good, choice);
      about.textContent = aboutOf(shown, choice, good, rest);
      about.hidden = !about.textContent;
      const card = (hit, index) => resultCard(hit, { first: index === 0, onThing: choice === "all" ? onChoose : undefined, onPoints });
      fill(cards, (good.length > 0 ? good : rest.slice(0, NEAREST)).map(card));
      if (all.length === 0) fill(weak, nothingFound());
      else fill(weak, restList(good.length > 0 ? rest : rest.slice(NEAREST)));
      return good.length;
    },
  };
}

function chipsOf(answer, own, choice, onChoose) {
  const chip = (value, ...content) => h("button", {
    class: "chip", type: "button", "aria-pressed": String(value === choice), on: { click: () => onChoose(value) },
  }, content);
  return [
    chip("all", "Everything"),
    answer.crops.length > 1 ? answer.crops.map((crop, index) => chip(index, picture(crop.image_id, { size: 64 }), crop.is_whole ? "Whole photo" : `Thing ${index + 1}`)) : null,
    own ? chip("own", "My box") : null,
  ];
}

/** Good hits, and those that are not sure enough: for the person's own bar, or by what their score means. */
function split(hits, least) {
  const isGood = (hit) => hit.score >= Math.max(least, GOOD);
  return { good: hits.filter(isGood), rest: hits.filter((hit) => !isGood(hit)) };
}

/** The weak hits, folded away: there are always some, since something is always the least unlike. */
function restList(rest) {
  if (rest.length === 0) return null;
  const list = h("ol", { class: "cards", hidden: true }, rest.map((hit) => resultCard(hit)));
  const button = h("button", { class: "button button-small", type: "button", "aria-expanded": "false", on: { click: () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
    button.textContent = list.hidden ? `Show ${rest.length} less likely` : "Hide the less likely";
  } } }, `Show ${rest.length} less likely`);
  return [button, list];
}

async function hitsOf(answer, choice) {
  if (typeof choice !== "number") {
    return answer.products.map((product) => ({ ...product, thing: thingOf(answer, product.crop_image_id) }));
  }
  const matches = answer.crops[choice]?.matches ?? [];
  return Promise.all(matches.map(async (match) => ({ ...match, crop_image_id: answer.crops[choice].image_id, box: answer.crops[choice].box, name: match.name ?? (await nameOf(match.product_id)) })));
}

function thingOf(answer, cropId) {
  const index = answer.crops.findIndex((crop) => crop.image_id === cropId);
  return index >= 0 && !answer.crops[index].is_whole ? index : undefined;
}

function titleOf(good, choice) {
  const where = choice === "all" ? "in this photo" : choice === "own" ? "in my box" : "for this thing";
  return good.length === 0 ? `No sure match ${where}` : `${counted(good.length, "product")} ${where}`;
}

function aboutOf(answer, choice, good, rest) {
  const label = typeof choice === "number" ? labelWords(answer.crops[choice]?.label) : "";
  const looks = label ? `Looks like: ${shortened(label, 160)}. ` : "";
  return looks + (good.length === 0 && rest.length > 0 ? "The nearest are below. A closer photo, or a box around the thing itself, may help." : "");
}

function nothingFound() {
  return empty({
    title: "No product looks like this",
    text: "Try a closer photo, draw a box around the thing itself, or look in all categories.", level: 3,
  });
}
