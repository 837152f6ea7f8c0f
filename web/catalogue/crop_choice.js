/** The crops of a product's photo: the one that stands for it, why, and the choice of another. */
import { h } from "../dom/element.js";
import { labelWords, percent, shortened } from "../dom/words.js";
import { choosePrimary } from "../server/api.js";
import { picture } from "../server/pictures.js";
import { photoStage } from "../search/photo_stage.js";
import { scoreBar } from "../search/result_card.js";
import { complain, tell } from "../shell/notices.js";
import { openLabelForm } from "./label_form.js";

/** @param {any} product with `images` @param {() => void} reload */
export function cropChoice(product, reload) {
  const crops = cropsOf(product);
  const primary = crops.find((crop) => crop.is_primary) ?? crops[0];
  const cards = crops.map((crop, index) => cropCard(product, crop, index, reload));
  return h("section", { class: "crop-choice", "aria-labelledby": "crops-title" },
    h("h2", { id: "crops-title" }, "What stands for it"),
    h("p", { class: "soft" }, whyWon(product, crops, primary)),
    h("div", { class: "crop-choice-parts" }, photo(crops, primary, cards), h("ol", { class: "crop-list" }, cards)));
}

function cropsOf(product) {
  if (product.images?.length) return product.images;
  return [{ ...product.primary, is_primary: true, score: product.last_indexing?.score }];
}

function photo(crops, primary, cards) {
  const original = primary?.original_id ?? primary?.image_id;
  if (!original) return null;
  const stage = photoStage({
    onChoose: (index) => {
      stage.choose(index);
      cards.forEach((card, at) => card.classList.toggle("is-chosen", at === index));
      if (index !== null) cards[index].scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
    onOwnBox: () => stage.own.clear(), // a primary is one of the crops that were found
  });
  const shown = picture(original, { size: 1024, alt: "The product's photo", lazy: false });
  const place = () => {
    stage.setSize(naturalSize(crops, shown));
    stage.showThings(crops.map((crop) => ({ box: crop.box ?? [0, 0, stage.sizeNow().width, stage.sizeNow().height], words: crop.is_primary ? "stands for the product" : "" })));
  };
  shown.addEventListener("load", place);
  stage.usePicture(shown);
  return stage.element;
}

/** Boxes are in the original's pixels, and the picture that is shown may be a smaller one of it. */
function naturalSize(crops, shown) {
  const known = crops.find((crop) => crop.original_width);
  if (known) return { width: known.original_width, height: known.original_height };
  return { width: shown.naturalWidth, height: shown.naturalHeight };
}

function cropCard(product, crop, index, reload) {
  const choose = async () => {
    try {
      await choosePrimary(product.product_id, crop.image_id);
      tell("Chosen. Searches compare with this crop from now on, and later indexing keeps your choice.");
      reload();
    } catch (error) {
      complain(error);
    }
  };
  const words = labelWords(crop.label);
  return h("li", { class: crop.is_primary ? "crop-card is-primary" : "crop-card" },
    picture(crop.image_id, { size: 256, alt: `Crop ${index + 1}` }),
    h("div", { class: "crop-card-body" },
      h("h3", {}, h("span", { class: "thing-dot" }, index + 1), crop.is_primary ? "Stands for the product" : "Another candidate"),
      typeof crop.score === "number" ? h("p", { class: "score" }, h("span", { class: "soft small" }, "Fits the name"), scoreBar(crop.score), h("span", { class: "score-number number" }, percent(crop.score))) : null,
      words ? h("p", { class: "small" }, shortened(words, 140)) : null,
      h("div", { class: "actions" },
        crop.is_primary ? null : h("button", { class: "button button-small", type: "button", on: { click: choose } }, "Make it the one", h("span", { class: "visually-hidden" }, `: crop ${index + 1}`)),
        crop.label ? h("button", { class: "button button-small", type: "button", on: { click: () => openLabelForm(crop, reload) } }, "Correct its label") : null)));
}

function whyWon(product, crops, primary) {
  if (!primary) return "Nothing stands for it yet: its photo has not been looked at.";
  if (product.primary?.chosen_by === "person") return "A person chose this crop; later indexing keeps that choice.";
  if (crops.length === 1) return "Its photo shows one thing alone.";
  const second = crops.filter((crop) => crop !== primary && typeof crop.score === "number").sort((a, b) => b.score - a.score)[0];
  const note = product.last_indexing?.note ? ` ${product.last_indexing.note}` : "";
  if (typeof primary.score !== "number" || !second) return `Its label fits the name best.${note}`;
  if (primary.score === second.score) return `Its label fits the name as well as the next (${percent(primary.score)}), and it is the larger one.${note}`;
  return `Its label fits the name best: ${percent(primary.score)}, the next one ${percent(second.score)}.${note}`;
}
