import fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../../src/tensor/engine.ts";
import { conv2d, conv2dTranspose } from "../../../../src/tensor/ops/convolution/conv2d.ts";
import type { ConvolutionOptions } from "../../../../src/tensor/ops/convolution/geometry.ts";
import { sum } from "../../../../src/tensor/ops/sum.ts";
import * as reference from "../../../../src/tensor/reference/conv2d.ts";
import type { Values } from "../../../../src/tensor/reference/reference.ts";
import { checkOp, values } from "../../../support/checkOp.ts";
import { ofLarge, ofSmall } from "../../../support/convolutions.ts";
import { onEveryFamily } from "../../../support/families.ts";
import { throws } from "../../../support/throws.ts";

const small = fc.integer({ min: 1, max: 3 });
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
/**
 * Small counts take every path: unfolding, and the direct kernels of the subgroup family where one
 * is even and the other a multiple of 4.
 */
const channels = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })),
  fc.constantFrom([4, 8], [8, 4], [12, 36], [4, 20], [4, 68]),
);

/**
 * Channels of whole, half and uneven tiles of the direct kernels, whose gradients of weights spread
 * rows or columns over the lanes, and taps whose pixels all lie in the padding.
 */
const manyChannels = fc
  .record({
    batch: fc.integer({ min: 1, max: 9 }),
    size: pair(1, 6),
    kernel: pair(1, 4),
    stride: pair(1, 3),
    padding: pair(0, 5),
    channels: fc.oneof(
      fc.constantFrom([16, 4], [32, 4], [32, 36], [48, 8], [16, 48]),
      fc.constantFrom([4, 32], [12, 44], [48, 20], [32, 24], [48, 32]),
    ),
  })
  .filter(({ size, kernel, padding }) => size.every((n, i) => n + 2 * (padding[i] ?? 0) >= (kernel[i] ?? 0)))
  .chain(({ batch, size, kernel, stride, padding, channels: [c = 1, d = 1] }) =>
    fc.record({
      inputs: fc.record({ x: values([batch, ...size, c]), w: values([...kernel, c, d]) }),
      attributes: fc.constant({ stride, padding }),
    }),
  );

const convolutions = fc
  .record({ batch: small, size: pair(1, 8), kernel: pair(1, 4), stride: pair(1, 3), padding: pair(0, 2), channels })
  .filter(({ size, kernel, padding }) => size.every((n, i) => n + 2 * (padding[i] ?? 0) >= (kernel[i] ?? 0)))
  .chain(({ batch, size, kernel, stride, padding, channels: [c = 1, d = 1] }) =>
    fc.record({
      inputs: fc.record({ x: values([batch, ...size, c]), w: values([...kernel, c, d]) }),
      attributes: fc.constant({ stride, padding }),
    }),
  );

const transposed = fc
  .record({
    batch: small,
    size: pair(1, 4),
    kernel: pair(1, 4),
    stride: pair(1, 3),
    padding: pair(0, 1),
    extra: pair(0, 2),
    channels,
  })
  .filter(({ size, kernel, stride, padding }) =>
    [0, 1].every((i) => ((size[i] ?? 0) - 1) * (stride[i] ?? 0) - 2 * (padding[i] ?? 0) + (kernel[i] ?? 0) >= 1),
  )
  .chain(({ batch, size, kernel, stride, padding, extra, channels: [c = 1, d = 1] }) =>
    fc.record({
      inputs: fc.record({ x: values([batch, ...size, d]), w: values([...kernel, c, d]) }),
      attributes: fc.constant({
        stride,
        padding,
        outputPadding: [Math.min(extra[0], stride[0] - 1), Math.min(extra[1], stride[1] - 1)] as const,
      }),
    }),
  );

/**
 * Pictures of few channels, several groups of four pixels wide: most have rows of whole vec4s, for
 * the subgroup family's own kernels.
 */
