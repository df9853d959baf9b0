// The documents for those who change the code stay true: their links and the paths that they name
// lead somewhere, they fit the width that they promise, and no page of decisions is left out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "./support/suite.ts";

const pages = readdirSync("docs", { recursive: true, encoding: "utf8" })
  .map((path) => posix.join("docs", path.replaceAll("\\", "/")))
  .filter((path) => path.endsWith(".md"));
const documents = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "shaders/README.md", ...pages].map((path) => {
  const text = readFileSync(path, "utf8");
  return { path, text, lines: text.trimEnd().split("\n") };
});

/** Where the relative links of a document lead, from the root. */
const linksOf = ({ path, text }: { readonly path: string; readonly text: string }): string[] =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target = ""]) =>
    posix.join(posix.dirname(path), target),
  );

describe("docs", {
  "there is something to check"() {
    assert.ok(pages.length >= 10, `${pages.length} pages`);
    assert.ok(documents.flatMap(linksOf).length >= 20);
  },

  "ARCHITECTURE.md has at most 150 lines"() {
    const { lines } = documents[0] ?? { lines: [] };
    assert.ok(lines.length > 50 && lines.length <= 150, `${lines.length} lines`);
  },

  "lines have at most 100 columns"() {
    for (const { path, lines } of documents) {
      for (const [number, line] of lines.entries()) {
        if (line.startsWith("|")) continue; // a row of a table
        assert.ok(line.length <= 100, `${path}:${number + 1}: ${line.length} columns`);
      }
    }
  },

  "links lead to files"() {
    for (const document of documents) {
      for (const target of linksOf(document)) assert.ok(existsSync(target), `${document.path}: ${target}`);
    }
  },

  "paths that are named exist"() {
    const named = /(?<![\w./-])(?:src|test|shaders|scripts|bench|docs|examples)\/[\w./-]*\w/g;
    let count = 0;
    for (const { path, text } of documents) {
      for (const [found] of text.replace(/\]\([^)]*\)/g, "]").matchAll(named)) {
        if (/NAME/.test(found)) continue; // stands for any name
        count++;
        assert.ok(existsSync(found), `${path}: ${found}`);
      }
    }
    assert.ok(count >= 60, `${count} paths`);
  },

  "the index of decisions names every page"() {
    const index = documents.find(({ path }) => path === "docs/decisions/README.md");
    assert.ok(index);
    const listed = new Set(linksOf(index));
    const decisions = pages.filter((path) => path.startsWith("docs/decisions/"));
    assert.ok(decisions.length >= 10, `${decisions.length} pages`);
    for (const path of decisions) assert.ok(path === index.path || listed.has(path), path);
  },
});
