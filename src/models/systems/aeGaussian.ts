import { dispose, resource } from "../../kernels/dispose.ts";
import { symmetricFunction } from "../../math/linalg.ts";
import { points } from "../../ot/points.ts";
import { createProblem } from "../../ot/problem.ts";
import { covariance } from "../../ot/solver/gaussianModel.ts";
import type { Engine } from "../../tensor/engine.ts";
import { biasAdd } from "../../tensor/ops/biasAdd.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";
import { decode } from "../autoencoder/autoencoder.ts";
import type { Codes } from "../autoencoder/codes.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { type GenerativeSystem, sampleNoise, systemOfCodes, type TrainedSystem } from "./system.ts";

/** A Gaussian N(m, Σ) as x ↦ m + Σ^½ x for x ~ N(0, I), in float64. */
export interface Gaussian {
  /** m, [d]. */
  readonly mean: Float64Array;
  /** Σ^½, [d, d], symmetric. */
  readonly root: Float64Array;
}

/**
 * The Gaussian with the mean and the covariance Σ = 1/N Σ_i (y_i − m)(y_i − m)ᵀ of rows y [N, d]:
 * the maximum-likelihood estimate. Σ may be singular.
 */
export function fitGaussian(rows: Float32Array, d: number): Gaussian {
  const problem = createProblem(points("codes", rows, d)); // centred in float64
  const root = symmetricFunction(covariance(problem), d, (value) => Math.sqrt(Math.max(0, value)));
  return { mean: problem.offset, root };
}

/**
 * z = m + Σ^½ x → picture, with m and Σ of all training images' codes: the simplest model of codes.
 */
export function fitAeGaussian({ model, calibration, values }: Codes): TrainedSystem {
  const { engine, config } = model;
  const d = config.latent;
  const { mean, root } = fitGaussian(values, d);
  const [shift, factor] = [engine.tensor(mean, [d]), engine.tensor(root, [d, d])];
  return resource(
    {
      name: "AE + Gaussian",
      sample: (draw) =>
        sampleNoise(engine, d, draw, (x) => decode(model, biasAdd(matmul(x, factor), shift), calibration)),
    },
    () => dispose(shift, factor),
  );
}

/** The system that trains an autoencoder and fits its codes by `fitAeGaussian`. */
export const aeGaussian = (engine: Engine, config: AutoencoderConfig): GenerativeSystem =>
  systemOfCodes("AE + Gaussian", engine, config, fitAeGaussian);
