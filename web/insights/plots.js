/**
 * Small plots of our own, in SVG. Each stands in a figure with its title, and its figures are in a table that a screen
 * reader reads and anybody can open.
 */
import { h, s } from "../dom/element.js";
import { isNarrow, roundedUp, roundSteps } from "./scale.js";

const HEIGHT = 200;
const LEFT = 44;
const BOTTOM = 24;
const TOP = 10;

/** @typedef {{name: string, tone: string, values: number[]}} Series */

/**
 * Columns over time, series stacked.
 * @param {{times: string[], series: Series[], timeName: (time: string) => string, valueName: (value: number) => string}} data
 */
export function stackedColumns({ times, series, timeName, valueName }) {
  const sums = times.map((_, index) => series.reduce((sum, { values }) => sum + values[index], 0));
  const most = roundedUp(Math.max(...sums, 1));
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const width = isNarrow() ? 340 : 640;
  const wide = (width - LEFT) / times.length;
  const columns = times.map((time, index) => {
    let base = 0;
    return s("g", {}, s("title", {}, `${timeName(time)}: ${series.map(({ name, values }) => `${name} ${valueName(values[index])}`).join(", ")}`),
      series.map(({ tone, values }) => {
        const from = base;
        base += values[index];
        return values[index] > 0
          ? s("rect", { class: `tone-${tone}`, x: LEFT + index * wide + wide * 0.12, width: wide * 0.76, y: y(base), height: y(from) - y(base), rx: 1.5 }) : null;
      }));
  });
  return h("div", { class: "plot" }, frame(width, grid(width, most, y, valueName), columns, timeAxis(times, wide, width / 110, timeName)), legend(series));
}

/**
 * Bars side by side: a name, a length, a value in words, and a mark further out.
 * @param {{name: string, value: number, words: string, further?: number, tone?: string}[]} bars
 */
export function bars(bars) {
  const most = Math.max(...bars.map(({ value, further }) => Math.max(value, further ?? 0)), 1e-9);
  return h("ul", { class: "bars", "aria-hidden": "true" }, bars.map(({ name, value, words, further, tone = "accent" }) => h("li", {},
    h("span", { class: "bars-name" }, name),
    s("svg", { class: "bars-line", viewBox: "0 0 100 10", preserveAspectRatio: "none", focusable: "false" },
      s("rect", { class: "bars-rail", width: 100, height: 10 }),
      further === undefined ? null : s("rect", { class: `bars-further tone-${tone}`, width: (100 * further) / most, height: 10 }),
      s("rect", { class: `tone-${tone}`, width: value > 0 ? Math.max(0.5, (100 * value) / most) : 0, height: 10 })),
    h("span", { class: "bars-value number" }, words))));
}

/**
 * The figures of a plot as a table, folded away for those who see the plot.
 * @param {string[]} head @param {(string | number)[][]} rows
 */
export function figuresTable(head, rows) {
  return h("details", { class: "figures-table" }, h("summary", {}, "As a table"),
    h("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": `Table: ${head.join(", ")}` }, h("table", {},
      h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((value) => h("td", { class: "number" }, value))))))));
}

function frame(width, ...parts) {
  return s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" }, parts);
}

function grid(width, most, y, valueName) {
  return roundSteps(most, 4).map((value) => s("g", {},
    s("path", { class: "tick", d: `M${LEFT} ${y(value)}H${width}` }),
    s("text", { class: "tick-name", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, valueName(value))));
}

function timeAxis(times, wide, count, timeName) {
  const every = Math.max(1, Math.ceil(times.length / count));
  return times.map((time, index) => (index % every === 0
    ? s("text", { class: "tick-name", x: LEFT + index * wide + wide / 2, y: HEIGHT - 6, "text-anchor": index === 0 ? "start" : "middle" }, timeName(time)) : null));
}

function legend(series) {
  return h("ul", { class: "legend", "aria-hidden": "true" }, series.map(({ name, tone }) => h("li", { class: `legend-${tone}` }, name)));
}