const pictures = fc
  .record({
    batch: small,
    height: fc.record({ kernel: small, stride: small, padding: fc.integer({ min: 0, max: 2 }) }),
    sizes: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 9 })),
    // few, for each is a pipeline of its own
    width: fc.constantFrom(
      { c: 1, kernel: 3, stride: 2, padding: 0, extra: 1 },
      { c: 1, kernel: 5, stride: 1, padding: 4, extra: 0 },
      { c: 2, kernel: 1, stride: 3, padding: 1, extra: 0 },
      { c: 3, kernel: 4, stride: 2, padding: 1, extra: 0 },
      { c: 3, kernel: 2, stride: 3, padding: 3, extra: 0 },
      { c: 6, kernel: 3, stride: 1, padding: 1, extra: 0 },
    ),
    d: fc.constantFrom(4, 20),
  })
  .map(({ batch, height, sizes: [h, w], width, d }) => {
    const side = (n: number, { kernel, stride, padding }: typeof height) => (n - 1) * stride + kernel - 2 * padding;
    return {
      batch,
      c: width.c,
      d,
      kernel: [height.kernel, width.kernel],
      small: [h, w],
      large: [side(h, height), side(w, width) + width.extra],
      attributes: {
        stride: [height.stride, width.stride] as [number, number],
        padding: [height.padding, width.padding] as [number, number],
        outputPadding: [0, width.extra] as const,
      },
    };
  })
  .filter(({ large }) => large.every((n) => n >= 1));

const picturesOf = (side: "large" | "small") =>
  pictures.chain(({ batch, c, d, kernel, attributes, ...sides }) =>
    fc.record({
      inputs: fc.record({
        x: values([batch, ...sides[side], side === "large" ? c : d]),
        w: values([...kernel, c, d]),
      }),
      attributes: fc.constant(attributes),
    }),
  );

const down = ofLarge(reference.conv2d);
const up = ofSmall(reference.conv2dTranspose);

