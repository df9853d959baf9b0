import { writeFileAtomic } from "../data/atomicWrite.ts";
import { checkValues } from "../data/checkValues.ts";
import { DataError } from "../data/error.ts";
import { readBytes } from "../data/readBytes.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "../data/safetensors.ts";
import {
  type Autoencoder,
  type AutoencoderConfig,
  type Calibration,
  createAutoencoder,
  firstParameters,
  type ParameterValues,
} from "../models/autoencoder.ts";
import type { Engine } from "../tensor/engine.ts";
import { sameShape } from "../tensor/shape.ts";

/** The largest layer has more weights than this for every 4 × 4 pixels. */
const LEAST_WEIGHTS = 1024;

/** Writes a calibrated autoencoder: its parameters, `code.mean`, `code.variance` [latent] and `sharpening` [1], all float32. */
export async function saveModel(path: string, model: Autoencoder, calibration: Calibration): Promise<void> {
  const { engine, config, parameters } = model;
  const tensors: Record<string, SafeTensor> = {};
  for (const [name, tensor] of Object.entries(parameters.named)) {
    tensors[name] = { shape: tensor.shape, data: await engine.read(tensor) };
  }
  tensors["code.mean"] = { shape: [config.latent], data: await engine.read(calibration.statistics.mean) };
  tensors["code.variance"] = { shape: [config.latent], data: await engine.read(calibration.statistics.variance) };
  tensors["sharpening"] = { shape: [1], data: Float32Array.of(calibration.sharpening) };
  writeFileAtomic(path, encodeSafetensors(tensors, { format: "brenier.autoencoder.1" }));
}

/**
 * Reads what `saveModel` wrote. DataError when a tensor is missing, has another shape than `config` asks for, or is not finite, or
 * when a variance or the sharpening could be no such thing.
 */
export function loadModel(
  path: string,
  engine: Engine,
  config: AutoencoderConfig,
): { readonly model: Autoencoder; readonly calibration: Calibration } {
  const file = decodeSafetensors(readBytes(path), path);
  const { height, width, latent } = config;
  const mean = float32(file, path, "code.mean", [latent]);
  const variance = float32(file, path, "code.variance", [latent]);
  const sharpening = float32(file, path, "sharpening", [1]);
  checkValues(`${path}: expected \`code.variance\` of at least 0`, variance, (value) => value >= 0);
  checkValues(`${path}: expected \`sharpening\` above 0`, sharpening, (value) => value > 0);
  // What follows makes values of every shape that the config asks for: the file's own size must bear it out first.
  const weights = float32(file, path, "dense1.w", [null, null]).length;
  if (weights < LEAST_WEIGHTS * Math.floor(height / 4) * Math.floor(width / 4)) {
    throw new DataError(
      `${path}: expected a model of ${height} × ${width} pixels as in its config.json, got a smaller one`,
    );
  }
  const expected = Object.entries(firstParameters(config, 0));
  const values = expected.map(([name, { shape }]) => [name, { shape, values: float32(file, path, name, shape) }]);
  const model = createAutoencoder(engine, config, Object.fromEntries(values) as ParameterValues);
  const statistics = { mean: engine.tensor([latent], mean), variance: engine.tensor([latent], variance) };
  return { model, calibration: { statistics, sharpening: sharpening[0] ?? Number.NaN } };
}

/** The float32 tensor `name` of a file, of the given shape; null in a shape stands for any length. */
export function float32(
  file: SafeTensors,
  path: string,
  name: string,
  shape: readonly (number | null)[],
): Float32Array {
  const tensor = file.tensors.get(name);
  if (tensor === undefined)
    throw new DataError(`${path}: expected a tensor \`${name}\`, got none; is it a finished run?`);
  const wanted = shape.map((length, axis) => length ?? tensor.shape[axis] ?? -1);
  if (!(tensor.data instanceof Float32Array) || !sameShape(tensor.shape, wanted)) {
    const asked = shape.map((length) => length ?? "any").join(", ");
    throw new DataError(`${path}: expected \`${name}\` as float32 [${asked}], got [${tensor.shape.join(", ")}]`);
  }
  checkValues(`${path}: expected finite numbers in \`${name}\``, tensor.data, Number.isFinite);
  return tensor.data;
}
