/** The page's beginning: which address opens which view. */
import { catalogueView } from "./catalogue/catalogue_view.js";
import { productView } from "./catalogue/product_view.js";
import { insightsView } from "./insights/insights_view.js";
import { jobView } from "./jobs/job_view.js";
import { jobsView } from "./jobs/jobs_view.js";
import { searchView } from "./search/search_view.js";
import { similarView } from "./search/similar_view.js";
import { startRouter } from "./shell/router.js";
import { startTheme } from "./shell/theme.js";

startTheme(/** @type {HTMLElement} */ (document.getElementById("theme")));
for (const link of document.querySelectorAll(".skip-link")) {
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address after "#" belongs to the router
    document.getElementById("main")?.focus();
  });
}
startRouter([
  { pattern: /^\/search\/(\d+)$/, place: "search", open: ([job], signal) => searchView(job, signal) },
  { pattern: /^\/like\/(.+)$/, place: "search", open: ([id], signal) => similarView(id, signal) },
  { pattern: /^\/catalogue$/, place: "catalogue", open: (_, signal) => catalogueView(signal) },
  { pattern: /^\/catalogue\/(.+)$/, place: "catalogue", open: ([id], signal) => productView(id, signal) },
  { pattern: /^\/jobs$/, place: "jobs", open: (_, signal) => jobsView(signal) },
  { pattern: /^\/jobs\/(\d+)$/, place: "jobs", open: ([id], signal) => jobView(id, signal) },
  { pattern: /^\/insights$/, place: "insights", open: (_, signal) => insightsView(signal) },
  { pattern: /^\/.*$/, place: "search", open: (_, signal) => searchView("", signal) },
]);
