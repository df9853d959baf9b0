// The guide stays true: its programs are the examples and print what it shows, its pictures and
// files are what they draw and write, its commands and flags exist, and every name is exported.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { decodePng } from "../src/codecs/decodePng.ts";
import { EXPERIMENTS } from "../src/experiments/all.ts";
import * as core from "../src/index.ts";
import * as models from "../src/models/index.ts";
import { Tensor } from "../src/tensor/engine.ts";
import { blocks, ENTRIES, holdCommands, tableRows } from "./support/documents.ts";
import { programsOf, runProgram } from "./support/programs.ts";
import { describe } from "./support/suite.ts";

const pages = readdirSync("docs/guide")
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/guide/${name}`);
const textOf = (page: string): string => readFileSync(page, "utf8");
const programs = pages.flatMap(programsOf);
const DEEP = "examples/digits.mjs"; // takes a minute
const inReadme = "examples/ring.mjs";

/** Names of functions, methods and classes that a cell of the table calls, in code. */
const called = (cell: string): readonly (readonly [owner: string, name: string])[] =>
  [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) =>
    [...code.matchAll(/(?:(\w+)\.)?(\w+)\(/g)].map(([, owner = "", name = ""]) => [owner, name] as const),
  );

/** What `owner.name(…)` may stand for in the table. */
const OWNERS: Readonly<Record<string, object>> = {
  "": { ...core, ...models },
  engine: core.Engine.prototype,
  x: Tensor.prototype,
  adam: core.Adam.prototype,
};

/** Rows of the table: the name in tfjs, if it has one, and the cell of this package. */
const rows = tableRows(textOf("docs/guide/from-numpy.md"))
  .filter(([first]) => first !== "tfjs")
  .map((cells) => ({ cells, tfjs: /`([\w.]+)`/.exec(cells[0] ?? "")?.[1], ours: cells.at(-1) ?? "" }));

/** Functions of tfjs that the table has at least. */
const ASKED = `tensor scalar zeros ones fill linspace range eye reshape transpose expandDims squeeze
  slice concat stack unstack split gather pad tile reverse add sub mul div pow maximum minimum abs
  exp log sqrt square tanh sigmoid relu leakyRelu elu softmax logSoftmax sum mean max min argMax
  argMin prod cumsum norm matMul dot conv2d conv2dTranspose maxPool avgPool batchNorm dropout where
  equal less greater oneHot variableGrads grad grads train.sgd train.momentum train.adam`.split(/\s+/);

/** The start of a .npy file of version 1.0 up to its values, written by hand. */
const npyHead = (shape: string): string =>
  `${`\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(127)}\n`;

const bytesOf = (head: string, values: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(Float32Array.from(values).buffer)]);

