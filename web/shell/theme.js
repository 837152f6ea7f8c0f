/** Light and dark: the system's by default; the button chooses the other one, and the choice is kept in this browser. */

const KEEP = "vitrine.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

/** @param {HTMLElement} button */
export function startTheme(button) {
  button.addEventListener("click", () => choose(isDark() ? "light" : "dark", button));
  system.addEventListener("change", () => name(button));
  name(button);
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

function choose(theme, button) {
  const isSystems = (theme === "dark") === system.matches;
  if (isSystems) {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEEP);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEEP, theme);
  }
  name(button);
}

function name(button) {
  const text = isDark() ? "Use light colours" : "Use dark colours";
  button.setAttribute("aria-label", text);
  button.setAttribute("title", text);
}
