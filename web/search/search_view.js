/** The search: a photo in, its things drawn on it, and the products of each. */
import { fill, h } from "../dom/element.js";
import { counted, duration, labelWords, percent, shortened } from "../dom/words.js";
import { answer as answerOf } from "../server/api.js";
import { pictureBytes } from "../server/pictures.js";
import { complain, say } from "../shell/notices.js";
import { noteAddress } from "../shell/router.js";
import { failure, loading } from "../shell/states.js";
import { attributeFilter } from "./attribute_filter.js";
import { categoryChoice } from "./category_choice.js";
import { acceptDrops, acceptPastes, photoButton, photoIntake } from "./photo_intake.js";
import { photoStage } from "./photo_stage.js";
import { openPoints } from "./points_dialog.js";
import { jobProgress } from "./progress.js";
import { resultList } from "./results.js";
import { scaledBox } from "./box_geometry.js";
import { arranged, runSearch } from "./search_run.js";
import { showShelf } from "./shelf.js";

/**
 * @param {string} jobId of an earlier search to show; empty: a new one
 * @param {AbortSignal} leaving
 */
export function searchView(jobId, leaving) {
  const state = {
    photo: /** @type {Blob | null} */ (null), answer: /** @type {any} */ (null), own: /** @type {any} */ (null),
    choice: /** @type {import("./results.js").Choice} */ ("all"), category: "", attributes: {}, least: 0, run: new AbortController(),
  };
  const title = h("h1", {}, "What is in your photo?");
  const lead = h("p", { class: "lead" }, "Vitrine finds the products in a picture, and says why.");
  const photoSide = h("div", { class: "bench-photo" });
  const answerSide = h("div", { class: "bench-answer" });
  const bench = h("div", { class: "bench" }, photoSide, answerSide);
  const results = resultList(choose, seePoints);
  const stage = photoStage({ onChoose: (index) => choose(index ?? "all"), onOwnBox: searchOwnBox });
  const filters = filterRow({
    onNarrowed: (to) => { Object.assign(state, to); if (state.photo) searchPhoto(state.photo); },
    onLeast: (least) => { state.least = least; if (state.answer) showResults(); },
  }, leaving);
  const tools = stageTools(stage, takePhoto);

  leaving.addEventListener("abort", () => state.run.abort());
  acceptPastes(takePhoto, leaving);
  acceptDrops(stage.element, takePhoto);
  if (jobId) openEarlier();
  else showIntake();

  function showIntake() {
    fill(photoSide, photoIntake(takePhoto));
    fill(answerSide);
    bench.classList.add("is-empty");
    showShelf(answerSide, leaving);
  }

  /** @param {Blob} photo */
  function takePhoto(photo) {
    showStage(URL.createObjectURL(photo), photo);
    searchPhoto(photo);
  }

  function showStage(address, photo) {
    bench.classList.remove("is-empty");
    state.photo = photo;
    stage.showThings([]);
    stage.own.clear();
    stage.showPhoto(address);
    if (!stage.element.isConnected) fill(photoSide, stage.element, tools);
    title.textContent = "What is in this photo?";
  }

  /** @param {Blob} photo */
  async function searchPhoto(photo) {
    await whileBusy(async (signal) => {
      const answer = await runSearch(photo, { category: state.category, attributes: state.attributes }, showProgress(), signal);
      noteAddress(`/search/${answer.job_id}`);
      showAnswer(answer);
    }, () => searchPhoto(photo));
  }

  /** @param {import("./box_geometry.js").Box} box */
  async function searchOwnBox(box) {
    if (!state.photo) return;
    say("Searching in my box.");
    await whileBusy(async (signal) => {
      const sent = scaledBox(box, stage.shrunkBy());
      state.own = await runSearch(/** @type {Blob} */ (state.photo), { category: state.category, attributes: state.attributes, box: sent }, showProgress(), signal);
      stage.own.show(box);
      choose("own");
    }, () => searchOwnBox(box));
  }

  async function openEarlier() {
    fill(answerSide, loading());
    await whileBusy(async (signal) => {
      const answer = arranged(await answerOf(jobId, signal));
      const photo = await pictureBytes(answer.image.id, signal);
      showStage(URL.createObjectURL(photo), photo);
      showAnswer(answer);
    }, openEarlier);
  }

  function showProgress() {
    const progress = jobProgress();
    fill(answerSide, progress.element);
    return progress.show;
  }

  /** Runs one search at a time; a failure is shown with a way to try again. */
  async function whileBusy(work, again) {
    state.run.abort();
    state.run = new AbortController();
    const { signal } = state.run;
    stage.setBusy(true);
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      fill(answerSide, failure(error, again));
    }
    if (!signal.aborted) stage.setBusy(false);
  }

  function showAnswer(answer) {
    Object.assign(state, { answer, own: null, choice: "all" });
    filters.showAll();
    if (answer.image) stage.setSize({ width: answer.image.width, height: answer.image.height });
    stage.own.clear();
    const things = answer.crops.filter((crop) => !crop.is_whole);
    stage.showThings(things.map((crop) => ({ box: crop.box, words: shortened(labelWords(crop.label), 80) })));
    lead.textContent = leadOf(things.length, answer.timings_ms.total);
    for (const error of answer.errors ?? []) complain(new Error(error));
    showResults();
  }

  function choose(choice) {
    if (!state.answer && choice !== "own") return;
    state.choice = choice;
    stage.choose(typeof choice === "number" ? choice : null);
    if (choice !== "own") stage.own.clear();
    showResults();
  }

  function seePoints(hit) {
    openPoints({
      product: hit.name, cropId: hit.crop_image_id, matchedId: hit.matched_image_id,
      photo: { address: stage.address(), size: stage.sizeNow(), box: hit.box },
    });
  }

  async function showResults() {
    const { choice, least } = state;
    const first = state.answer ?? { crops: [], products: [] };
    if (!results.element.isConnected) fill(answerSide, results.element);
    const count = await results.show({ answer: first, own: state.own, choice, least });
    if (state.choice === choice) say(`${counted(count, "product")}${typeof choice === "number" ? ` for thing ${choice + 1}` : ""}.`);
  }

  return {
    title: "Search",
    element: h("div", { class: "view" }, h("header", { class: "view-head" }, h("div", {}, title, lead), filters.element), bench),
  };
}

