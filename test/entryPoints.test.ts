// Every entry of package.json's `exports` can be imported by its name, gives what its face in src
// says, and reaches no further than its subject.
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "./support/suite.ts";

type Entry = { readonly types: string; readonly default: string };
const { name, exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, Entry | string>>;
};
const entries = Object.entries(exports).filter(
  (entry): entry is [string, Entry] => typeof entry[1] === "object" && !entry[0].startsWith("./pages/"),
);

/** The folders of src that each entry may lead to, itself included. */
const REACH: Readonly<Record<string, readonly string[]>> = {
  ".": ["math", "kernels", "formats", "tensor", "autograd"],
  "./ot": ["math", "kernels", "ot"],
  "./models": ["math", "kernels", "formats", "tensor", "autograd", "ot", "models"],
  "./metrics": ["math", "kernels", "tensor", "autograd", "ot", "models", "metrics"],
  "./cluster": ["math", "kernels", "formats", "tensor", "ot", "files", "adapter", "cluster"],
  "./audit": ["math", "kernels", "formats", "tensor", "autograd", "ot", "files", "adapter", "audit"],
  "./node": ["math", "kernels", "formats", "tensor", "files", "codecs", "adapter", "datasets", "pictures"],
  "./web": ["math", "kernels", "tensor", "adapter"],
  "./worker": ["math", "kernels", "formats", "tensor", "autograd", "ot", "models", "worker"],
};

const faceOf = ({ default: built }: Entry): string => built.replace("./dist/", "src/").replace(/\.js$/, ".ts");

/** All files that a file imports, itself and what only its types need included. */
function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport) "(\.[^"]+)"/g)) {
    reached(posix.join(posix.dirname(file), target), seen);
  }
  return seen;
}

describe("entry points", {
  async "each is found by its name and exports what its face in src does"() {
    assert.is(entries.length, 9);
    for (const [path, entry] of entries) {
      const specifier = posix.join(name, path);
      assert.is(import.meta.resolve(specifier), pathToFileURL(entry.default).href);
      assert.ok(existsSync(entry.types), entry.types);
      const [built, source] = await Promise.all([
        import(specifier),
        import(pathToFileURL(`.test-build/${faceOf(entry).replace(/\.ts$/, ".js")}`).href),
      ]);
      assert.ok(Object.keys(source).length > 0, specifier);
      assert.equal(Object.keys(built).sort(), Object.keys(source).sort(), specifier);
    }
    assert.is(import.meta.resolve(`${name}/package.json`), pathToFileURL("package.json").href);
  },

  "each leads to its own subject and what that stands on, types included"() {
    assert.equal(Object.keys(REACH).sort(), entries.map(([path]) => path).sort());
    for (const [path, entry] of entries) {
      const files = [...reached(faceOf(entry))];
      const folders = files.filter((file) => file.split("/").length > 2).map((file) => file.split("/")[1] ?? "");
      assert.ok(files.length > 10, path);
      assert.equal([...new Set(folders)].sort(), [...(REACH[path] ?? [])].sort(), path);
    }
  },
});
