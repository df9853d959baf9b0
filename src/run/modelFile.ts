import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { checkFormat } from "../formats/checkFormat.ts";
import { checkValues } from "../formats/checkValues.ts";
import { float32 } from "../formats/float32.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import {
  type Autoencoder,
  type Calibration,
  createAutoencoder,
  type ParameterValues,
} from "../models/autoencoder/autoencoder.ts";
import { createCalibration, type MomentValues, readCalibration } from "../models/autoencoder/calibrate.ts";
import { type AutoencoderConfig, autoencoderLayers, checkPicture } from "../models/networks/networks.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Shape } from "../tensor/shape.ts";

const FORMAT = "brenier.autoencoder.1";
/** Advice for an error about a file of another format than that of a finished run. */
export const FORMAT_ADVICE = "choose a finished run, or the version of brenier that wrote it";

/**
 * Writes a calibrated autoencoder, all float32: its parameters, `code.mean` and `code.variance`
 * [latent], `LAYER.mean` and `LAYER.variance` of layers with batch norm, and `sharpening` [1].
 */
export async function saveModel(path: string, model: Autoencoder, calibration: Calibration): Promise<void> {
  const { engine, parameters } = model;
  const tensors: Record<string, SafeTensor> = {};
  for (const [name, tensor] of Object.entries(parameters.named)) {
    tensors[name] = { shape: tensor.shape, data: await engine.read(tensor) };
  }
  const { layers, sharpening, ...code } = await readCalibration(engine, calibration);
  for (const [name, { mean, variance }] of Object.entries({ code, ...layers })) {
    tensors[`${name}.mean`] = { shape: [mean.length], data: mean };
    tensors[`${name}.variance`] = { shape: [variance.length], data: variance };
  }
  tensors["sharpening"] = { shape: [1], data: Float32Array.of(sharpening) };
  writeFileAtomic(path, encodeSafetensors(tensors, { format: FORMAT }));
}

/**
 * Reads what `saveModel` wrote. DataError for another format, and when a tensor is missing, has
 * another shape than `config` asks for, or is not finite, and when a variance or the sharpening
 * factor is out of range. No value is filled in that the file lacks.
 *
 * @param bytes those of the file, where it was read before.
 */
export function loadModel(
  path: string,
  engine: Engine,
  config: AutoencoderConfig,
  bytes: Uint8Array = readOwnBytes(path),
): { readonly model: Autoencoder; readonly calibration: Calibration } {
  checkPicture("autoencoder", config);
  const file = decodeSafetensors(bytes, path);
  checkFormat(path, FORMAT, file.metadata.get("format"), FORMAT_ADVICE);
  const momentsOf = (name: string, length: number): MomentValues => {
    const mean = finiteFloat32(file, path, `${name}.mean`, [length]);
    const variance = finiteFloat32(file, path, `${name}.variance`, [length]);
    checkValues(`${path}: expected \`${name}.variance\` of at least 0`, variance, (value) => value >= 0);
    return { mean, variance };
  };
  const code = momentsOf("code", config.latent);
  const sharpening = finiteFloat32(file, path, "sharpening", [1]);
  checkValues(`${path}: expected \`sharpening\` above 0`, sharpening, (value) => value > 0);
  const plans = Object.entries(autoencoderLayers(config));
  const values = plans.flatMap(([name, { shape, outputs }]) => {
    const value = (part: string, shape: Shape) =>
      [`${name}.${part}`, { shape, values: finiteFloat32(file, path, `${name}.${part}`, shape) }] as const;
    return [value("w", shape), value("b", [outputs])];
  });
  const normalised = plans.filter(([, plan]) => plan.normalised);
  const layers = Object.fromEntries(normalised.map(([name, { outputs }]) => [name, momentsOf(name, outputs)]));
  const model = createAutoencoder(engine, config, Object.fromEntries(values) as ParameterValues);
  return {
    model,
    calibration: createCalibration(engine, { ...code, layers, sharpening: sharpening[0] ?? Number.NaN }),
  };
}

/** The float32 tensor `name` of a file: see `float32`. DataError for a value that is not finite. */
export function finiteFloat32(...[file, path, name, shape]: Parameters<typeof float32>): Float32Array {
  const values = float32(file, path, name, shape);
  checkValues(`${path}: expected finite numbers in \`${name}\``, values, Number.isFinite);
  return values;
}
