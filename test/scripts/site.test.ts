// The built site: how large it is, and that nothing in it needs another origin or text as code.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

const { buildSite } = (await import(pathToFileURL(resolve("scripts/site.mjs")).href)) as {
  readonly buildSite: (out: string) => Promise<void>;
};

const folder = mkdtempSync(join(tmpdir(), "brenier-site-"));
await buildSite(folder);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
const zipped = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0);

describe("built site", {
  "all its scripts, styles and pages are at most 400 kB as they are sent"() {
    const bytes = zipped(files);
    assert.ok(bytes <= 400_000, `${bytes} bytes`);
  },

  "what the first chapter loads is at most 60 kB"() {
    const page = readFileSync(join(folder, "index.html"), "utf8");
    const first = new Set(["index.html", "main.js", "style.css", "icon.svg"]);
    for (const [, name = ""] of page.matchAll(/modulepreload" href="([^"]+)"/g)) first.add(name);
    for (const name of first) {
      if (!name.endsWith(".js")) continue;
      const text = readFileSync(join(folder, name), "utf8");
      // Static imports alone: what `import()` names is loaded later.
      for (const [, path = ""] of text.matchAll(/(?:from|import)"\.\/([\w/.-]+)"/g)) {
        first.add(name.startsWith("chunks/") ? `chunks/${path}` : path);
      }
    }
    const bytes = zipped([...first]);
    assert.ok(first.size > 4 && bytes <= 60_000, `${bytes} bytes: ${[...first].join(", ")}`);
  },

  "addresses are relative, and the page's policy is the strict one"() {
    const page = readFileSync(join(folder, "index.html"), "utf8");
    for (const [, address = ""] of page.matchAll(/(?:src|href)="([^"]*)"/g)) assert.not.match(address, /^\/|:/);
    assert.match(page, `content="default-src 'self'; script-src 'self'; style-src 'self';`);
    for (const name of files.filter((name) => name.endsWith(".js"))) {
      assert.not.match(readFileSync(join(folder, name), "utf8"), /\beval\(|new Function\b/, name);
    }
    rmSync(folder, { recursive: true });
  },
});
