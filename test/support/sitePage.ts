// The built site in Debian's Chromium, served as by `npm run demo`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
/** By Chromium, where it has no adapter. */
const WITHOUT = "No available adapters.";

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(resolve(path)).href)) as T;

export interface View {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
}

/** Both looks in which axe looks at a chapter. */
export const VIEWS: readonly Required<View>[] = [
  { scheme: "light", width: 375 },
  { scheme: "dark", width: 1440 },
];

/** A site that is served, and a browser with a GPU on the CPU, or without one. */
export class SitePages {
  readonly #server: Server;
  readonly #address: string;
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(server: Server, address: string, browser: Browser, folder: string) {
    [this.#server, this.#address, this.#browser, this.#folder] = [server, address, browser, folder];
  }

  /** @param run the folder of a run to serve beside the site */
  static async start({ run, gpu = true }: { readonly run?: string; readonly gpu?: boolean } = {}): Promise<SitePages> {
    const { buildSite } = await load<{ readonly buildSite: (out: string) => Promise<void> }>("scripts/site.mjs");
    const { siteServer, listen } = await load<{
      readonly siteServer: (folders: { readonly site: string; readonly run: string | undefined }) => Server;
      readonly listen: (server: Server, port: number) => Promise<string>;
    }>("scripts/serve.mjs");
    const folder = mkdtempSync(join(tmpdir(), "brenier-site-"));
    await buildSite(folder);
    const server = siteServer({ site: folder, run });
    const software = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", ...(gpu ? software : [])],
    });
    return new SitePages(server, await listen(server, 0), browser, folder);
  }

  /** Opens an address and hands it to `look`; nothing may be asked of others or complained of. */
  async open(
    query: string,
    { width = 1440, scheme = "light" }: View,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      acceptDownloads: true,
    });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const foreign: string[] = [];
      page.on("console", (message) => message.text() !== WITHOUT && complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        if (![this.#address, "blob:", "data:"].some((own) => request.url().startsWith(own)))
          foreign.push(request.url());
      });
      await page.goto(`${this.#address}${query}`);
      await look(page);
      assert.equal(complaints, [], "complaints");
      assert.equal(foreign, [], "requests of other origins");
    } finally {
      await context.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Asserts that axe finds nothing, and that nothing stands out at the side. */
export async function assertAccessible(page: Page, width: number): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => [id, help, nodes[0].html].join(': ')))",
  );
  assert.equal(found, []);
  assert.is(await page.evaluate("document.documentElement.scrollWidth"), width);
}

/** Waits until an expression is true in the page, whose policy allows no evaluation by itself. */
export async function until(page: Page, expression: string, seconds = 30): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; ; ) {
    if (await page.evaluate(`Boolean(${expression})`)) return;
    if (Date.now() > end) throw new Error(`page: expected ${expression} within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a figure of the page says. */
export const figure = async (page: Page, name: string): Promise<string> =>
  (await page.textContent(`[data-figure="${name}"]`)) ?? "";

/** The rows of the CSV that the page saves. */
export async function savedRows(page: Page): Promise<readonly (readonly string[])[]> {
  const waiting = page.waitForEvent("download");
  await page.click('[data-save="csv"]');
  const text = readFileSync(await (await waiting).path(), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
}