onEveryFamily("convolution", (engine) => ({
  // Both computed by hand. They hold the geometry as well, which the ops share with the reference.
  async "conv2d of a small image, with stride 2 and padding 1"() {
    // Windows of the padded image: [0 0, 0 1], [0 0, 2 3], [0 4, 0 7] and [5 6, 8 9].
    const x = { shape: [1, 3, 3, 1], values: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
    // Two channels, [1 2, 3 4] and [0 1, −1 0].
    const w = { shape: [2, 2, 1, 2], values: Float64Array.of(1, 0, 2, 1, 3, -1, 4, 0) };
    const options = { stride: 2, padding: 1 };
    const expected = [
      [4 * 1, 0],
      [3 * 2 + 4 * 3, -2],
      [2 * 4 + 4 * 7, 4],
      [5 + 2 * 6 + 3 * 8 + 4 * 9, 6 - 8],
    ].flat();
    assert.equal([...down.reference({ x, w }, options)], expected);
    const y = engine.scope(() => conv2d(engine.tensor(x.values, x.shape), engine.tensor(w.values, w.shape), options));
    assert.equal(y.shape, [1, 2, 2, 2]);
    assert.equal([...(await engine.read(y))], expected);
    y.dispose();
  },

  async "conv2dTranspose that differs in height and width"() {
    const x = { shape: [1, 2, 2, 1], values: Float64Array.of(1, 2, 3, 4) };
    const w = { shape: [2, 3, 1, 1], values: Float64Array.of(1, 2, 3, 4, 5, 6) };
    const options = { stride: [2, 1], padding: [0, 1], outputPadding: [1, 0] } as const;
    // Each row of x makes two rows of y, one for each row of w, of four columns without the first
    // and the last, which the padding takes. Nothing reaches the row that outputPadding adds.
    const expected = [
      [1 * 2 + 2 * 1, 1 * 3 + 2 * 2],
      [1 * 5 + 2 * 4, 1 * 6 + 2 * 5],
      [3 * 2 + 4 * 1, 3 * 3 + 4 * 2],
      [3 * 5 + 4 * 4, 3 * 6 + 4 * 5],
      [0, 0],
    ].flat();
    assert.equal([...up.reference({ x, w }, options)], expected);
    const y = engine.scope(() =>
      conv2dTranspose(engine.tensor(x.values, x.shape), engine.tensor(w.values, w.shape), options),
    );
    assert.equal(y.shape, [1, 5, 2, 1]);
    assert.equal([...(await engine.read(y))], expected);
    y.dispose();
  },

  "conv2d agrees with its reference": () =>
    checkOp(engine, ({ x, w }, { stride, padding }) => conv2d(x, w, { stride, padding }), down, convolutions, {
      runs: 60,
    }),

  "conv2d of many channels agrees with its reference": () =>
    checkOp(engine, ({ x, w }, options) => conv2d(x, w, options), down, manyChannels, { runs: 40 }),

  "conv2dTranspose agrees with its reference": () =>
    checkOp(engine, ({ x, w }, options) => conv2dTranspose(x, w, options), up, transposed, {
      runs: 60,
    }),

  async "pictures of few channels agree with their reference"() {
    const kernels = new Set<string>();
    engine.onCommand = (command) => void (command.kind === "dispatch" && kernels.add(command.kernel.name));
    await checkOp(
      engine,
      ({ x, w }, { stride, padding }) => conv2d(x, w, { stride, padding }),
      down,
      picturesOf("large"),
      {
        runs: 30,
      },
    );
    const op = ({ x, w }: { x: Tensor; w: Tensor }, options: ConvolutionOptions) => conv2dTranspose(x, w, options);
    await checkOp(engine, op, up, picturesOf("small"), { runs: 30 });
    engine.onCommand = undefined;
    const own = ["rowsDown", "rowsGradient", "rowsUp"];
    assert.equal([...kernels].filter((name) => own.includes(name)).sort(), engine.family === "subgroup" ? own : []);
  },

  "both add a bias and take a slope below 0": async () => {
    const alphas = fc.constantFrom(0, 0.2, 1);
    const withBias = <I extends { x: Values; w: Values }, A>(
      cases: fc.Arbitrary<{ inputs: I; attributes: A }>,
      axis: 2 | 3,
    ) =>
      cases.chain(({ inputs, attributes }) =>
        fc.record({
          inputs: fc.record({
            x: fc.constant(inputs.x),
            // sums stay away from 0, where a kink would meet the difference quotient
            w: fc.constant({ ...inputs.w, values: inputs.w.values.map((v) => v / 1000) }),
            b: values([inputs.w.shape[axis] as number], 1, 2).map((b) => ({
              ...b,
              values: b.values.map((v, i) => (i % 2 ? v : -v)),
            })),
          }),
          attributes: alphas.map((alpha) => ({ ...attributes, alpha })),
        }),
      );
    await checkOp(
      engine,
      ({ x, w, b }, { alpha, stride, padding }) => conv2d(x, w, { stride, padding, bias: b, alpha }),
      ofLarge(reference.conv2dBias),
      withBias(fc.oneof(convolutions, picturesOf("large")), 3),
      { runs: 40 },
    );
    await checkOp(
      engine,
      ({ x, w, b }, { alpha, ...options }) => conv2dTranspose(x, w, { ...options, bias: b, alpha }),
      ofSmall(reference.conv2dTransposeBias),
      withBias(fc.oneof(transposed, picturesOf("small")), 2),
      { runs: 40 },
    );
  },

  async "unfolds large batches in chunks"() {
    const [x, w] = [new Float32Array(1400 * 28 * 28), Float32Array.from({ length: 32 }, (_, i) => i / 32)];
    x.forEach((_, i) => {
      x[i] = Math.sin(i);
    });
    const shape = { x: [1400, 28, 28, 1], w: [4, 4, 1, 2] };
    const y = engine.scope(() =>
      conv2d(engine.tensor(x, shape.x), engine.tensor(w, shape.w), { stride: 2, padding: 1 }),
    );
    const got = await engine.read(y);
    for (const image of [0, 1336, 1337, 1399]) {
      const one = { shape: [1, 28, 28, 1], values: Float64Array.from(x.subarray(image * 784, (image + 1) * 784)) };
      const expected = down.reference(
        { x: one, w: { shape: shape.w, values: Float64Array.from(w) } },
        { stride: 2, padding: 1 },
      );
      expected.forEach(
        (e, i) => void assert.ok(Math.abs((got[image * 392 + i] as number) - e) < 1e-5, `image ${image}, value ${i}`),
      );
    }
  },

  async "takes pictures of more units than a grid is long"() {
    const [x, w] = [new Float32Array(17 * 512 * 512 * 4).fill(0.5), Float32Array.from({ length: 16 }, (_, i) => i)];
    const { down, up } = engine.scope(() => {
      const [xs, ws] = [engine.tensor(x, [17, 512, 512, 4]), engine.tensor(w, [1, 1, 4, 4])];
      return { down: sum(conv2d(xs, ws), [0, 1, 2]), up: sum(conv2dTranspose(xs, ws), [0, 1, 2]) };
    });
    const pixels = 17 * 512 * 512;
    assert.equal(
      [...(await engine.read(down))],
      [24, 28, 32, 36].map((v) => (v / 2) * pixels),
    );
    assert.equal(
      [...(await engine.read(up))],
      [6, 22, 38, 54].map((v) => (v / 2) * pixels),
    );
    dispose(down, up);

    const grey = engine.scope(() => {
      const [xs, ws] = [
        engine.tensor(x.subarray(0, pixels), [17, 512, 512, 1]),
        engine.tensor(w.subarray(1, 5), [1, 1, 1, 4]),
      ];
      return {
        down: sum(conv2d(xs, ws), [0, 1, 2]),
        up: sum(conv2dTranspose(engine.tensor(x, [17, 512, 512, 4]), ws), [0, 1, 2]),
      };
    });
    assert.equal(
      [...(await engine.read(grey.down))],
      [1, 2, 3, 4].map((v) => (v / 2) * pixels),
    );
    assert.equal([...(await engine.read(grey.up))], [5 * pixels]);
    dispose(grey.down, grey.up);
  },

  "names what does not fit"() {
    engine.scope(() => {
      const [x, w] = [engine.zeros([1, 5, 5, 3]), engine.zeros([3, 3, 4, 8])];
      throws(
        () => conv2d(x, w),
        "conv2d: expected `x` as [batch, height, width, 4] for w [3, 3, 4, 8], got [1, 5, 5, 3]",
      );
      throws(() => conv2d(engine.zeros([1, 2, 2, 4]), w), "expected an image of at least the kernel's size");
      throws(
        () => conv2d(engine.zeros([1, 5, 5, 4]), w, { stride: 0 }),
        "expected `stride` as integers of at least 1, got 0, 0",
      );
      throws(() => conv2dTranspose(engine.zeros([1, 5, 5, 8]), w, { outputPadding: 1 }), "below the stride, got 1, 1");
      const [good, b] = [engine.zeros([1, 5, 5, 4]), engine.zeros([4])];
      throws(() => conv2d(good, w, { bias: b }), "conv2d: expected `bias` as [8], got [4]");
      throws(() => conv2d(good, w, { alpha: 0 }), "conv2d: expected `bias` beside `alpha`, got none");
      throws(() => conv2d(good, w, { bias: engine.zeros([8]), alpha: -1 }), "expected `alpha` of at least 0, got -1");
      throws(
        () => conv2dTranspose(engine.zeros([1, 5, 5, 8]), w, { bias: engine.zeros([8]) }),
        "conv2dTranspose: expected `bias` as [4], got [8]",
      );
    });
  },
}));
