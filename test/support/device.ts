import { create } from "webgpu";
import { openGpu } from "../../src/adapter/openGpu.ts";
import type { Family, Tile } from "../../src/kernels/family.ts";
import type { Engine } from "../../src/tensor/engine.ts";

// Kept until the process ends, so that Dawn's objects are not garbage-collected during the tests.
const opened: unknown[] = [];

/**
 * Tiles so small that matrices with a few dozen rows span several of them, with incomplete tiles at
 * every edge.
 */
export const SMALL_TILES: readonly Tile[] = [
  { m: 8, n: 16, k: 4, rows: 4, columns: 8 },
  { m: 16, n: 8, k: 6, rows: 8, columns: 4 },
];

/** Every family of kernels, `tiled` with small tiles. */
export const ALL_KERNELS: readonly { readonly family: Family; readonly tile?: Tile }[] = [
  { family: "subgroup" },
  { family: "quads" },
  { family: "portable" },
  ...SMALL_TILES.map((tile) => ({ family: "tiled", tile }) as const),
];

/**
 * An engine on a real adapter. It throws where there is none, since a skipped GPU test would look
 * like a passed one.
 */
export async function testEngine(family?: Family, tile?: Tile): Promise<Engine> {
  const gpu = await openGpu({ family, tile });
  opened.push(gpu);
  return gpu;
}

/**
 * A device with WebGPU's default limits and the given features, as a browser gives to a page
 * without requirements.
 */
export async function plainDevice(requiredFeatures: GPUFeatureName[] = [], backend?: "null"): Promise<GPUDevice> {
  const dawn = create(backend === undefined ? [] : [`backend=${backend}`]);
  opened.push(dawn);
  const adapter = await dawn.requestAdapter();
  if (adapter === null) throw new Error("expected an adapter");
  return adapter.requestDevice({ requiredFeatures });
}
