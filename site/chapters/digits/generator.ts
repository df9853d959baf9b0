// A generator that is open in the page. With a GPU it draws; without one its cells are known.
import {
  createGenerator,
  decodeGenerator,
  type GeneratorValues,
  type OpenGenerator,
  type Pictures,
} from "brenier/models";
import { cellsInPlane, type Extended, extend, type NearestFacet, nearestFacet, points } from "brenier/ot";
import type { OpenedGpu } from "brenier/web";
import { hostRandom } from "../../../src/math/philox.ts";
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";
import { DEFAULT_ANGLE } from "../../../src/ot/extension/rule.ts";
import { centredAngle } from "../../../src/ot/map/angles.ts";
import { targetRows } from "../../../src/ot/map/map.ts";
import { part } from "../pictures/canvas.ts";
import type { View } from "./plane.ts";

/** Greatest file that is read. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Pictures of a path. */
export const STEPS = 9;
/** Last coordinate of normals where the rule says nothing; see `centredAngle`. */
const LIFT = 0.1;

/** How far from a facet, on both sides, it is asked which codes the map mixes there. */
const BESIDE = 1e-3;

/** What is seen at a source point. */
export interface Look {
  readonly facet: NearestFacet;
  readonly drawn: Drawn | undefined;
}

export interface Drawn {
  /** Of the point itself, of both sides of the facet, and of the points of the way across it. */
  readonly codes: Extended;
  /** Whether the map mixes the codes of both sides at the facet; else it jumps there. */
  readonly joined: boolean;
  /** The picture drawn, that of the cell's stored code, that of the code across the facet. */
  readonly three: Pictures;
  /** Along the straight way in the noise, to the other side of the nearest facet. */
  readonly across: Pictures;
  /** Along the straight way between the two stored codes. */
  readonly mixed: Pictures;
}

export class Generator {
  readonly name: string;
  readonly values: GeneratorValues;
  /** θ̂: the greatest angle between cells whose codes are mixed. */
  readonly limit: number;
  readonly angleOf: (i: number, j: number) => number;
  readonly #lift: number;
  readonly #open: OpenGenerator | undefined;
  readonly #gpu: OpenedGpu | null;

  /** DataError for bytes that are no generator, RangeError where they are no safetensors at all. */
  constructor(gpu: OpenedGpu | null, bytes: Uint8Array, name: string) {
    checkSize(bytes.length, name);
    // The header of the format begins behind eight bytes that have its length.
    if (bytes[8] !== "{".charCodeAt(0)) {
      throw new RangeError(`${name}: expected a generator.safetensors, got a file of another kind; drop such a one`);
    }
    this.name = name;
    this.values = decodeGenerator(bytes, name);
    this.#gpu = gpu;
    this.#open = gpu === null ? undefined : createGenerator(gpu, this.values);
    const { rule, transport } = this.values;
    this.#lift = (rule.name === "facet" ? rule.lift : undefined) ?? LIFT;
    this.limit = rule.name === "facet" && typeof rule.angle === "number" ? rule.angle : DEFAULT_ANGLE;
    this.angleOf = centredAngle(transport.problem, this.#lift);
  }

  get drawing(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Rows of noise: those of pictures number n of a seed, or without a GPU any that are as likely.
   */
  async noise(seed: number, numbers: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const { latent } = this.values.config;
    const rows = new Float32Array(numbers.length * latent);
    for (const [at, first] of numbers.entries()) {
      if (this.#open !== undefined) {
        rows.set(await this.#open.noise({ seed, first, count: 1, signal }), at * latent);
        continue;
      }
      const random = hostRandom(seed, first);
      const cube = this.values.transport.problem.source === "cube";
      for (let k = 0; k < latent; k++) rows[at * latent + k] = cube ? random.uniform() - 0.5 : random.normal();
    }
    return rows;
  }

  cells(view: View, signal: AbortSignal): Promise<Polygons> {
    const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
    return cellsInPlane({ ...this.values.transport, gpu: this.#gpu ?? { pause } }, view, view.half, { signal });
  }

  /** The pictures of stored codes; undefined without a GPU. */
  async stored(cells: readonly number[], signal: AbortSignal): Promise<Pictures | undefined> {
    if (cells.length === 0) return undefined;
    return this.#open?.decode(targetRows(this.values.transport.problem, cells), { signal });
  }

  async look(x: Float32Array<ArrayBuffer>, signal: AbortSignal): Promise<Look> {
    const { transport, config, rule } = this.values;
    const facet = nearestFacet(transport, x, this.#lift);
    const open = this.#open;
    if (open === undefined) return { facet, drawn: undefined };
    const d = config.latent;
    const { cell, across, distance } = facet;
    const [y, z] = [cell, across < 0 ? cell : across].map((i) => targetRows(transport.problem, [i])) as [
      Float32Array,
      Float32Array,
    ];
    const normal = Float64Array.from(z, (value, k) => value - (y[k] as number));
    const length = Math.hypot(...normal);
    // To the mirror image of the point, so that the facet is in the middle.
    const along = Array.from({ length: STEPS }, (_, n) => n / (STEPS - 1));
    const lengths = [0, distance - BESIDE, distance + BESIDE, ...along.map((t) => 2 * t * distance)];
    const way = Float32Array.from({ length: lengths.length * d }, (_, at) => {
      const [k, far] = [at % d, lengths[Math.floor(at / d)] as number];
      return (x[k] as number) + (length > 0 ? (far * (normal[k] as number)) / length : 0);
    });
    const mixed = along.flatMap((t) => Array.from(y, (value, k) => (1 - t) * value + t * (z[k] as number)));
    const codes = await extend(open.map, points("walk", way, d), rule, { signal });
    const joined = codes.partner[1] === across && codes.partner[2] === cell;
    const { latents } = codes;
    const all = new Float32Array([...latents.subarray(0, d), ...y, ...z, ...latents.subarray(3 * d), ...mixed]);
    const pictures = await open.decode(all, { signal });
    const [three, over, straight] = [part(pictures, 0, 3), part(pictures, 3, STEPS), part(pictures, 3 + STEPS, STEPS)];
    return { facet, drawn: { codes, joined, three, across: over, mixed: straight } };
  }

  dispose(): void {
    this.#open?.dispose();
  }
}

/** RangeError for a file that is too large to be read. */
export function checkSize(bytes: number, name: string): void {
  if (bytes <= MOST_BYTES) return;
  throw new RangeError(`${name}: expected at most 512 MiB, got ${Math.round(bytes / 2 ** 20)}`);
}

/** The root mean square of the change of pixels from each picture to the next. */
export function changes({ pixels, count }: Pictures): number[] {
  const size = pixels.length / count;
  return Array.from({ length: count - 1 }, (_, n) => {
    let square = 0;
    for (let i = 0; i < size; i++) {
      const change = (pixels[(n + 1) * size + i] as number) - (pixels[n * size + i] as number);
      square += (change * change) / size;
    }
    return Math.sqrt(square);
  });
}
