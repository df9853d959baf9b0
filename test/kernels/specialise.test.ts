import * as assert from "uvu/assert";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { specialise } from "../../src/kernels/specialise.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const kernel = (code: string, constants: Kernel["constants"] = {}): Kernel => ({
  name: "k",
  params: {},
  buffers: {},
  textures: [],
  dtypes: {},
  flops: () => 0,
  constants,
  code,
});

describe("specialise", {
  "replaces the value of a constant and keeps its remark"() {
    const k = kernel("const TM: i32 = 32;  //@constant rows", { TM: 32 });
    assert.is(specialise(k, {}), k.code);
    assert.is(specialise(k, { TM: 8 }), "const TM: i32 = 8;  //@constant rows");
  },

  "unrolls nested loops with bounds made of constants"() {
    const k = kernel(
      [
        "const A: i32 = 4;  //@constant",
        "const B = (A + 1) / 2;",
        "for (var i = 0; i < B; i++) { //@unroll",
        "  for (var j = i; j < A - 2; j++) { //@unroll",
        "    x[i * 2 + j];",
        "  }",
        "}",
      ].join("\n"),
      { A: 4 },
    );
    const lines = specialise(k, {})
      .split("\n")
      .map((line) => line.trim());
    assert.equal(
      lines.filter((line) => line.startsWith("{ const i")),
      ["{ const i = 0;", "{ const i = 1;"],
    );
    assert.equal(
      lines.filter((line) => line.startsWith("{ const j")),
      ["{ const j = 0;", "{ const j = 1;", "{ const j = 1;"],
    );
  },

  "puts integer params into the text, and only those that are named"() {
    const k = { ...kernel("a[params.k + params.k4] * params.f;"), params: { k: "i32", k4: "u32", f: "f32" } } as const;
    assert.is(specialise(k, {}, { k: 3 }), "a[i32(3) + params.k4] * params.f;");
    assert.is(specialise(k, {}, { k: -1, k4: 2 }), "a[i32(-1) + u32(2)] * params.f;");
    throws(() => specialise(k, {}, { f: 1 }), "k: expected an integer param to specialise, got `f` = 1");
    throws(() => specialise(k, {}, { other: 1 }), "got `other` = 1");
  },

  "leaves other loops alone"() {
    const code = "for (var i = 0; i < 3; i++) {\n  x[i];\n}";
    assert.is(specialise(kernel(code), {}), code);
  },

  "names what is wrong"() {
    throws(() => specialise(kernel("", { A: 1 }), { C: 1 }), "k: no //@constant is named `C`");
    throws(
      () => specialise(kernel("const A: i32 = 1;  //@constant", { A: 1 }), { A: 0.5 }),
      "expected an integer or a boolean",
    );
    throws(
      () => specialise(kernel("for (var i = 0; i < N; i++) { //@unroll\n}"), {}),
      "`N` in `N` is not a known integer constant",
    );
    throws(() => specialise(kernel("for (var i = 0; i < 2; i++) { //@unroll\n  }"), {}), "no closing brace");
  },
});
