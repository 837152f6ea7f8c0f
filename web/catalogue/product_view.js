/** One product: its words, its photo with the crops in it, which of them stands for it and why, and what can be changed. */
import { fill, h } from "../dom/element.js";
import { ago, atClock, labelWords } from "../dom/words.js";
import { addPhoto, product as productById, removeProduct } from "../server/api.js";
import { followJob, hasEnded } from "../jobs/follow_job.js";
import { jobProgress } from "../search/progress.js";
import { acceptDrops, photoButton } from "../search/photo_intake.js";
import { confirmed } from "../shell/dialogs.js";
import { complain, tell } from "../shell/notices.js";
import { goTo } from "../shell/router.js";
import { empty, showLoaded } from "../shell/states.js";
import { cropChoice } from "./crop_choice.js";
import { forgetJob, notedJob, noteJob } from "./noted_jobs.js";
import { openEditProduct } from "./product_form.js";

const INDEXING = [["queued", "Waiting for a worker"], ["cropping", "Finding things"], ["labelling", "Looking at each"], ["finishing", "Choosing its picture"]];

/** @param {string} id @param {AbortSignal} leaving */
export function productView(id, leaving) {
  const place = h("div", { class: "product" });
  const progress = h("div", {});
  const title = h("h1", {}, id);
  const actions = h("div", { class: "actions" });
  const reload = () => showLoaded(place, leaving, async () => {
    const product = await productById(id, leaving);
    title.textContent = product.name;
    document.title = `${product.name} · Vitrine`;
    fill(actions, actionsOf(product, { reload, sendPhoto }));
    return [facts(product), pictures(product, { reload, sendPhoto })];
  });

  async function sendPhoto(file) {
    try {
      const { job } = await addPhoto(id, file);
      if (job) noteJob(id, job.id);
      if (job) follow(job.id);
      else tell("That is the photo it has already: nothing to do.");
    } catch (error) {
      complain(error);
    }
  }

  async function follow(jobId) {
    const shown = jobProgress(INDEXING);
    fill(progress, shown.element);
    try {
      const ended = await followJob(jobId, shown.show, leaving);
      if (leaving.aborted || !hasEnded(ended)) return;
      if (ended.state !== "succeeded") complain(new Error(ended.errors.join(" ") || `The indexing ended ${ended.state}.`));
    } catch (error) {
      complain(error);
    }
    forgetJob(id);
    fill(progress);
    reload();
  }

  async function start() {
    await reload();
    const job = notedJob(id);
    if (job) await follow(job);
  }

  start();
  return {
    title: "Product",
    element: h("div", { class: "view" },
      h("header", { class: "view-head" }, h("div", {}, h("a", { class: "back-link", href: "#/catalogue" }, "← Catalogue"), title), actions),
      progress, place),
  };
}

function actionsOf(product, { reload, sendPhoto }) {
  const remove = async () => {
    const yes = await confirmed({
      title: `Remove “${product.name}”?`, yes: "Remove it",
      text: "It is no longer found, and its pictures go with it unless something else needs them. This cannot be undone.",
    });
    if (!yes) return;
    try {
      await removeProduct(product.product_id);
      tell(`“${product.name}” is removed.`);
      goTo("/catalogue");
    } catch (error) {
      complain(error);
    }
  };
  return [
    h("a", { class: "button", href: `#/like/${encodeURIComponent(product.product_id)}` }, "More like this"),
    photoButton("New photo", "button", sendPhoto),
    h("button", { class: "button", type: "button", on: { click: () => openEditProduct(product, reload) } }, "Edit"),
    h("button", { class: "button button-bad", type: "button", on: { click: remove } }, "Remove"),
  ];
}

function facts(product) {
  const attributes = Object.entries(product.attributes ?? {}).filter(([, value]) => value !== "");
  const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : null);
  return h("section", { class: "product-facts", "aria-label": "Facts" },
    product.description ? h("p", {}, product.description) : null,
    h("dl", { class: "facts" },
      fact("Id", h("code", {}, product.product_id)),
      fact("Category", product.category),
      attributes.map(([name, value]) => fact(name, typeof value === "string" ? value : JSON.stringify(value))),
      fact("Looks like", labelWords(product.primary?.label)),
      fact("Added", h("time", { datetime: product.created_at, title: atClock(product.created_at) }, ago(product.created_at))),
      product.updated_at !== product.created_at
        ? fact("Changed", h("time", { datetime: product.updated_at, title: atClock(product.updated_at) }, ago(product.updated_at))) : null));
}

function pictures(product, { reload, sendPhoto }) {
  if ((product.images ?? []).length > 0 || product.primary) return cropChoice(product, reload);
  const frame = h("div", {}, empty({
    title: "No picture yet", text: "Without one this product cannot be found. Drop a photo here, or choose one.",
  }, photoButton("Choose a photo", "button button-main", sendPhoto)));
  acceptDrops(frame, sendPhoto);
  return frame;
}
