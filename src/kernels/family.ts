import { type Device, featuresOf } from "./device.ts";

/**
 * Which kernels run: `subgroup` for CPU drivers with 8 lanes (lavapipe), `quads` for those with 4
 * (SwiftShader), `tiled` for GPUs, `portable` everywhere, since it asks for no feature and no limit
 * beyond WebGPU's defaults.
 */
export type Family = (typeof FAMILIES)[number];
/** The names of all families of kernels. */
export const FAMILIES = ["subgroup", "quads", "tiled", "portable"] as const;

/**
 * A workgroup of family `tiled` owns m × n values of a product and takes k steps at a time; a
 * thread owns rows × columns of them.
 */
export interface Tile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly rows: number;
  readonly columns: number;
}

/** The kernels that a device computes with. */
export interface KernelConfig {
  readonly family: Family;
  /** Of family `tiled` only. */
  readonly tile?: Tile;
}

/** Number of lanes of a subgroup that family `subgroup` is written for. */
export const LANES = 8;

/** Number of lanes that share values in family `quads`. */
const QUAD = 4;

/** Tiles worth trying on a GPU, the safest first. The last fits into WebGPU's default limits. */
export const TILES: readonly Tile[] = [
  { m: 64, n: 64, k: 16, rows: 8, columns: 8 },
  { m: 128, n: 64, k: 16, rows: 8, columns: 8 },
  { m: 128, n: 128, k: 16, rows: 8, columns: 8 },
  { m: 128, n: 128, k: 8, rows: 8, columns: 8 },
  { m: 64, n: 64, k: 8, rows: 8, columns: 8 },
];

export const format = ({ family, tile }: KernelConfig): string =>
  tile === undefined ? family : `${family} ${tile.m}x${tile.n}x${tile.k}/${tile.rows}x${tile.columns}`;

/** The kernels that a caller asks for; what is left out is chosen by the device. */
export interface Wanted {
  readonly family?: Family | undefined;
  readonly tile?: Tile | undefined;
}

/**
 * The kernels of a device: the requested ones, else `subgroup` where a subgroup has 8 lanes,
 * `quads` where it has 4, and `portable` elsewhere. Throws Error where the device lacks what they
 * need and RangeError for an invalid tile.
 */
export function resolveKernels(device: Device, { family, tile }: Wanted): KernelConfig {
  const chosen = family ?? (tile !== undefined ? "tiled" : byLanes(device));
  if (!FAMILIES.includes(chosen)) {
    throw new RangeError(`gpu: expected a family ${FAMILIES.join(", ")}, got ${chosen}`);
  }
  if (tile !== undefined && chosen !== "tiled") {
    throw new RangeError(`gpu: expected a \`tile\` with family tiled only, got one with ${chosen}`);
  }
  if (chosen === "tiled") {
    const found = tile ?? TILES.find((t) => lack(device, t) === undefined);
    if (found === undefined)
      throw new Error("gpu: expected a device that holds a tile of family `tiled`; use `portable`");
    const missing = lack(device, found);
    if (missing !== undefined) throw new Error(`gpu: ${missing}; use a smaller tile or \`portable\``);
    return { family: chosen, tile: found };
  }
  if (chosen === "subgroup" && lanesOf(device) !== LANES) {
    throw new Error(
      `gpu: expected a device with the \`subgroups\` feature and ${LANES} lanes for family \`subgroup\`; use \`portable\``,
    );
  }
  if (chosen === "quads" && !hasQuads(device)) {
    throw new Error(
      `gpu: expected a device with the \`subgroups\` feature and ${QUAD} or ${LANES} lanes for family \`quads\`; use \`portable\``,
    );
  }
  return { family: chosen };
}

/** All kernels that a device can run. */
export function kernelsOf(device: Device): readonly KernelConfig[] {
  const tiled = TILES.filter((tile) => lack(device, tile) === undefined);
  return [
    ...(lanesOf(device) === LANES ? [{ family: "subgroup" } as const] : []),
    ...(hasQuads(device) ? [{ family: "quads" } as const] : []),
    { family: "portable" },
    ...tiled.map((tile) => ({ family: "tiled", tile }) as const),
  ];
}

/**
 * Threads in a workgroup, and the bytes that they share: two buffers of k rows of each operand, a
 * vec4 of padding to a row.
 */
const threadsOf = ({ m, n, rows, columns }: Tile): number => (m / rows) * (n / columns);
const bytesOf = ({ m, n, k }: Tile): number => 2 * k * (m / 4 + 1 + n / 4 + 1) * 16;

/**
 * What a device lacks for a tile, if anything. RangeError for a tile that shaders/matmulTiled.wgsl
 * cannot divide among its threads.
 */
function lack({ limits }: Device, tile: Tile): string | undefined {
  const { m, n, k, rows, columns } = tile;
  const threads = threadsOf(tile);
  const divides =
    [m, n, k, rows, columns].every((size) => Number.isInteger(size) && size > 0) &&
    [rows, columns].every((size) => size % 4 === 0) &&
    Number.isInteger(m / rows) &&
    Number.isInteger(n / columns) &&
    [m, n].every((size) => ((size / 4) * k) % threads === 0);
  if (!divides) {
    throw new RangeError(
      "gpu: expected a tile whose `m` and `n` are multiples of its `rows` and `columns`, these of 4, and whose m·k/4 and n·k/4 " +
        `are multiples of its ${threads} threads, got ${format({ family: "tiled", tile })}`,
    );
  }
  const { maxComputeInvocationsPerWorkgroup: most, maxComputeWorkgroupStorageSize: room } = limits;
  if (threads > most || m / rows > limits.maxComputeWorkgroupSizeY || n / columns > limits.maxComputeWorkgroupSizeX) {
    return `expected a device with ${threads} invocations per workgroup for this tile, got ${most}`;
  }
  if (bytesOf(tile) > room) {
    return `expected a device with ${bytesOf(tile)} bytes of workgroup memory for this tile, got ${room}`;
  }
  return undefined;
}

/** Number of lanes of all subgroups; 0 where they differ, or where kernels cannot use them. */
function lanesOf(device: Device): number {
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = device.adapterInfo;
  return featuresOf(device).has("subgroups") && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0;
}

/** Whether `quads` runs: a subgroup of 8 lanes is two quads. */
const hasQuads = (device: Device): boolean => [QUAD, LANES].includes(lanesOf(device));

function byLanes(device: Device): Family {
  const lanes = lanesOf(device);
  return lanes === LANES ? "subgroup" : lanes === QUAD ? "quads" : "portable";
}
