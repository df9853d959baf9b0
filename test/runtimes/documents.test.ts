// The texts of the site, as Chromium shows them: the guide, the gallery, the documents of the
// repository and the reference of all entries, which TypeDoc makes without a warning.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { ENTRIES } from "../support/documents.ts";
import { assertLooks, OPENED_IN, servedSite } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(resolve(path)).href)) as T;
const { writeDocuments } = await load<{ readonly writeDocuments: (site: string) => void }>("scripts/documents.mjs");
const { writeReference } = await load<{ readonly writeReference: (site: string) => Promise<void> }>(
  "scripts/reference.mjs",
);

/** Pages of all kinds; in deep form, the longest of each kind as well, which axe reads for long. */
const SHOWN = [
  "docs/guide/from-numpy.html",
  "docs/guide/paper.html",
  "docs/gallery.html",
  "reference/brenier/worker.html",
  ...(process.env["BRENIER_DEEP"] === "1"
    ? [
        ...["docs/guide/index.html", "docs/guide/engine.html", "RESULTS.html"],
        ...["reference/index.html", "reference/brenier.html", "reference/brenier/ot.html"],
      ]
    : []),
];

const site = await servedSite();
writeDocuments(site.folder);
await writeReference(site.folder);

const pages = readdirSync(site.folder, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".html"));
const textOf = (page: string): string => readFileSync(join(site.folder, page), "utf8");

/** Addresses that the elements of a page lead to, but for those outside of the site. */
const targetsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/<(?:a|link|img|script)\b[^>]*?\s(?:href|src)="([^"]+)"/g)]
    .map(([, target = ""]) => target.replaceAll("&amp;", "&"))
    .filter((target) => !/^(?:https?:|data:)/.test(target));

describe("texts of the site", {
  "every link of every page leads to a page, and to a heading where it names one"() {
    assert.ok(pages.length >= 40, `${pages.length} pages`);
    let count = 0;
    for (const page of pages) {
      for (const target of targetsOf(page)) {
        const [, path = "", anchor] = /^([^#?]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(target) ?? [];
        const file = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), path));
        const at = join(site.folder, file);
        assert.ok(existsSync(at) && statSync(at).isFile() && !file.startsWith(".."), `${page}: ${target}`);
        if (anchor !== undefined && anchor !== "") {
          assert.ok(textOf(file).includes(` id="${decodeURIComponent(anchor)}"`), `${page}: ${target}`);
        }
        count++;
      }
    }
    assert.ok(count >= 3000, `${count} links`);
  },

  "no tag has a style of its own, which the site's policy would not let it have"() {
    for (const page of pages) assert.not.match(textOf(page), /<[a-z][^>]* style=/, page);
  },

  "the page of each entry of the package names all that it exports"() {
    const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
    const entries = Object.keys(exports).filter((path) => !/^\.\/(?:pages\/|package\.json)/.test(path));
    assert.is(entries.length, 9);
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
    for (const look of OPENED_IN) {
      for (const shown of SHOWN) await site.opened(shown, look, assertLooks);
    }
  },

  async "all is closed"() {
    await site.close();
  },
});
