/** How the machine does: what it got done, how long it takes, what waits, and what people asked for in vain. */
import { fill, h } from "../dom/element.js";
import { maintenanceRuns, stats } from "../server/api.js";
import { failure, loading } from "../shell/states.js";
import { whileVisible } from "../shell/while_visible.js";
import { catalogueFigures, latencyPanel, queriesPanel, queuePanel, slowPanel, throughputPanel, topCategoriesPanel } from "./panels.js";
import { consistencyPanel, retentionPanel } from "./upkeep_panels.js";

const FRESH_MS = 5000;

/** @param {AbortSignal} leaving */
export function insightsView(leaving) {
  const place = h("div", { class: "insights" }, loading());
  const now = { print: "" };
  async function refresh() {
    try {
      const [figures, upkeep] = await Promise.all([stats(leaving), maintenanceRuns(leaving)]);
      show(place, { ...figures, upkeep }, now);
    } catch (error) {
      if (error.name !== "AbortError") fill(place, failure(error, refresh));
      now.print = "";
    }
  }
  whileVisible(refresh, FRESH_MS, leaving);
  return {
    title: "Insights",
    element: h("div", { class: "view" },
      h("header", { class: "view-head" }, h("div", {}, h("h1", {}, "Insights"), h("p", { class: "lead" }, "How the machine does, and what people looked for."))), place),
  };
}

/** Panels whose figures did not change are left as they are, with what was opened in them. */
function show(place, figures, now) {
  const print = JSON.stringify({ ...figures, at: "" });
  if (print === now.print) return;
  now.print = print;
  const open = new Set([...place.querySelectorAll("details[open]")].map((details) => details.closest(".panel")?.id));
  const focused = document.activeElement?.closest?.(".panel")?.id;
  fill(place, [catalogueFigures, throughputPanel, latencyPanel, queuePanel, slowPanel, topCategoriesPanel, queriesPanel, retentionPanel, consistencyPanel]
    .map((panel) => panel(figures)));
  for (const panel of place.querySelectorAll(".panel")) {
    const details = panel.querySelector("details");
    if (details && open.has(panel.id)) details.setAttribute("open", "");
    if (panel.id === focused) panel.querySelector("summary")?.focus({ preventScroll: true });
  }
}
