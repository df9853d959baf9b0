import { matmul } from "../../src/index.ts";
import { type Case, fill, renewal } from "../case.ts";
import { matmulAt } from "../expected.ts";

/**
 * The matrix product [m, k]·[k, n] through the public op. Peers run only the form without
 * transposition.
 */
export function matmulCase(m: number, k: number, n: number, transposeA = false, transposeB = false): Case<"a" | "b"> {
  const [aShape, bShape] = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]];
  const marks = `${transposeA ? "ᵀ" : ""}·[${k}, ${n}]${transposeB ? "ᵀ" : ""}`;
  const own: Case<"a" | "b"> = {
    name: "matmul",
    shape: m === k && k === n ? `${m}³` : `[${m}, ${k}]${marks}`,
    flops: 2 * m * k * n,
    tolerance: 2e-5,
    inputs: () => ({ a: fill(m * k, 1), b: fill(k * n, 2) }),
    ours(engine, { a, b }) {
      const x = { a: engine.tensor(a, aShape), b: engine.tensor(b, bShape) };
      const { renew, close } = renewal(engine, x.a, x.b);
      const product = () => matmul(x.a, x.b, { transposeA, transposeB });
      return {
        run() {
          renew();
          engine.scope(() => void product());
        },
        async results() {
          const y = product();
          const values = await engine.read(y);
          y.dispose();
          return { y: values };
        },
        close,
      };
    },
    expected: ({ a, b }) => ({ y: matmulAt(a, b, [m, n, k], transposeA, transposeB) }),
  };
  if (transposeA || transposeB) return own;
  return {
    ...own,
    tfjs(tf, { a, b }) {
      const x = { a: tf.tensor(a, aShape), b: tf.tensor(b, bShape) };
      return { run: () => ({ y: tf.matMul(x.a, x.b) }) };
    },
    jax({ numpy }, { a, b }) {
      const x = { a: numpy.array(a).reshape(aShape), b: numpy.array(b).reshape(bShape) };
      return { run: () => ({ y: numpy.matmul(x.a.ref, x.b.ref) }) };
    },
    onnx: ({ a, b }) => ({
      op: "MatMul",
      attributes: {},
      inputs: [
        { shape: aShape, values: a },
        { shape: bShape, values: b },
      ],
      output: [m, n],
    }),
  };
}
