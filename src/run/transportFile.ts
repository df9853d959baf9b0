import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { checkFormat } from "../formats/checkFormat.ts";
import { DataError } from "../formats/error.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { createMap, type TransportMap, targetRows } from "../ot/map/map.ts";
import { points } from "../ot/points.ts";
import { createProblem } from "../ot/problem.ts";
import type { Source } from "../ot/source.ts";
import { FORMAT_ADVICE, finiteFloat32 } from "./modelFile.ts";

const FORMAT = "brenier.transport.1";

/**
 * Writes a solved transport: `targets` [N, d] float32, `heights` [N] and `masses` [N] float64, and
 * the source's name. TypeError for samples.
 */
export function saveTransport(path: string, { problem, heights }: TransportMap): void {
  const { targets, nu, source } = problem;
  if (typeof source !== "string") throw new TypeError("transport: expected the source gaussian or cube, got samples");
  const all = Uint32Array.from({ length: targets.count }, (_, i) => i);
  const tensors = {
    targets: { shape: [targets.count, targets.dimension], data: targetRows(problem, all) },
    heights: { shape: [targets.count], data: heights },
    masses: { shape: [targets.count], data: nu },
  };
  writeFileAtomic(path, encodeSafetensors(tensors, { format: FORMAT, source }));
}

/**
 * Reads what `saveTransport` wrote, for codes of dimension `latent`. DataError for another format,
 * and when the file holds something else.
 *
 * @param bytes those of the file, where it was read before.
 */
export function loadTransport(
  path: string,
  gpu: Gpu,
  latent: number,
  bytes: Uint8Array = readOwnBytes(path),
): TransportMap {
  const file = decodeSafetensors(bytes, path);
  checkFormat(path, FORMAT, file.metadata.get("format"), FORMAT_ADVICE);
  const targets = finiteFloat32(file, path, "targets", [null, latent]);
  const count = targets.length / latent;
  const float64 = (name: string): Float64Array => {
    const data = file.tensors.get(name)?.data;
    if (data instanceof Float64Array && data.length === count) return data;
    throw new DataError(`${path}: expected \`${name}\` as float64 [${count}]; is it a finished run?`);
  };
  const source = file.metadata.get("source");
  if (source !== "gaussian" && source !== "cube") {
    throw new DataError(`${path}: expected the source gaussian or cube in its metadata, got ${source ?? "none"}`);
  }
  try {
    const problem = createProblem(points("targets", targets, latent), {
      nu: float64("masses"),
      source: source as Source,
    });
    return createMap(gpu, problem, float64("heights"));
  } catch (error) {
    if (error instanceof RangeError) throw new DataError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
