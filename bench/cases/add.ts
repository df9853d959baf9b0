import { add } from "../../src/index.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { type Case, fill } from "../case.ts";

/** a + b elementwise through the public op, which reads two arrays and writes one. */
export function addCase(count: number): Case<"a" | "b"> {
  return {
    name: "add",
    shape: count % (1 << 20) === 0 ? `${count >> 20} M floats` : `${count} floats`,
    flops: count,
    bytes: 12 * count,
    tolerance: 1e-6,
    inputs: () => ({ a: fill(count, 1), b: fill(count, 2) }),
    ours(engine, inputs) {
      const [a, b] = [engine.tensor(inputs.a, [count]), engine.tensor(inputs.b, [count])];
      return {
        run: () => engine.scope(() => void add(a, b)),
        async results() {
          const y = add(a, b);
          const values = await engine.read(y);
          y.dispose();
          return { y: values };
        },
        close: () => dispose(a, b),
      };
    },
    expected: ({ a, b }) => ({ y: { size: count, at: (i) => (a[i] ?? Number.NaN) + (b[i] ?? Number.NaN) } }),
    tfjs(tf, inputs) {
      const [a, b] = [tf.tensor(inputs.a, [count]), tf.tensor(inputs.b, [count])];
      return { run: () => ({ y: tf.add(a, b) }) };
    },
    jax({ numpy }, inputs) {
      const [a, b] = [numpy.array(inputs.a), numpy.array(inputs.b)];
      return { run: () => ({ y: numpy.add(a.ref, b.ref) }) };
    },
    onnx: ({ a, b }) => ({
      op: "Add",
      attributes: {},
      inputs: [
        { shape: [count], values: a },
        { shape: [count], values: b },
      ],
      output: [count],
    }),
  };
}
