import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { checkFormat } from "../formats/checkFormat.ts";
import { finiteFloat32 } from "../formats/float32.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import {
  type Classifier,
  type ClassifierConfig,
  type ClassifierValues,
  createClassifier,
  initClassifierParameters,
} from "../metrics/classifier.ts";
import type { Engine } from "../tensor/engine.ts";

const FORMAT = "brenier.classifier.1";

/** Writes a classifier's parameters, all float32. */
export async function saveClassifier(path: string, { engine, parameters }: Classifier): Promise<void> {
  const tensors: Record<string, SafeTensor> = {};
  for (const [name, tensor] of Object.entries(parameters.named)) {
    tensors[name] = { shape: tensor.shape, data: await engine.read(tensor) };
  }
  writeFileAtomic(path, encodeSafetensors(tensors, { format: FORMAT }));
}

/**
 * Reads what `saveClassifier` wrote. DataError for another format, and when a tensor is missing,
 * has another shape than `config` asks for, or is not finite.
 */
export function loadClassifier(path: string, engine: Engine, config: ClassifierConfig): Classifier {
  const file = decodeSafetensors(readOwnBytes(path), path);
  checkFormat(
    path,
    FORMAT,
    file.metadata.get("format"),
    "choose a classifier, or the version of brenier that wrote it",
  );
  const values = Object.entries(initClassifierParameters(config, 0)).map(
    ([name, { shape }]) => [name, { shape, values: finiteFloat32(file, path, name, shape) }] as const,
  );
  return createClassifier(engine, config, Object.fromEntries(values) as ClassifierValues);
}
