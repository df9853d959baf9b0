// Broadcasting and numbers as operands: the rules, and that every function by element gives the
// same bits however its operands come.
import * as assert from "uvu/assert";
import { dispose } from "../../src/kernels/dispose.ts";
import { broadcastShape, mergeAxes } from "../../src/tensor/broadcasting.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import type { BinaryFunction } from "../../src/tensor/ops/byElement.ts";
import * as comparisons from "../../src/tensor/ops/compare.ts";
import * as ops from "../../src/tensor/ops/elementwise.ts";
import { maximum, minimum } from "../../src/tensor/ops/maximum.ts";
import type { Operand } from "../../src/tensor/ops/operands.ts";
import { pow } from "../../src/tensor/ops/pow.ts";
import { broadcast } from "../../src/tensor/ops/sum.ts";
import { where } from "../../src/tensor/ops/where.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";
import { engines, onEveryFamily } from "../support/families.ts";
import { on, planted } from "../support/planted.ts";
import { SPECIAL } from "../support/specialRows.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const leaky: BinaryFunction = (a: Operand, b: Operand) => ops.leakyReluGrad(a as Tensor, b, 0.25);
/** Every function of two operands. */
const FUNCTIONS: Readonly<Record<string, BinaryFunction>> = {
  add: ops.add,
  sub: ops.sub,
  mul: ops.mul,
  div: ops.div,
  reluGrad: ops.reluGrad,
  leakyReluGrad: leaky,
  signMul: ops.signMul,
  weigh: ops.weigh,
  equal: comparisons.equal,
  notEqual: comparisons.notEqual,
  less: comparisons.less,
  lessEqual: comparisons.lessEqual,
  greater: comparisons.greater,
  greaterEqual: comparisons.greaterEqual,
  maximum,
  minimum,
  pow,
};

describe("broadcasting", {
  "shapes broadcast as in NumPy"() {
    const rows: readonly (readonly [result: Shape, ...operands: Shape[]])[] = [
      [[], [], []],
      [[3], [], [3]],
      [[2, 3], [2, 3], [3]],
      [
        [2, 3],
        [2, 1],
        [1, 3],
      ],
      [[2, 3], [1, 2, 1].slice(1), [3]],
      [
        [4, 1, 3],
        [4, 1, 1],
        [1, 3],
      ],
      [
        [2, 3, 4, 5, 6],
        [3, 1, 5, 1],
        [2, 1, 4, 1, 6],
      ],
      [[7, 8], [8], [7, 1], []],
    ];
    for (const [result, ...operands] of rows) {
      assert.equal(broadcastShape("f", ...operands), result);
      assert.equal(broadcastShape("f", ...operands.reverse()), result);
    }
  },

  "shapes that do not are named"() {
    throws(() => broadcastShape("add", [2, 3], [4]), "add: expected shapes that broadcast, got [2, 3] and [4]");
    throws(() => broadcastShape("add", [2], [2, 3]), "add: expected shapes that broadcast, got [2] and [2, 3]");
    throws(() => broadcastShape("f", [2], [1], [3]), "f: expected shapes that broadcast, got [2], [1] and [3]");
  },

  "axes that operands repeat alike are merged, and those of length 1 left out"() {
    const lengths = (shape: Shape, ...operands: Shape[]) =>
      mergeAxes(shape, operands).map(({ length, strides }) => [length, ...strides]);
    assert.equal(lengths([2, 3, 4], [2, 3, 4], [2, 3, 4]), [[24, 1, 1]]);
    assert.equal(lengths([2, 3, 4], [2, 3, 4], [4]), [
      [6, 4, 0],
      [4, 1, 1],
    ]);
    assert.equal(lengths([2, 1, 3, 4], [2, 1, 3, 4], [2, 1, 1, 1]), [
      [2, 12, 1],
      [12, 1, 0],
    ]);
    assert.equal(lengths([2, 3], [2, 1], [3]), [
      [2, 1, 0],
      [3, 0, 1],
    ]);
    assert.equal(lengths([1, 1], [1], [1, 1]), []);
  },
});

