import { Adam, type Engine, type Tensor, valueAndGrad } from "../../src/index.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { createAutoencoder, initParameters, reconstructionLoss } from "../../src/models/index.ts";
import { type Arrays, type Case, fill } from "../case.ts";
import type { Step } from "./convAutoencoder.ts";

const CONFIG = { height: 28, width: 28, channels: 1, latent: 64 } as const;

/** One training step of the default autoencoder, as `trainAutoencoder` takes it. */
export function autoencoderStep(engine: Engine, batch: number, { x: pixels }: Arrays): Step {
  const x = engine.tensor(pixels ?? [], [batch, CONFIG.height, CONFIG.width, CONFIG.channels]);
  const model = createAutoencoder(engine, CONFIG, initParameters(CONFIG, 1));
  const { flat, named } = model.parameters;
  const adam = new Adam(model.parameters);
  const step = () => {
    const { value, gradients } = valueAndGrad(Object.values<Tensor>(named), () => reconstructionLoss(model, x));
    adam.step(gradients, 1e-3);
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

export const autoencoderInputs = (batch: number): { x: Float32Array } => ({
  x: fill(batch * 784, 1).map((value) => value + 0.5),
});

export function autoencoderCase(batch: number): Case<"x"> {
  const convolutions = 14 * 14 * 16 * 32 + 7 * 7 * 16 * 32 * 64; // multiplications of one image
  const layers = 2 * (convolutions + 7 * 7 * 64 * 256 + 256 * CONFIG.latent);
  return {
    name: "default autoencoder, training step",
    shape: `batch ${batch}, 28×28, latent ${CONFIG.latent}`,
    flops: 2 * batch * (3 * layers - 14 * 14 * 16 * 32),
    tolerance: 1e-3,
    inputs: () => autoencoderInputs(batch),
    runs: 10, // as trainAutoencoder reads losses
    note: (ms) => `${Math.round((1000 * batch) / ms)} images/s`,
    ours(engine, inputs) {
      const { run, step, close } = autoencoderStep(engine, batch, inputs);
      return {
        run,
        close,
        async results() {
          const losses: number[] = [];
          for (let i = 0; i < 4; i++) {
            const { loss, gradients } = step();
            losses.push((await engine.read(loss))[0] ?? Number.NaN);
            dispose(loss, ...gradients);
          }
          if (!((losses[3] ?? Number.NaN) < (losses[0] ?? Number.NaN))) {
            throw new Error(`expected a loss that falls, got ${losses.join(", ")}`);
          }
          return { losses: Float32Array.from(losses) };
        },
      };
    },
  };
}
