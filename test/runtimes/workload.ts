// What every runtime computes: README's ring, a short training, and pictures.

import type { OpenedGpu } from "../../src/adapter/opened.ts";
import { initParameters } from "../../src/models/autoencoder/autoencoder.ts";
import { calibrate, createAutoencoder, encodeImages, generate, trainAutoencoder } from "../../src/models/index.ts";
import { createMap, createProblem, points, solve } from "../../src/ot/index.ts";
import type { Engine } from "../../src/tensor/engine.ts";

/** What a runtime computed, and in how many milliseconds. */
export interface Outcome {
  readonly adapter: string;
  readonly family: string;
  /** Of the eight points of the ring. */
  readonly heights: readonly number[];
  readonly counts: readonly number[];
  /** Of twenty steps. */
  readonly losses: readonly number[];
  /** The pixels of 16 pictures, from 0 to 255. */
  readonly pictures: readonly number[];
  readonly ms: Readonly<Record<"open" | "ring" | "train" | "draw", number>>;
}

const SIDE = 12;
const CONFIG = { network: "small", height: SIDE, width: SIDE, channels: 1, latent: 5 } as const;

/** Pictures of bright boxes, each of another place and size. */
const IMAGES = {
  count: 40,
  batch(indices: ArrayLike<number>): Float32Array {
    const pixels = new Float32Array(indices.length * SIDE * SIDE);
    for (let i = 0; i < indices.length; i++) {
      const n = indices[i] as number;
      const [top, left, size] = [1 + (n % 5), 1 + (n % 7), 3 + (n % 4)];
      for (let y = top; y < top + size; y++)
        pixels.fill(1, (i * SIDE + y) * SIDE + left, (i * SIDE + y) * SIDE + left + size);
    }
    return pixels;
  },
};

/** Opens an adapter by `open` and computes. */
export async function workload(open: () => Promise<OpenedGpu>): Promise<Outcome> {
  let start = performance.now();
  const lap = (): number => {
    const ms = performance.now() - start;
    start += ms;
    return Math.round(ms);
  };
  const gpu = await open(); // with its self-test
  const opened = lap();
  const { heights, counts } = await ring(gpu);
  const solved = lap();
  const losses = await training(gpu);
  const trained = lap();
  const pictures = await drawing(gpu);
  const ms = { open: opened, ring: solved, train: trained, draw: lap() };
  await gpu.dispose();
  return { adapter: gpu.adapter.name, family: gpu.family, heights, counts, losses, pictures, ms };
}

/** README's ring: its heights, and how many of a million points each cell has. */
export async function ring(gpu: Engine): Promise<Pick<Outcome, "heights" | "counts">> {
  // Corners of an octagon, as numbers that every runtime reads alike.
  const [one, half] = [1, Math.SQRT1_2];
  const corners = [one, 0, half, half, 0, one, -half, half, -one, 0, -half, -half, 0, -one, half, -half];
  const problem = createProblem(points("ring", corners, 2), { nu: [3, 1, 1, 1, 1, 1, 1, 1] });
  const { heights, stop } = await solve(gpu, problem, { chi2: 0.0001, seed: 1 });
  if (stop !== "reached") throw new Error(`ring: expected to be reached, got ${stop}`);
  const map = createMap(gpu, problem, heights);
  const { counts } = await map.cells.assign({ seed: 2, stream: 0, first: 0, count: 1_000_000 }, []);
  map.dispose();
  return { heights: [...heights], counts: [...counts] };
}

async function training(gpu: Engine): Promise<readonly number[]> {
  const model = createAutoencoder(gpu, CONFIG, initParameters(CONFIG, 1));
  const losses: number[] = [];
  await trainAutoencoder(model, IMAGES, {
    epochs: 4,
    batch: 8,
    seed: 1,
    every: 1,
    onProgress: ({ losses: { loss } }) => losses.push(loss as number),
  });
  model.dispose();
  return losses;
}

/** Pictures by an autoencoder before its training, so that they differ in rounding alone. */
async function drawing(gpu: Engine): Promise<readonly number[]> {
  const model = createAutoencoder(gpu, CONFIG, initParameters(CONFIG, 2));
  const calibration = await calibrate(model, IMAGES);
  const codes = await encodeImages(model, calibration, IMAGES);
  const problem = createProblem(points("codes", codes, CONFIG.latent));
  const { heights } = await solve(gpu, problem, { chi2: 0.5, seed: 1 });
  const map = createMap(gpu, problem, heights);
  const { pixels } = await generate({ model, calibration, map, rule: { name: "facet" } }, { count: 16, seed: 3 });
  for (const each of [map, calibration, model]) each.dispose();
  return [...pixels].map((value) => Math.round(255 * value));
}
