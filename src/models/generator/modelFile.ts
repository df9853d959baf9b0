import { checkFormat, FORMAT_ADVICE } from "../../formats/checkFormat.ts";
import { checkValues } from "../../formats/checkValues.ts";
import { finiteFloat32 } from "../../formats/float32.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "../../formats/safetensors.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Shape } from "../../tensor/shape.ts";
import {
  type Autoencoder,
  type Calibration,
  createAutoencoder,
  type ParameterValues,
} from "../autoencoder/autoencoder.ts";
import {
  type CalibrationValues,
  createCalibration,
  type MomentValues,
  readCalibration,
} from "../autoencoder/calibrate.ts";
import { type AutoencoderConfig, autoencoderLayers, checkPicture } from "../networks/networks.ts";

const FORMAT = "brenier.autoencoder.1";

/** The numbers of a calibrated autoencoder, as files keep them. */
export interface ModelValues {
  readonly parameters: ParameterValues;
  readonly calibration: CalibrationValues;
}

/** An autoencoder with its calibration, on a device. */
export interface Model {
  readonly model: Autoencoder;
  readonly calibration: Calibration;
}

/** Reads the numbers of a calibrated autoencoder back from the device. */
export async function readModel({ model, calibration }: Model): Promise<ModelValues> {
  const { engine, parameters } = model;
  const read: [string, ParameterValues[keyof ParameterValues]][] = [];
  for (const [name, tensor] of Object.entries(parameters.named)) {
    read.push([name, { shape: tensor.shape, values: await engine.read(tensor) }]);
  }
  return {
    parameters: Object.fromEntries(read) as ParameterValues,
    calibration: await readCalibration(engine, calibration),
  };
}

/** A calibrated autoencoder of the given numbers, on the device of the engine. */
export function createModel(engine: Engine, config: AutoencoderConfig, values: ModelValues): Model {
  const model = createAutoencoder(engine, config, values.parameters);
  try {
    return { model, calibration: createCalibration(engine, values.calibration) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * The bytes of a model.safetensors, all float32: the parameters, `code.mean` and `code.variance`
 * [latent], `LAYER.mean` and `LAYER.variance` of layers with batch norm, and `sharpening` [1].
 */
export function encodeModel(values: ModelValues): Uint8Array {
  return encodeSafetensors(modelTensors(values), { format: FORMAT });
}

/**
 * Reads what `encodeModel` wrote. DataError for another format, and when a tensor is missing, has
 * another shape than `config` asks for, or is not finite, and when a variance or the sharpening
 * factor is out of range. No value is filled in that the file lacks.
 *
 * @param name what the errors call the file.
 */
export function decodeModel(bytes: Uint8Array, config: AutoencoderConfig, name = "model"): ModelValues {
  checkPicture("autoencoder", config);
  const file = decodeSafetensors(bytes, name);
  checkFormat(name, FORMAT, file.metadata.get("format"), FORMAT_ADVICE);
  return atOnce(modelIn(file, config, name));
}

/** The tensors of a model by the names that files give them. */
export function modelTensors({ parameters, calibration }: ModelValues): Readonly<Record<string, SafeTensor>> {
  const tensors: Record<string, SafeTensor> = {};
  for (const [name, { shape, values }] of Object.entries(parameters)) tensors[name] = { shape, data: values };
  const { layers, sharpening, ...code } = calibration;
  for (const [name, { mean, variance }] of Object.entries({ code, ...layers })) {
    tensors[`${name}.mean`] = { shape: [mean.length], data: mean };
    tensors[`${name}.variance`] = { shape: [variance.length], data: variance };
  }
  tensors["sharpening"] = { shape: [1], data: Float32Array.of(sharpening) };
  return tensors;
}

/** The model among the tensors of a file, layer by layer: see `decodeModel`. */
export function* modelIn(file: SafeTensors, config: AutoencoderConfig, name: string): Steps<ModelValues> {
  const momentsOf = (layer: string, length: number): MomentValues => {
    const mean = finiteFloat32(file, name, `${layer}.mean`, [length]);
    const variance = finiteFloat32(file, name, `${layer}.variance`, [length]);
    checkValues(`${name}: expected \`${layer}.variance\` of at least 0`, variance, (value) => value >= 0);
    return { mean, variance };
  };
  const code = momentsOf("code", config.latent);
  const sharpening = finiteFloat32(file, name, "sharpening", [1]);
  checkValues(`${name}: expected \`sharpening\` above 0`, sharpening, (value) => value > 0);
  const plans = Object.entries(autoencoderLayers(config));
  const parameters: [string, ParameterValues[keyof ParameterValues]][] = [];
  for (const [layer, { shape, outputs }] of plans) {
    yield;
    const add = (part: string, shape: Shape): void => {
      parameters.push([part, { shape, values: finiteFloat32(file, name, part, shape) }]);
    };
    add(`${layer}.w`, shape);
    add(`${layer}.b`, [outputs]);
  }
  const normalised = plans.filter(([, plan]) => plan.normalised);
  const layers = Object.fromEntries(normalised.map(([layer, { outputs }]) => [layer, momentsOf(layer, outputs)]));
  return {
    parameters: Object.fromEntries(parameters) as ParameterValues,
    calibration: { ...code, layers, sharpening: sharpening[0] ?? Number.NaN },
  };
}
