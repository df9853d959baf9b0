import { writeFileAtomic } from "../data/atomicWrite.ts";
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

/** Reads what `saveModel` wrote. DataError when a tensor is missing, has another shape than `config` asks for, or is not finite. */
export function loadModel(
  path: string,
  engine: Engine,
  config: AutoencoderConfig,
): { readonly model: Autoencoder; readonly calibration: Calibration } {
  const file = decodeSafetensors(readBytes(path), path);
  const expected = Object.entries(firstParameters(config, 0));
  const values = expected.map(([name, { shape }]) => [name, { shape, values: float32(file, path, name, shape) }]);
  const model = createAutoencoder(engine, config, Object.fromEntries(values) as ParameterValues);
  const statistic = (name: string) => engine.tensor([config.latent], float32(file, path, name, [config.latent]));
  const statistics = { mean: statistic("code.mean"), variance: statistic("code.variance") };
  return { model, calibration: { statistics, sharpening: float32(file, path, "sharpening", [1])[0] ?? Number.NaN } };
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
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(`${path}: expected finite numbers in \`${name}\`, got ${tensor.data[bad]} at ${bad}`);
  return tensor.data;
}