onEveryFamily("operands", (engine) => ({
  async "a repeated operand and a number give the bits that a whole tensor gives, special values among them"() {
    const n = SPECIAL.length;
    for (const [name, f] of Object.entries(FUNCTIONS)) {
      // Results with a number on the left, then on the right, behind one another.
      const gathered = engine.empty([64 * 2 * n]); // views begin at multiples of 64
      const { pairs, columns } = engine.scope(() => {
        const x = engine.tensor(SPECIAL);
        const [rows, line] = [engine.reshape(x, [n, 1]), engine.reshape(x, [1, n])];
        for (const [i, v] of SPECIAL.entries()) {
          engine.copy(name, f(v, x).buffer, engine.view(gathered, [n], 64 * i).buffer);
          engine.copy(name, f(x, v).buffer, engine.view(gathered, [n], 64 * (n + i)).buffer);
        }
        return { pairs: f(broadcast(rows, [n, n]), broadcast(line, [n, n])), columns: f(rows, x) };
      });
      const bits = async (y: Tensor) => new Uint32Array((await engine.read(y)).buffer);
      const [expected, numbers] = [await bits(pairs), await bits(gathered)];
      assert.equal(await bits(columns), expected, name);
      for (const [i, v] of SPECIAL.entries()) {
        const from = (first: number) => numbers.slice(64 * first, 64 * first + n);
        assert.equal(from(i), expected.slice(i * n, (i + 1) * n), `${name} of ${v}`);
        assert.equal(
          from(n + i),
          expected.filter((_, at) => at % n === i),
          `${name} by ${v}`,
        );
      }
      dispose(gathered, pairs, columns);
    }
  },

  async "large and odd shapes, in fours and not, in one sweep and by copies"() {
    const list: readonly (readonly [Shape, Shape])[] = [
      [[100_003], []],
      [[5001, 33], [33]],
      [
        [5001, 33],
        [5001, 1],
      ],
      [
        [300, 1, 64],
        [1, 70, 64],
      ],
      [
        [513, 1],
        [1, 257],
      ],
      [
        [1, 512],
        [257, 1],
      ],
      [
        [7, 31, 5, 33],
        [7, 1, 5, 1],
      ],
      [
        [6, 1, 9, 1, 8],
        [1, 5, 1, 7, 1],
      ],
      [
        [2, 1, 3, 1, 4, 1, 5],
        [1, 3, 1, 4, 1, 5, 1],
      ],
    ];
    for (const [left, right] of list) {
      const numbers = (shape: Shape, step: number) =>
        Float32Array.from({ length: size(shape) }, (_, i) => (i * step) % 1009);
      const { fused, whole, chosen, picked } = engine.scope(() => {
        const [a, b] = [engine.tensor(numbers(left, 7), left), engine.tensor(numbers(right, 13), right)];
        const fused = ops.sub(a, b);
        const [x, y] = [broadcast(a, fused.shape), broadcast(b, fused.shape)];
        return { fused, whole: ops.sub(x, y), chosen: where(a, b, a), picked: where(x, y, x) };
      });
      assert.equal(await engine.read(fused), await engine.read(whole), `${left} and ${right}`);
      assert.equal(await engine.read(chosen), await engine.read(picked), `where of ${left} and ${right}`);
      dispose(fused, whole, chosen, picked);
    }
  },

  "an op frees the copies it makes"() {
    const [a, b] = [engine.ones([2, 1, 3, 1]), engine.ones([1, 4, 1, 5])];
    const before = engine.memory().inUse;
    ops.add(a, b).dispose();
    where(a, b, 0).dispose();
    assert.is(engine.memory().inUse, before);
    dispose(a, b);
  },

  ...(engine === engines[0] && {
    "what is no operand is refused in one line that names op and operand"() {
      const x = engine.ones([2, 3]);
      for (const [name, f] of Object.entries(FUNCTIONS)) {
        const call = f as (a: unknown, b: unknown) => Tensor;
        throws(() => call(1, 2), `${name}: expected a tensor among \`a\` and \`b\`, got numbers alone`);
        throws(() => call("2", x), `${name}: expected a tensor or a number as \`a\`, got the text "2"`);
        throws(() => call(x, undefined), `${name}: expected a tensor or a number as \`b\`, got undefined`);
        throws(() => call(x, null), `${name}: expected a tensor or a number as \`b\`, got null`);
        throws(
          () => call([1], x),
          `${name}: expected a tensor or a number as \`a\`, got an array; make one by \`engine.tensor\``,
        );
        throws(
          () => call(x, new Float32Array(3)),
          `${name}: expected a tensor or a number as \`b\`, got an object of class Float32Array`,
        );
        throws(() => call(x, engine), `${name}: expected a tensor or a number as \`b\`, got an object`);
        throws(() => call(x, engine.ones([4])), `${name}: expected shapes that broadcast, got [2, 3] and [4]`);
      }
      throws(() => ops.exp(2 as never), "exp: expected a tensor as `x`, got 2");
      x.dispose();
    },

    "an axis of length 0 is refused by name, however a tensor is made"() {
      const x = engine.ones([2]);
      const refused = "expected positive integer lengths, got [0, 2]";
      for (const [op, f] of [
        ["tensor", () => engine.tensor([], [0, 2])],
        ["tensor", () => engine.zeros([0, 2])],
        ["tensor", () => engine.ones([0, 2])],
        ["tensor", () => engine.empty([0, 2])],
        ["reshape", () => engine.reshape(x, [0, 2])],
        ["view", () => engine.view(x, [0, 2])],
        ["broadcast", () => broadcast(x, [0, 2])],
      ] as const) {
        throws(f, `${op}: ${refused}`);
      }
      throws(() => engine.tensor([]), "tensor: expected positive integer lengths, got [0]");
      x.dispose();
    },
  }),
}));

describe("operands", {
  ...planted("elementwiseBroadcast", {
    family: "portable",
    from: "vec4u(at.y, p.y, q.y, r.y) * m",
    to: "vec4u(at.y, p.y, q.y, q.y) * m",
    work: on((a, b) => ops.mul(a, b), [4, 3], [4, 1]),
  }),
});