function leadOf(things, ms) {
  if (things === 0) return `Nothing stood out, so the whole photo was looked up, in ${duration(ms)}. You can drag a box around a thing.`;
  return `${counted(things, "thing")} found in ${duration(ms)}. Choose one, or drag a box of your own.`;
}

function filterRow({ onNarrowed, onLeast }, leaving) {
  const output = h("output", { for: "least", class: "number" }, percent(0));
  const slider = h("input", { type: "range", id: "least", min: "0", max: "95", step: "5", set: { value: "0" }, on: {
    input: () => {
      output.textContent = percent(Number(slider.value) / 100);
      onLeast(Number(slider.value) / 100);
    },
  } });
  const sure = h("div", { class: "field", hidden: true }, h("span", { class: "field-name" }, h("label", { for: "least" }, "At least this sure: "), output), slider);
  return {
    element: h("form", { class: "filters", "aria-label": "Filters", on: { submit: (event) => event.preventDefault() } },
      sure, categoryChoice({ id: "search-category", onChange: (category) => onNarrowed({ category }) }, leaving),
      attributeFilter({ id: "search-attribute", onChange: (attributes) => onNarrowed({ attributes }) }, leaving)),
    showAll() { sure.hidden = false; },
  };
}

function stageTools(stage, takePhoto) {
  const accept = h("button", { class: "button button-small button-main", type: "button", hidden: true, on: { click: () => stage.own.accept() } }, "Search this box");
  const hint = h("p", { class: "small soft own-hint", hidden: true },
    "Drag over the photo, or use the keys: arrows move the box, ", h("kbd", {}, "Shift"), " with arrows changes its size, ",
    h("kbd", {}, "Enter"), " searches, ", h("kbd", {}, "Esc"), " leaves.");
  const draw = h("button", { class: "button button-small", type: "button", "aria-pressed": "false", on: { click: () => {
    if (draw.getAttribute("aria-pressed") === "true") return stage.own.stop();
    setDrawing(true);
    stage.own.start(() => { setDrawing(false); draw.focus({ preventScroll: true }); });
  } } }, "Draw a box");
  const setDrawing = (is) => {
    draw.setAttribute("aria-pressed", String(is));
    draw.textContent = is ? "Stop drawing" : "Draw a box";
    accept.hidden = hint.hidden = !is;
  };
  return h("div", { class: "stage-tools" },
    h("div", { class: "actions" }, draw, accept, photoButton("Another photo", "button button-small", takePhoto),
      photoButton("Take a photo", "button button-small take-photo", takePhoto, { capture: "environment" })),
    hint);
}
