import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { decodeTransport, encodeTransport } from "../models/generator/transportFile.ts";
import { createMap, type TransportMap } from "../ot/map/map.ts";

/** Writes a solved transport: see `encodeTransport`. */
export function saveTransport(path: string, map: TransportMap): void {
  writeFileAtomic(path, encodeTransport(map));
}

/**
 * Reads what `saveTransport` wrote, for codes of dimension `latent`, as a map on the device.
 * DataError as by `decodeTransport`.
 */
export function loadTransport(path: string, gpu: Gpu, latent: number): TransportMap {
  const { problem, heights } = decodeTransport(readOwnBytes(path), latent, path);
  return createMap(gpu, problem, heights);
}
