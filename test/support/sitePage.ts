// The site in Debian's Chromium: built into a folder of its own, and served as `npm run demo` does.
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";
import { tinyFolder } from "./tinyRun.ts";

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(resolve(path)).href)) as T;
const { buildSite } = await load<{ readonly buildSite: (out: string) => Promise<void> }>("scripts/site.mjs");
const { siteServer, listen } = await load<{
  readonly siteServer: (folders: { readonly site: string; readonly run?: string }) => Server;
  readonly listen: (server: Server, port: number) => Promise<string>;
}>("scripts/serve.mjs");

const CHROMIUM = "/usr/bin/chromium";
/** Flags of a browser whose pages and workers have a GPU. */
const GPU_FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const SECONDS = 60;
const HEIGHT = 900;

/** How pages are looked at. */
const LOOKS = [
  { scheme: "light", width: 375 },
  { scheme: "dark", width: 1440 },
] as const;
/** Looks that a page is opened in before it takes on all: the first; in deep form, each. */
export const OPENED_IN = process.env["BRENIER_DEEP"] === "1" ? LOOKS : LOOKS.slice(0, 1);

/** A script that keeps a page's devices, to lose them by `device.destroy()`. */
export const LOSABLE = `window.devices = [];
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...all) {
    const device = await request.apply(this, all);
    window.devices.push(device);
    return device;
  };`;

/** How a page is opened. */
export interface Opening {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  /** Whether the browser has a GPU, SwiftShader. Default false. */
  readonly gpu?: boolean;
  /** A script that runs in the page before its own. */
  readonly before?: string;
  /** Whether the network fails, of which the browser itself complains. Default false. */
  readonly offline?: boolean;
}

/** The site, served, and browsers with and without a GPU. */
export interface ServedSite {
  readonly address: string;
  /** The folder of its files. */
  readonly folder: string;
  /**
   * Opens a page of the site and hands it to `use`. The page may ask for nothing elsewhere, and
   * complain of nothing.
   */
  opened(query: string, opening: Opening, use: (page: Page) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** @param run the folder of a run that is served with the site */
export async function servedSite(run?: string): Promise<ServedSite> {
  const folder = join(tinyFolder(), "site");
  await buildSite(folder);
  const server = siteServer({ site: folder, ...(run !== undefined && { run }) });
  const address = await listen(server, 0);
  const browsers = new Map<boolean, Promise<BrowserContext>>();
  const browser = (gpu: boolean): Promise<BrowserContext> => {
    const started = browsers.get(gpu) ?? start(gpu, address);
    browsers.set(gpu, started);
    return started;
  };
  return {
    address,
    folder,
    async opened(query, { width = 1440, scheme = "light", gpu = false, before, offline = false }, use) {
      const page = await (await browser(gpu)).newPage();
      try {
        page.setDefaultTimeout(1000 * SECONDS);
        await look(page, { scheme, width });
        const complaints: string[] = [];
        const elsewhere: string[] = [];
        page.on("console", (message) => {
          const text = message.text();
          if (!offline || !text.startsWith("Failed to load resource: net::")) complaints.push(text);
        });
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("request", (request) => {
          if (!request.url().startsWith(address) && !/^(?:blob|data):/.test(request.url()))
            elsewhere.push(request.url());
        });
        if (!gpu) await page.addInitScript("delete Navigator.prototype.gpu");
        if (before !== undefined) await page.addInitScript(before);
        await page.goto(`${address}${query}`);
        await use(page);
        assert.equal(complaints, [], `${query}: complaints`);
        assert.equal(elsewhere, [], `${query}: requests elsewhere`);
      } finally {
        await page.close();
      }
    },
    async close() {
      for (const started of browsers.values()) await (await started).browser()?.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Waits until the work of a chapter has ended, and returns what is then told of it. */
export async function ended(page: Page): Promise<string> {
  await page.waitForSelector('.controls[data-running="false"]');
  return (await page.textContent('[data-control="status"]')) ?? "";
}

/**
 * A browser whose pages of a site are of one process, which a page that stays keeps: a page then
 * costs little more than its own work.
 */
async function start(gpu: boolean, address: string): Promise<BrowserContext> {
  const args = ["--no-sandbox", "--process-per-site", ...(gpu ? GPU_FLAGS : [])];
  const context = await (await chromium.launch({ executablePath: CHROMIUM, args })).newContext();
  await (await context.newPage()).goto(`${address}icon.svg`);
  return context;
}

/** The text of a figure, with an ordinary minus. */
export const figureOf = async (page: Page, key: string): Promise<string> =>
  ((await page.textContent(`[data-figure="${key}"]`)) ?? "").replaceAll("−", "-");

/** What the page tells above the picture. */
export const noteOf = async (page: Page): Promise<string> => (await page.textContent(".note:not([hidden])")) ?? "";

/** The rows of the CSV file that a page saves, the names first. */
export async function csvOf(page: Page): Promise<readonly (readonly string[])[]> {
  const download = page.waitForEvent("download");
  await page.click('[data-save="csv"]');
  const text = readFileSync(await (await download).path(), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
}

/** What axe finds, as lines. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    `axe.run({ resultTypes: ["violations"], selectors: false }).then(({ violations }) =>
      violations.map(({ id, help, nodes }) => [id, help, nodes[0].html].join(": ")))`,
  );
}

async function look(page: Page, { scheme, width }: Required<Pick<Opening, "scheme" | "width">>): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: HEIGHT });
}

/** Asserts in each look that axe finds nothing, and that nothing stands out at the side. */
export async function assertLooks(page: Page): Promise<void> {
  for (const { scheme, width } of LOOKS) {
    await look(page, { scheme, width });
    // What follows the width of the page has done so by the second picture.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    assert.equal(await violations(page), [], `${scheme}, ${width} pixels`);
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), width, `${scheme}, ${width} pixels`);
  }
}

/** Waits until an expression is true in the page, whose policy allows no evaluation by itself. */
export async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + 1000 * SECONDS; !(await page.evaluate(`Boolean(${expression})`)); ) {
    if (Date.now() > end) throw new Error(`page: expected ${expression} within ${SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
