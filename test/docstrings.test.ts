// Everything that an entry of the package exports has a docstring where it is declared. TypeDoc
// says the same of methods in test/runtimes/documents.test.ts.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import * as assert from "uvu/assert";
import { FACES } from "./support/faces.ts";
import { describe } from "./support/suite.ts";

/** The names that a face exports, and the file that each is exported from. */
function* exportsOf(face: string): Generator<readonly [name: string, file: string]> {
  const text = readFileSync(face, "utf8");
  for (const [, list = "", from = ""] of text.matchAll(/^export (?:type )?(\{[^}]*\}|\*) from "(\.[^"]+)";$/gm)) {
    const file = posix.join(posix.dirname(face), from);
    const names =
      list === "*"
        ? [...readFileSync(file, "utf8").matchAll(/^export (?:async |abstract )*(?:function\*?|\w+) (\w+)/gm)]
        : [...list.matchAll(/(\w+)(?=,|\s*\})/g)];
    for (const [, name = ""] of names) yield [name, file];
  }
}

describe("docstrings", {
  "everything that is exported has one"() {
    let count = 0;
    const without: string[] = [];
    for (const face of FACES) {
      for (const [name, file] of exportsOf(`src/${face}.ts`)) {
        const text = readFileSync(file, "utf8");
        const declared = new RegExp(
          `^export (?:async |abstract |declare )*(?:function\\*?|class|interface|type|const) ${name}\\b`,
          "m",
        );
        const at = declared.exec(text)?.index;
        assert.ok(at !== undefined, `${name} of ${file}`);
        if (!text.slice(0, at).endsWith("*/\n")) without.push(`${file}: ${name}`);
        count++;
      }
    }
    assert.equal(without, []);
    assert.ok(count >= 400, `${count} names`);
  },
});
