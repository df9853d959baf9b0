// Kernels of programs: what their texts declare is read as the build reads those of shaders/.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { evaluate } from "../../src/kernels/expression.ts";
import { kernel } from "../../src/kernels/kernelText.ts";
import * as shaders from "../../src/kernels/shaders.generated.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const TEXTURE = "texture_storage_2d<rgba32float, read>";
const TEXT = `// y = x³ for each element.
//@flops 8 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FAST: bool = false;  //@constant

struct Params {
  vectors: u32,
  alpha: f32,  // unused
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var t: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> count: array<atomic<u32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u) {}
`;

/** A file of shaders/, with the files that it includes. */
const source = (path: string): string =>
  readFileSync(path, "utf8").replace(/^\/\/@include (\w+)\n/gm, (_, name) => source(`shaders/include/${name}.wgsl`));

/** A text without its comments, but for the directives that it is specialised by. */
const bare = (text: string): string => text.replace(/\/\/(?!@constant|@unroll).*/g, "").replace(/(\/\/@\w+).*/g, "$1");

describe("kernel", {
  "reads what a text declares"() {
    const { flops, code, ...read } = kernel("cube", TEXT);
    assert.equal(read, {
      name: "cube",
      constants: { WORKGROUP_SIZE: 64, FAST: false },
      params: { vectors: "u32", alpha: "f32" },
      buffers: { x: "read", t: "read", count: "read_write" },
      textures: ["t"],
      dtypes: { x: "f32", t: "f32", count: "u32" },
    });
    assert.is(code, TEXT);
    assert.is(flops({ vectors: 5 }, [1, 1, 1]), 40);
  },

  "reads every shader of the package as the build did, operations counted too"() {
    for (const { flops: expected, code: shipped, ...shader } of Object.values(shaders)) {
      const { flops, code, ...read } = kernel(shader.name, source(`shaders/${shader.name}.wgsl`));
      assert.equal(read, { ...shader });
      assert.is(shipped.replace(/\s+/g, ""), bare(code).replace(/\s+/g, ""));
      assert.not.match(shipped, /\/\/(?!@constant$|@unroll$)/m);
      const params = Object.fromEntries(Object.keys(shader.params).map((name, i) => [name, 3 + ((5 * i) % 7)]));
      assert.is(flops(params, [2, 3, 5]), expected(params as never, [2, 3, 5]), shader.name);
    }
  },

  "refuses what breaks a rule, and says which"() {
    for (const [from, to, message] of [
      ["// y", "y", "a comment with the formula in line 1"],
      ["fn main(", "fn start(", "an entry point `@compute … fn main(…)`, got none"],
      ["//@flops 8 * vectors\n", "", "a line `//@flops FORMULA`, got none"],
      ["8 * vectors", "8 * columns", "params, gx, gy or gz in //@flops, got `columns`"],
      ["8 * vectors", "8 ** vectors", "a number or a name, got `*` in `8 ** vectors` of //@flops"],
      ["8 * vectors", "8 * (vectors", "`)`, got `` in `8 * (vectors` of //@flops"],
      ["8 * vectors", "8 vectors", "an operator or the end, got `vectors` in `8 vectors` of //@flops"],
      ["  vectors: u32,", "  vectors: vec2u,", "fields `  name: u32,`, i32 or f32, in Params, got `vectors: vec2u,`"],
      ["struct Params", "struct Sizes", "`struct Params {` with one field to a line, got none"],
      ["  vectors: u32,", "  a: u32,\n".repeat(64).trimEnd(), "at most 64 fields (256 bytes) in Params, got 65"],
      ["binding(2)", "binding(4)", "binding 2 next, in file order, got `t` as 4"],
      ["group(0) @binding(2)", "group(1) @binding(2)", "every binding in group 0, got `t` in 1"],
      [
        "var<storage, read> x",
        "var<storage,read> x",
        "each binding on a line `@group(0) @binding(1) var<storage, read> x",
      ],
      ["array<vec4f>", "array<vec4i>", "f32 or u32 values, got `x: array<vec4i>`"],
      ["array<vec4f>", TEXTURE, "buffers and textures to read, got `x: texture_storage_2d<rgba32float, read>`"],
      [
        "params: Params",
        "sizes: Params",
        "`var<uniform> params: Params` as binding 0 and nowhere else, got `sizes` as 0",
      ],
      [
        "var<storage, read> x",
        "var<uniform> x",
        "`var<uniform> params: Params` as binding 0 and nowhere else, got `x` as 1",
      ],
      ["u32 = 64;", "u32 = A + 1;", "each `//@constant` behind `const NAME: i32 = 1;`, u32 or bool, got 1 of 2"],
      ["\nstruct", "//@include philox\nstruct", "a whole text, got `//@include`"],
    ] as const) {
      assert.ok(TEXT.includes(from), from);
      throws(() => kernel("cube", TEXT.replace(from, to)), `cube: expected ${message}`);
    }
    throws(() => kernel("a cube", TEXT), 'kernel: expected an identifier as its name, got "a cube"');
    throws(() => kernel("cube", undefined as never), "cube: expected its text in WGSL, got undefined");
  },

  // Seed 1; exact: the host's own arithmetic in the same order.
  "expressions have the values that JavaScript gives them"() {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4, depthIdentifier: "e" },
        fc.constantFrom("3", "7", "2.5", "a", "b"),
        fc
          .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/", "%"), tie("expression"))
          .map((p) => p.join(" ")),
        tie("expression").map((e) => `(${e})`),
        tie("expression").map((e) => `-${e.startsWith("-") ? `(${e})` : e}`),
        fc.tuple(tie("expression"), tie("expression")).map(([x, y]) => `Math.max(${x}, Math.ceil(${y}))`),
        fc.tuple(tie("expression"), tie("expression")).map(([x, y]) => `(${x} < ${y} ? ${y} : a)`),
      ),
    }));
    const names = new Map([
      ["a", 4],
      ["b", 0.5],
    ]);
    const property = fc.property(expression, (text) => {
      const expected: unknown = new Function("a", "b", `return ${text}`)(4, 0.5);
      assert.equal(
        evaluate(text, (name) => names.get(name) ?? Number.NaN),
        expected,
        text,
      );
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  },
});
