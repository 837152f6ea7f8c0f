// Debian's Chromium, driven by Playwright. A page that a test opens is watched: an error on its console, a breach of the
// content security policy, a thrown error or a request to another host fails the test that asks `watched.problems()`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const chromium = process.env.VITRINE_CHROMIUM ?? "/usr/bin/chromium";
const screenshots = process.env.VITRINE_SCREENSHOTS;
const installed = createRequire(join(process.env.VITRINE_WEB_PACKAGES, "package.json"));

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

/** Why there can be no test here, or nothing. */
export function reasonToSkip() {
  return existsSync(chromium) ? false : `${chromium} is not there: scripts/install-dependencies installs Debian's chromium`;
}

/** One browser with a profile of its own. */
export class Browser {
  static async start() {
    const browser = new Browser();
    browser.profile = mkdtempSync(join(tmpdir(), "vitrine-chromium-"));
    browser.contexts = 0;
    browser.instance = await installed("playwright-core").chromium.launch({
      executablePath: chromium, headless: true, args: ARGUMENTS, env: { ...process.env, HOME: browser.profile },
    });
    return browser;
  }

  /** A new visitor: nothing is remembered from others. */
  async visit(url, { viewport = DESKTOP, dark = false, touch = false, reducedMotion = "reduce" } = {}) {
    const context = await this.instance.newContext({
      viewport, colorScheme: dark ? "dark" : "light", hasTouch: touch, isMobile: touch, reducedMotion,
    });
    context.setDefaultTimeout(Number(process.env.VITRINE_WEB_PATIENCE_MS ?? 30_000));
    const page = await context.newPage();
    return new Visit(page, new Watch(page, url), url);
  }

  async end() {
    await this.instance.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

/** A page as one visitor sees it. */
class Visit {
  constructor(page, watch, url) {
    this.page = page;
    this.watch = watch;
    this.url = url;
  }

  /** Opens an address of the page: "/catalogue". */
  async go(path) {
    await this.page.goto(`${this.url}/#${path}`);
    await this.page.locator("h1").waitFor();
  }

  /** Keeps what is seen, as build/web-screenshots/NAME.png. */
  async keep(name) {
    if (!screenshots) return;
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  /** What axe finds that shuts people out: a sentence for each place. */
  async barriers() {
    await this.page.evaluate(axeSource());
    const { violations } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`));
  }

  /** How far the page is wider than the window. */
  sideways() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }

  close() {
    return this.page.context().close();
  }
}

/** What a page does that it must not. */
class Watch {
  constructor(page, url) {
    this.found = [];
    this.expected = [];
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) this.found.push(`console: ${message.text()} ${message.location().url}`); });
    page.on("pageerror", (error) => this.found.push(`error: ${error.stack}`));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (origin !== new URL(url).origin && protocol !== "blob:" && protocol !== "data:") this.found.push(`asked another host: ${request.url()}`);
    });
  }

  /** Lets through what a test brings about on purpose. @param {RegExp} pattern */
  expect(pattern) {
    this.expected.push(pattern);
  }

  problems() {
    return this.found.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

let axe = "";

function axeSource() {
  axe ||= readFileSync(join(process.env.VITRINE_WEB_PACKAGES, "node_modules/axe-core/axe.min.js"), "utf8");
  return axe;
}
