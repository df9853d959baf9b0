import { Adam, createParameters, type Engine, mse, type Tensor, valueAndGrad } from "../../src/index.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { convolution, transposedConvolution } from "../../src/models/networks/layers.ts";
import { type Arrays, type Case, fill } from "../case.ts";
import { jaxSteps, tfjsSteps } from "./convAutoencoderPeers.ts";
import { ADAM, NAMES, type Name, SHAPES, STEPS } from "./convAutoencoderShapes.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A training step that can be taken again and again. */
export interface Step {
  /** Records one step of Adam and frees all its results. */
  run(): void;
  /**
   * Records one step of Adam; returns the loss and the gradients before it, as tensors that the
   * caller frees.
   */
  step(): { readonly loss: Tensor; readonly gradients: readonly Tensor[] };
  close(): void;
}

export function convAutoencoderStep(engine: Engine, batch: number, inputs: Arrays): Step {
  const x = engine.tensor(inputs["x"] ?? [], [batch, 28, 28, 1]);
  const initial = Object.fromEntries(
    NAMES.map((name) => [name, { shape: SHAPES[name], values: inputs[name] ?? new Float32Array() }]),
  );
  const parameters = createParameters(engine, initial as Record<Name, (typeof initial)[string]>);
  const { flat, named: p } = parameters;
  const { rate, ...options } = ADAM;
  const adam = new Adam(parameters, options);
  const down = { stride: 2, padding: 1 };
  const up = { ...down, outputPadding: 1 };
  const layer = (name: "down1" | "down2" | "up1" | "up2") => ({ w: p[`${name}.w`], b: p[`${name}.b`] });
  const loss = (): Tensor => {
    const a = convolution(x, layer("down1"), down, "leakyRelu");
    const b = convolution(a, layer("down2"), down, "leakyRelu");
    const c = transposedConvolution(b, layer("up1"), up, "leakyRelu");
    return mse(transposedConvolution(c, layer("up2"), up), x);
  };
  const step = () => {
    const { value, gradients } = valueAndGrad(Object.values(p), loss);
    adam.step(gradients, rate);
    return { loss: value, gradients };
  };
  return {
    run() {
      engine.scope(() => void step());
      engine.submit();
    },
    step: () => engine.scope(step),
    close() {
      adam.dispose();
      dispose(x, flat);
    },
  };
}

/** Images and initial weights, which are small enough for the loss to fall. */
export function convAutoencoderInputs(batch: number): Record<Name | "x", Float32Array> {
  const x = fill(batch * 784, 1).map((value) => value + 0.5);
  const weights = NAMES.map((name, i) => {
    const values = fill(sizeOf(SHAPES[name]), i + 2);
    return [name, name.endsWith(".w") ? values.map((value) => 0.4 * value) : values.fill(0)];
  });
  return { x, ...Object.fromEntries(weights) };
}

/**
 * One training step through layers, tape and Adam, with leaky ReLU and mean squared error: two 3×3
 * convolutions with stride 2, then two transposed ones.
 */
export function convAutoencoderCase(batch: number): Case<Name | "x"> {
  // multiplications per image, in encoder and decoder
  const layers = 2 * (14 * 14 * 9 * 16 + 7 * 7 * 9 * 16 * 32);
  return {
    name: "conv-AE training step",
    shape: `batch ${batch}, 28×28, 1-16-32-16-1, Adam`,
    // Each layer takes three products, except that the images need no gradient.
    flops: 2 * batch * (3 * layers - 14 * 14 * 9 * 16),
    tolerance: 1e-3,
    inputs: () => convAutoencoderInputs(batch),
    runs: 10, // as trainAutoencoder reads losses
    note: (ms) => `${Math.round((1000 * batch) / ms)} images/s`,
    ours(engine, inputs) {
      const { run, step, close } = convAutoencoderStep(engine, batch, inputs);
      return {
        run,
        close,
        async results() {
          const losses: number[] = [];
          const all: Record<string, Float32Array> = {};
          for (let i = 0; i < STEPS; i++) {
            const { loss, gradients } = step();
            const values = await engine.read(loss);
            losses.push(values[0] ?? Number.NaN);
            all[`losses ${i}`] = values;
            for (const [n, gradient] of gradients.entries()) {
              if (i === 0) all[`d ${NAMES[n]}`] = await engine.read(gradient);
            }
            dispose(loss, ...gradients);
          }
          if (!((losses[STEPS - 1] ?? Number.NaN) < (losses[0] ?? Number.NaN))) {
            throw new Error(`expected a loss that falls, got ${losses.join(", ")}`);
          }
          return all;
        },
      };
    },
    tfjs: (tf, inputs) => tfjsSteps(tf, batch, inputs),
    jax: (jax, inputs) => jaxSteps(jax, batch, inputs),
  };
}
