import { conv2d, valueAndGrad } from "../../src/index.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { type Case, fill, permute, renewal } from "../case.ts";
import { downAt, upAt, type Window, weightAt, windowFlops } from "../expected.ts";

/** 3×3, stride 2, padding 1: images of `large`² pixels to half of that, 16 → 32 channels. */
export const halving = (batch: number, large: number): Window => ({
  batch,
  large,
  c: 16,
  small: large / 2,
  d: 32,
  kernel: 3,
  stride: 2,
  padding: 1,
});

const BOTH = [2, 2] as const;
const PADDING = [
  [1, 1],
  [1, 1],
] as const;

/**
 * conv2d through the public op: the forward pass alone, or with the gradients of input and weights.
 */
export function conv2dCase(batch: number, large: number, gradients: boolean): Case<"x" | "w" | "dy"> {
  const g = halving(batch, large);
  const shapes = {
    x: [batch, large, large, g.c],
    w: [g.kernel, g.kernel, g.c, g.d],
    dy: [batch, g.small, g.small, g.d],
  };
  const options = { stride: g.stride, padding: g.padding };
  const own: Case<"x" | "w" | "dy"> = {
    name: gradients ? "conv2d + both gradients" : "conv2d",
    shape: `${batch}×${large}×${large}×${g.c}→${g.d}, k3 s2`,
    flops: windowFlops(g) * (gradients ? 3 : 1),
    tolerance: 2e-5,
    inputs: () => ({
      x: fill(batch * large ** 2 * g.c, 1),
      w: fill(9 * g.c * g.d, 2),
      dy: fill(batch * g.small ** 2 * g.d, 3),
    }),
    ours(engine, inputs) {
      const [x, w] = [engine.tensor(inputs.x, shapes.x), engine.tensor(inputs.w, shapes.w)];
      const dy = engine.tensor(inputs.dy, shapes.dy);
      const { renew, close } = renewal(engine, x, w, dy);
      const forward = () => conv2d(x, w, options);
      const all = () => {
        if (!gradients) return { y: forward() };
        const { value: y, gradients: found } = valueAndGrad([x, w], forward, dy);
        return { y, dx: found[0], dw: found[1] };
      };
      return {
        run() {
          renew();
          engine.scope(() => void all());
        },
        async results() {
          const made = engine.scope(all);
          const read: Record<string, Float32Array> = {};
          for (const [name, tensor] of Object.entries(made)) read[name] = await engine.read(tensor);
          dispose(...Object.values(made));
          return read;
        },
        close,
      };
    },
    expected({ x, w, dy }) {
      const y = downAt(g, x, w);
      return gradients ? { y, dx: upAt(g, dy, w), dw: weightAt(g, x, dy) } : { y };
    },
    tfjs(tf, inputs) {
      const [x, w] = [tf.tensor(inputs.x, shapes.x), tf.tensor(inputs.w, shapes.w)];
      const dy = tf.tensor(inputs.dy, shapes.dy);
      const forward = (a: typeof x, b: typeof x) => tf.conv2d(a, b, g.stride, g.padding);
      if (!gradients) return { run: () => ({ y: forward(x, w) }) };
      const backward = tf.valueAndGrads((a, b) => forward(a ?? x, b ?? w));
      return {
        run() {
          const { value: y, grads } = backward([x, w], dy);
          return { y, dx: grads[0] ?? y, dw: grads[1] ?? y };
        },
      };
    },
    jax(jax, inputs) {
      // jax-js has channels first. The inputs are reordered beforehand, and the outputs only for
      // the comparison.
      const { numpy, lax } = jax;
      const x = numpy.array(permute(inputs.x, shapes.x, [0, 3, 1, 2])).reshape([batch, g.c, large, large]);
      const w = numpy.array(permute(inputs.w, shapes.w, [3, 2, 0, 1])).reshape([g.d, g.c, g.kernel, g.kernel]);
      const dy = numpy.array(permute(inputs.dy, shapes.dy, [0, 3, 1, 2])).reshape([batch, g.d, g.small, g.small]);
      const forward = (a: typeof x, b: typeof x) => lax.convGeneralDilated(a, b, BOTH, PADDING);
      const apart = (y: typeof x) => numpy.transpose(y, [0, 2, 3, 1]);
      if (!gradients) {
        const run = () => ({ y: forward(x.ref, w.ref) });
        return { run, check: () => ({ y: apart(run().y) }) };
      }
      const all = jax.jit((a: typeof x, b: typeof x, d: typeof x) => {
        const [y, backward] = jax.vjp((p, q) => forward(p ?? a, q ?? b), [a, b]);
        return [y, ...backward(d)] as [typeof x, typeof x, typeof x];
      });
      const run = () => {
        const [y, dx, dw] = all(x.ref, w.ref, dy.ref);
        return { y, dx, dw };
      };
      const check = () => {
        const { y, dx, dw } = run();
        return { y: apart(y), dx: apart(dx), dw: numpy.transpose(dw, [2, 3, 1, 0]) };
      };
      return { run, check };
    },
  };
  if (gradients) return own;
  return {
    ...own,
    onnx: (inputs) => ({
      op: "Conv",
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
      inputs: [
        { shape: [batch, g.c, large, large], values: permute(inputs.x, shapes.x, [0, 3, 1, 2]) },
        { shape: [g.d, g.c, 3, 3], values: permute(inputs.w, shapes.w, [3, 2, 0, 1]) },
      ],
      output: [batch, g.d, g.small, g.small],
      read: (y) => permute(y, [batch, g.d, g.small, g.small], [0, 2, 3, 1]),
    }),
  };
}