describe("guide", {
  "has a page for each row of its index"() {
    const index = textOf("docs/guide/README.md");
    const linked = [...index.matchAll(/\]\((\w[\w-]*\.md)\)/g)].map(([, name]) => `docs/guide/${name}`);
    assert.equal(linked.sort(), pages.filter((page) => page !== "docs/guide/README.md").sort());
    assert.ok(pages.length >= 12, `${pages.length} pages`);
  },

  "has every example but that of the README, word for word, each with two lines on what it shows"() {
    const examples = readdirSync("examples").filter((name) => name.endsWith(".mjs"));
    const paths = examples.map((name) => `examples/${name}`).filter((path) => path !== inReadme);
    assert.equal(programs.map(({ path }) => path).sort(), paths.sort());
    for (const { path, text } of programs) {
      assert.is(text, readFileSync(path, "utf8"), path);
      assert.match(text, /^\/\/ .+\n\/\/ Shows? .+\n(?!\/\/)/, path);
    }
  },

  "every name that an example takes from the package is exported"() {
    let count = 0;
    for (const name of readdirSync("examples").filter((name) => name.endsWith(".mjs"))) {
      const text = readFileSync(`examples/${name}`, "utf8");
      if (!text.includes('import * as b from "brenier"')) continue;
      for (const [, used = ""] of text.matchAll(/(?<![\w.])b\.(\w+)/g)) {
        assert.ok(used in core, `${name}: b.${used}`);
        count++;
      }
    }
    assert.ok(count >= 40, `${count} names`);
  },

  "its linear regression has at most 15 lines"() {
    const { text = "" } = programs.find(({ path }) => path === "examples/regression.mjs") ?? {};
    assert.ok(text.trimEnd().split("\n").length <= 15);
  },

  "its programs print what is shown, and write what it says"() {
    const folder = mkdtempSync(join(tmpdir(), "brenier-guide-"));
    try {
      for (const { path, shown } of programs) if (path !== DEEP) assert.is(runProgram(path, folder), shown, path);
      holdPicture(join(folder, "spirals.png"), "docs/guide/spirals.png");
      holdFiles(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  "the convolutional network reads 98 % of the test digits (with BRENIER_DEEP=1)"() {
    const share = /^right: (\d+\.\d\d) %\n$/;
    const { shown = "" } = programs.find(({ path }) => path === DEEP) ?? {};
    for (const text of process.env["BRENIER_DEEP"] === "1" ? [shown, runProgram(DEEP, ".")] : [shown]) {
      assert.ok(Number(share.exec(text)?.[1]) >= 98, text);
    }
  },
});

describe("the guide's commands and names", {
  "its commands know the flags that it gives them"() {
    const count = pages.reduce((sum, page) => sum + holdCommands(page), 0);
    assert.ok(count >= 25, `${count} commands`);
  },

  "what its pieces of code import is exported"() {
    let count = 0;
    for (const page of pages) {
      for (const block of blocks(textOf(page), "js")) {
        for (const [, names = "", entry = ""] of block.matchAll(/^import \{ ([^}]+) \} from "(brenier[\w/]*)";$/gm)) {
          for (const name of names.split(/,\s*/)) {
            assert.ok(name in (ENTRIES[entry] ?? {}), `${page}: ${name} of ${entry}`);
            count++;
          }
        }
      }
    }
    assert.ok(count >= 40, `${count} names`);
  },

  "the names in its table of entries are exported by the entry of their row"() {
    let [entry, count] = ["", 0];
    for (const [first = "", rest = ""] of tableRows(textOf("docs/guide/library.md"))) {
      entry = /^`(brenier[\w/]*)`$/.exec(first)?.[1] ?? (first === "" ? entry : "");
      const exported = ENTRIES[entry];
      if (exported === undefined) continue; // the heading
      for (const [, list = ""] of rest.matchAll(/`([\w ]+)`/g)) {
        for (const name of list.split(" ")) {
          assert.ok(name in exported, `${entry} does not export ${name}`);
          count++;
        }
      }
    }
    assert.ok(count >= 60, `${count} names`);
  },

  "all of the paper has a file that has it, by the name that is given"() {
    const all = tableRows(textOf("docs/guide/paper.md")).filter(([first]) => first !== "in the paper");
    assert.ok(all.length >= 30, `${all.length} rows`);
    for (const [what, place = "", name = ""] of all) {
      const file = /^`(src\/[\w/]+\.ts)`$/.exec(place)?.[1];
      assert.ok(file !== undefined && existsSync(file), `${what}: ${place}`);
      const [, exported = "", where = ""] = /^`(\w+)`(?: of `(brenier[\w/]*)`|, internal)/.exec(name) ?? [];
      assert.match(
        textOf(file),
        new RegExp(`^export (async )?(function\\*? |const )${exported}\\b`, "m"),
        `${what}: ${name}`,
      );
      const entries = Object.entries(ENTRIES).filter(([, face]) => exported in face);
      if (where === "") assert.equal(entries, [], `${exported} is public`);
      else assert.ok(exported in (ENTRIES[where] ?? {}), `${what}: ${name}`);
    }
  },

  "it names every experiment of reproduce, and no other"() {
    const cells = tableRows(textOf("docs/guide/reproduce.md")).map(([first = ""]) => first);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
    assert.equal(named.sort(), EXPERIMENTS.map(({ name }) => name).sort());
  },

  "the tests that hold its table of faults are there"() {
    const named = [...textOf("docs/guide/faults.md").matchAll(/`((?:test\/)?[\w/]+\.test\.ts)`/g)];
    assert.ok(named.length >= 10, `${named.length} tests`);
    for (const [, name = ""] of named) {
      assert.ok(existsSync(name.startsWith("test/") ? name : `test/faults/${name}`), name);
    }
  },
});

describe("the table of names", {
  "has every function that was asked for, and a counterpart of 85 % of them and of all rows"() {
    const names = rows.map(({ tfjs }) => tfjs);
    for (const name of ASKED) assert.is(names.filter((other) => other === name).length, 1, name);
    const share = (some: typeof rows): number => some.filter(({ ours }) => !ours.startsWith("—")).length / some.length;
    const asked = rows.filter(({ tfjs }) => tfjs !== undefined && ASKED.includes(tfjs));
    assert.ok(share(asked) >= 0.85, `${share(asked)}`);
    assert.ok(share(rows) >= 0.85, `${share(rows)}`);
  },

  "has five cells a row, and names only what is exported"() {
    let count = 0;
    for (const { cells, ours } of rows) {
      assert.is(cells.length, 5, cells.join(" | "));
      const names = called(ours);
      assert.ok(names.length > 0 || ours.startsWith("—"), ours);
      for (const [owner, name] of names) {
        assert.ok(name in (OWNERS[owner] ?? {}), `${owner}.${name} of ${ours}`);
        count++;
      }
    }
    assert.ok(count >= 100, `${count} names`);
  },
});

/**
 * The picture is that of the guide, for adapters that round otherwise to one of 255 levels in the
 * mean.
 */
function holdPicture(path: string, expected: string): void {
  const drawn = decodePng(readFileSync(path), path);
  const shown = decodePng(readFileSync(expected), expected);
  assert.equal([drawn.width, drawn.height], [shown.width, shown.height]);
  const off = drawn.rgba.reduce((sum, level, i) => sum + Math.abs(level - (shown.rgba[i] ?? Number.NaN)), 0);
  assert.ok(off / drawn.rgba.length <= 1, `${off / drawn.rgba.length} levels`);
}

/** What the program read is what NumPy writes, and what it wrote is what NumPy reads. */
function holdFiles(folder: string): void {
  const points = bytesOf(npyHead("(2, 3)"), [0.5, 1, -2, 3, 0, 0.25]);
  assert.equal(readFileSync("examples/points.npy"), points);
  assert.equal(readFileSync(join(folder, "result.npy")), bytesOf(npyHead("(2, 2)"), [-1, 3.5, 3.75, -0.75]));
  for (const path of ["examples/layer.safetensors", join(folder, "result.safetensors")]) {
    const bytes = readFileSync(path);
    const start = 8 + Number(bytes.readBigUInt64LE());
    const { w, b } = JSON.parse(bytes.subarray(8, start).toString());
    for (const [{ dtype, shape, data_offsets }, expectedShape, expected] of [
      [w, [3, 2], [1, 0, 0, 2, 1, -1]],
      [b, [2], [0.5, -0.5]],
    ]) {
      assert.equal([dtype, shape], ["F32", expectedShape], path);
      const [from, to] = data_offsets;
      assert.equal(bytes.subarray(start + from, start + to), bytesOf("", expected), path);
    }
  }
}
