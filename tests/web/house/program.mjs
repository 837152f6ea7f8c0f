// The built program, serving a temporary shop for one test file.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const source = process.env.VITRINE_SOURCE_DIR;
export const shop = join(source, "examples/shop");
const binary = process.env.VITRINE_BINARY;

/** A photo of the sample shop, by name: "queries/breakfast-table.jpg". */
export function photo(name) {
  return join(shop, name);
}

/** A data folder with the named products of the sample shop in it. */
export class Workplace {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "vitrine-web-"));
    this.data = join(this.folder, "data");
  }

  /** Imports these rows of the sample catalogue by the command line. */
  import(ids) {
    const [head, ...rows] = readFileSync(join(shop, "catalog.csv"), "utf8").split("\n");
    const wanted = rows.filter((row) => ids.includes(row.split(",")[0]));
    if (wanted.length !== ids.length) throw new Error(`examples/shop/catalog.csv has not all of: ${ids.join(", ")}`);
    const csv = join(this.folder, "catalog.csv");
    writeFileSync(csv, [head, ...wanted].join("\n") + "\n");
    execFileSync(binary, ["--data", this.data, "import", csv, "--images", shop], { stdio: "pipe" });
  }

  /** Starts `vitrine serve`; resolves when it listens. @param {string[]} settings "section.key=value" */
  async serve({ listen = "127.0.0.1:0", settings = [] } = {}) {
    const set = settings.flatMap((setting) => ["--set", setting]);
    const process = spawn(binary, ["--data", this.data, ...set, "serve", "--listen", listen], { stdio: ["ignore", "ignore", "pipe"] });
    return new Server(process, await addressOf(process));
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A running `vitrine serve`. */
class Server {
  constructor(process, url) {
    this.process = process;
    this.url = url;
    this.listen = new URL(url).host;
    this.ended = new Promise((resolve) => process.once("exit", resolve));
  }

  /** Ends it as Ctrl-C does; resolves with its exit code. */
  stop(signal = "SIGTERM") {
    this.process.kill(signal);
    return this.ended;
  }

  /** A request as a program makes it; the JSON of its answer. */
  async ask(path, options) {
    const answer = await fetch(this.url + path, options);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }
}

function addressOf(process) {
  return new Promise((resolve, reject) => {
    let said = "";
    process.stderr.setEncoding("utf8");
    process.stderr.on("data", (text) => {
      said += text;
      const found = said.match(/serving on (http:\/\/[\d.:a-z[\]]+)/);
      if (found) resolve(found[1]);
    });
    process.once("exit", (code) => reject(new Error(`vitrine serve ended with ${code}: ${said}`)));
  });
}
