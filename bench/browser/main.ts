// `npm run bench -- --browser`: this library and its WebGPU peers in one page of Chromium, checked,
// then timed in turns. Its one argument is the flags as JSON.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { CHROMIUM } from "../../test/runtimes/programs.ts";
import { root } from "../root.ts";
import { browserCases } from "./cases.ts";
import type { BrowserRow, PageRequest } from "./row.ts";
import { browserTable } from "./table.ts";

interface Options {
  readonly only: readonly string[];
  readonly peers: boolean;
  readonly json: string | null;
}

/** How often all take their turn. */
const ROUNDS = 5;

const { only, peers, json } = JSON.parse(process.argv[2] ?? "{}") as Options;
const chosen = browserCases.flatMap(({ name, shape }, index) =>
  only.length === 0 || only.some((part) => `${name} ${shape}`.includes(part)) ? [index] : [],
);
if (chosen.length === 0) {
  const names = browserCases.map(({ name, shape }) => `${name} ${shape}`).join("; ");
  console.error(`bench: expected \`--only\` as part of a name, got ${only.join(", ")}; one of ${names}`);
  process.exit(2);
}

/** The page's script, with this library from its source and the peers from their folder. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "bench/browser/page.ts")],
    nodePaths: [join(root, "bench/peers/node_modules")],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
    write: false,
    ...(!peers && { external: ["@tensorflow/*", "@jax-js/*"] }),
  });
  return outputFiles[0]?.text ?? "";
}

/** CPU milliseconds of a process and all below it: proc(5), in clock ticks of 10 ms. */
function cpuBelow(ancestor: number): number {
  const [parents, times] = [new Map<number, number>(), new Map<number, number>()];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      parents.set(Number(name), Number(fields[1]));
      times.set(Number(name), 10 * (Number(fields[11]) + Number(fields[12])));
    } catch {
      // the process has just ended
    }
  }
  const below = (pid: number | undefined): boolean =>
    pid === ancestor || (pid !== undefined && pid > 1 && below(parents.get(pid)));
  return [...times].reduce((sum, [pid, time]) => sum + (below(pid) ? time : 0), 0);
}

const script = await bundled();
const server = createServer((request, response) => {
  const page = request.url === "/";
  response.setHeader("Content-Type", page ? "text/html" : "text/javascript");
  response.end(page ? '<!doctype html><title>bench</title><script src="/page.js"></script>' : script);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const profile = mkdtempSync(join(tmpdir(), "brenier-bench-"));
const browserServer = await chromium.launchServer({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", `--disk-cache-dir=${profile}`],
});
const rows: BrowserRow[] = [];
let failed = 0;
const load = loadavg();
try {
  const browser = await chromium.connect(browserServer.wsEndpoint());
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`bench: in the page: ${error.message}`));
  await page.exposeFunction("cpu", () => cpuBelow(browserServer.process().pid as number));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  for (const index of chosen) {
    const started = performance.now();
    const name = `${browserCases[index]?.name} ${browserCases[index]?.shape}`;
    const request: PageRequest = { index, rounds: ROUNDS, peers };
    try {
      const row = (await page.evaluate(
        (given) => (globalThis as unknown as { measureCase(x: unknown): Promise<unknown> }).measureCase(given),
        request,
      )) as BrowserRow;
      rows.push(row);
      console.error(`bench: ${name}  ${((performance.now() - started) / 1000).toFixed(1)} s`);
      for (const [peer, result] of Object.entries(row.results)) {
        if ("wrong" in result) failed++;
        if (!("samples" in result)) console.error(`bench: ${name}: ${peer}: ${Object.values(result)[0]}`);
      }
    } catch (error) {
      failed++;
      console.error(`bench: error: ${name}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  await browser.close();
} finally {
  await browserServer.close();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
const processor = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores`;
console.log(`Chromium; ${processor}, load ${load.map((x) => x.toFixed(2)).join(" ")}\n\n${browserTable(rows)}`);
if (json !== null) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
process.exitCode = failed === 0 ? 0 : 1;
