// What a page's bundler makes of a program with the package: one file without imports, in which no
// kernel is that the program does not run.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

interface Size {
  readonly name: string;
  readonly program: string;
  readonly most: number;
}

const script = (name: string) => import(pathToFileURL(resolve("scripts", name)).href);
const { bundle } = (await script("bundle.mjs")) as { readonly bundle: (program: string) => Promise<string> };
const { PROGRAMS, sizeOf, MOST_PACKED, packedSize } = (await script("sizes.mjs")) as {
  readonly PROGRAMS: readonly Size[];
  readonly sizeOf: (size: Size) => Promise<number>;
  readonly MOST_PACKED: number;
  readonly packedSize: () => number;
};

const kernelsOf = (text: string): string[] =>
  [...text.matchAll(/\bname:"(\w+)",constants:/g)].map(([, name = ""]) => name);

describe("a bundle", {
  async "has the kernels of what is imported, and no others"() {
    const text = await bundle('export { Engine, matmul, add } from "brenier";');
    assert.not.match(text, /\bimport\b|\brequire\b/);
    const products = ["matmulPortable", "matmulQuads", "matmulSubgroup", "matmulTiled"];
    // A product is a sum of parts where it is small, and copies rows of another pitch.
    const parts = ["move", "sum", "sumVectors"];
    assert.equal(kernelsOf(text).sort(), [...parts, "elementwise", "elementwiseBroadcast", ...products].sort());
  },

  async "has none where none is needed"() {
    assert.equal(kernelsOf(await bundle('export { solveExact } from "brenier/ot";')), []);
  },

  async "runs without text that is turned into code, which pages with a policy refuse"() {
    const all = ["", "/ot", "/models", "/metrics"].map((face) => `export * from "brenier${face}";`).join("\n");
    const text = await bundle(all);
    assert.ok(kernelsOf(text).length > 40);
    assert.not.match(text, /\beval\(|new Function\b|\bimport\(|\bprocess\.|\bBuffer\./);
  },

  async "weighs no more than is allowed, and neither does the package"() {
    for (const size of PROGRAMS) {
      const kB = await sizeOf(size);
      assert.ok(kB > 0 && kB <= size.most, `${size.name}: expected at most ${size.most} kB, got ${kB}`);
    }
    const packed = packedSize();
    assert.ok(packed > 0 && packed <= MOST_PACKED, `the package: expected at most ${MOST_PACKED} kB, got ${packed}`);
  },
});
