import { conv2dTranspose } from "../../src/index.ts";
import { type Case, fill, permute, renewal } from "../case.ts";
import { upAt, windowFlops } from "../expected.ts";
import { halving } from "./conv2d.ts";

/** conv2dTranspose through the public op: half of `large` → `large`, 32 → 16 channels. */
export function conv2dTransposeCase(batch: number, large: number): Case<"x" | "w"> {
  const g = halving(batch, large);
  const shapes = { x: [batch, g.small, g.small, g.d], w: [g.kernel, g.kernel, g.c, g.d] };
  const options = { stride: g.stride, padding: g.padding, outputPadding: 1 };
  return {
    name: "conv2dTranspose",
    shape: `${batch}×${g.small}×${g.small}×${g.d}→${g.c}, k3 s2`,
    flops: windowFlops(g),
    tolerance: 2e-5,
    inputs: () => ({ x: fill(batch * g.small ** 2 * g.d, 3), w: fill(9 * g.c * g.d, 2) }),
    ours(engine, inputs) {
      const [x, w] = [engine.tensor(inputs.x, shapes.x), engine.tensor(inputs.w, shapes.w)];
      const { renew, close } = renewal(engine, x, w);
      const product = () => conv2dTranspose(x, w, options);
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
    expected: ({ x, w }) => ({ y: upAt(g, x, w) }),
    tfjs(tf, inputs) {
      const [x, w] = [tf.tensor(inputs.x, shapes.x), tf.tensor(inputs.w, shapes.w)];
      const output = [batch, large, large, g.c];
      return { run: () => ({ y: tf.conv2dTranspose(x, w, output, g.stride, g.padding) }) };
    },
    jax({ numpy, lax }, inputs) {
      const x = numpy.array(permute(inputs.x, shapes.x, [0, 3, 1, 2])).reshape([batch, g.d, g.small, g.small]);
      const w = numpy.array(permute(inputs.w, shapes.w, [3, 2, 0, 1])).reshape([g.d, g.c, 3, 3]);
      // Unequal padding makes the output's side even, as outputPadding 1 does.
      const padding = [
        [1, 0],
        [1, 0],
      ] as const;
      const run = () => ({ y: lax.convTranspose(x.ref, w.ref, [2, 2], padding, { transposeKernel: true }) });
      return { run, check: () => ({ y: numpy.transpose(run().y, [0, 2, 3, 1]) }) };
    },
    onnx: (inputs) => ({
      op: "ConvTranspose",
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
      inputs: [
        { shape: [batch, g.d, g.small, g.small], values: permute(inputs.x, shapes.x, [0, 3, 1, 2]) },
        { shape: [g.d, g.c, 3, 3], values: permute(inputs.w, shapes.w, [3, 2, 0, 1]) },
      ],
      output: [batch, g.c, large, large],
      read: (y) => permute(y, [batch, g.c, large, large], [0, 2, 3, 1]),
    }),
  };
}
