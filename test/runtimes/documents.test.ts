// The texts of the site, as Chromium shows them: the guide, the gallery, the documents of the
// repository and the reference of all entries, which TypeDoc makes without a warning.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";
import { ENTRIES } from "../support/documents.ts";
import { describe } from "../support/suite.ts";
import { CHROMIUM } from "./programs.ts";

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(resolve(path)).href)) as T;
const { siteServer, listen } = await load<{
  readonly siteServer: (folders: { readonly site: string }) => Server;
  readonly listen: (server: Server, port: number) => Promise<string>;
}>("scripts/serve.mjs");
const { buildSite } = await load<{ readonly buildSite: (out: string) => Promise<void> }>("scripts/site.mjs");
const { writeDocuments } = await load<{ readonly writeDocuments: (site: string) => void }>("scripts/documents.mjs");
const { writeReference } = await load<{ readonly writeReference: (site: string) => Promise<void> }>(
  "scripts/reference.mjs",
);

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const LOOKS = [
  { colorScheme: "light", width: 375 },
  { colorScheme: "dark", width: 1440 },
] as const;
/** Pages of all kinds. */
const SHOWN = [
  "docs/guide/index.html",
  "docs/guide/engine.html",
  "docs/guide/from-numpy.html",
  "docs/guide/paper.html",
  "docs/gallery.html",
  "RESULTS.html",
  "reference/index.html",
  "reference/brenier.html",
  "reference/brenier/ot.html",
];

const site = mkdtempSync(join(tmpdir(), "brenier-texts-"));
await buildSite(site);
writeDocuments(site);
await writeReference(site);
const server = siteServer({ site });
const address = await listen(server, 0);
const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".html"));
const textOf = (page: string): string => readFileSync(join(site, page), "utf8");

/** Addresses that the elements of a page lead to, but for those outside of the site. */
const targetsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/<(?:a|link|img|script)\b[^>]*?\s(?:href|src)="([^"]+)"/g)]
    .map(([, target = ""]) => target.replaceAll("&amp;", "&"))
    .filter((target) => !/^(?:https?:|data:)/.test(target));

/** What axe finds, as lines. */
const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => [id, help, nodes[0].html].join(': ')))",
  );
};

describe("texts of the site", {
  "every link of every page leads to a page, and to a heading where it names one"() {
    assert.ok(pages.length >= 40, `${pages.length} pages`);
    let count = 0;
    for (const page of pages) {
      if (page === "index.html") continue; // of the chapters
      for (const target of targetsOf(page)) {
        const [, path = "", anchor] = /^([^#?]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(target) ?? [];
        const file = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), path));
        assert.ok(existsSync(join(site, file)) && !file.startsWith(".."), `${page}: ${target}`);
        if (anchor !== undefined && anchor !== "") {
          assert.ok(textOf(file).includes(` id="${decodeURIComponent(anchor)}"`), `${page}: ${target}`);
        }
        count++;
      }
    }
    assert.ok(count >= 3000, `${count} links`);
  },

  "the page of each entry of the package names all that it exports"() {
    const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
    const entries = Object.keys(exports).filter((path) => !/^\.\/(?:pages\/|package\.json)/.test(path));
    assert.is(entries.length, 8);
    for (const entry of entries) {
      const name = posix.join("brenier", entry);
      const text = textOf(`reference/${name}.html`);
      const names = new Set(
        [...text.matchAll(/<h3 id="[^"]*">(?:<code>abstract<\/code> )?(\w+)/g)].map(([, found]) => found),
      );
      for (const exported of Object.keys(ENTRIES[name] ?? {})) assert.ok(names.has(exported), `${name}: ${exported}`);
      assert.ok(names.size > 0, name);
    }
  },

  async "axe finds nothing, nothing stands out at the side, and no request leaves the site"() {
    for (const { width, colorScheme } of LOOKS) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      try {
        for (const shown of SHOWN) {
          const what = `${shown}, ${colorScheme}, ${width} pixels`;
          const page = await context.newPage();
          const complaints: string[] = [];
          page.on("console", (message) => complaints.push(message.text()));
          page.on("pageerror", (error) => complaints.push(error.message));
          page.on("request", (request) => {
            if (!request.url().startsWith(address)) complaints.push(request.url());
          });
          await page.goto(new URL(shown, address).href, { waitUntil: "networkidle" });
          assert.equal(await violations(page), [], what);
          assert.is(await page.evaluate("document.documentElement.scrollWidth"), width, what);
          assert.equal(complaints, [], what);
          await page.close();
        }
      } finally {
        await context.close();
      }
    }
  },

  async "all is closed"() {
    await browser.close();
    server.close();
    rmSync(site, { recursive: true });
  },
});
