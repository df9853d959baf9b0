import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import type { Autoencoder, Calibration } from "../models/autoencoder/autoencoder.ts";
import { createModel, decodeModel, encodeModel, type Model, readModel } from "../models/generator/modelFile.ts";
import type { AutoencoderConfig } from "../models/networks/networks.ts";
import type { Engine } from "../tensor/engine.ts";

/** Writes a calibrated autoencoder: see `encodeModel`. */
export async function saveModel(path: string, model: Autoencoder, calibration: Calibration): Promise<void> {
  writeFileAtomic(path, encodeModel(await readModel({ model, calibration })));
}

/** Reads what `saveModel` wrote, onto the device of the engine. DataError as by `decodeModel`. */
export function loadModel(path: string, engine: Engine, config: AutoencoderConfig): Model {
  return createModel(engine, config, decodeModel(readOwnBytes(path), config, path));
}
