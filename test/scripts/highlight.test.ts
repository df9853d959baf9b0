// Colours of code on the site: whatever the code is, its text stays and nothing of it is markup.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

const { highlight } = (await import(pathToFileURL(resolve("scripts/highlight.mjs")).href)) as {
  readonly highlight: (code: string, language: string) => string;
};
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

describe("highlight", {
  "marks comments, texts, numbers and words"() {
    assert.is(
      highlight('const a = "<b>"; // 1', "js"),
      '<span class="code-word">const</span> a = <span class="code-text">&quot;&lt;b&gt;&quot;</span>; ' +
        '<span class="code-comment">// 1</span>',
    );
    assert.is(
      highlight("x = 2.5 # two", "python"),
      'x = <span class="code-number">2.5</span> <span class="code-comment"># two</span>',
    );
    assert.is(highlight("const a", "text"), "const a");
  },

  "keeps all of any text, and lets none of it be markup"() {
    const piece = fc.constantFrom(
      '"',
      "'",
      "`",
      "//",
      "/*",
      "*/",
      "#",
      "\\",
      "<script>",
      "&lt;",
      "const ",
      "1e5",
      "\n",
      " ",
    );
    const code = fc.array(fc.oneof(piece, fc.string())).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(code, fc.constantFrom("js", "python", "sh", "text", ""), (text, language) => {
        const html = highlight(text, language).replace(/<span class="code-[a-z]+">|<\/span>/g, "");
        assert.not.match(html, /[<>"]/);
        assert.is(
          html.replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? ""),
          text,
        );
      }),
      { seed: 1, numRuns: 500 },
    );
  },
});
