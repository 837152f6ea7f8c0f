/** Sizes of plots, and round numbers for axes. */

/** Whether plots are drawn for a phone: narrower, so that their words keep their size. */
export function isNarrow() {
  return window.innerWidth < 740;
}

/**
 * Round values from 0 up to at most `most`, about `count` of them.
 * @param {number} most @param {number} count
 * @returns {number[]}
 */
export function roundSteps(most, count) {
  if (!(most > 0)) return [0];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

/** The least round number that is not below `value`. @param {number} value */
export function roundedUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= value) ?? 10);
}
