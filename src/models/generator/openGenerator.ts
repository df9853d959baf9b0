import { inPieces } from "../../kernels/batches.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import { PlainCells } from "../../ot/cells/plainCells.ts";
import { amongAll } from "../../ot/classes.ts";
import { extend, sourceOf } from "../../ot/extension/extend.ts";
import type { Extended, Rule } from "../../ot/extension/rule.ts";
import { mapOn, type Transported, type TransportMap, transport } from "../../ot/map/map.ts";
import { type Points, points } from "../../ot/points.ts";
import { checkProblem } from "../../ot/problem.ts";
import type { Engine } from "../../tensor/engine.ts";
import { encodeImages } from "../autoencoder/calibrate.ts";
import { CODE_DRAW, type CodeDraw, decodeCodes, generate } from "../autoencoder/generator.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { pixelSource } from "../training/pixelSource.ts";
import { GENERATOR_VALUES, type GeneratorValues, generatorSteps } from "./generatorFile.ts";
import { concatenated, joined } from "./joined.ts";
import { createModel } from "./modelFile.ts";
import { type Crossed, crossedCells } from "./path.ts";
import type { Pictures } from "./pictures.ts";
import type { TransportValues } from "./transportFile.ts";

/** Which pictures a generator draws. */
export interface GenerateOptions extends CodeDraw {
  /** Draws from the map of this label. Default: from the map of all targets. */
  readonly label?: number | undefined;
  /** Called after every 2,000 pictures and after the last one. */
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
}

/** Pictures that were drawn, and their codes. */
export interface Drawn extends Pictures {
  readonly codes: Extended;
}

/** Pictures along a straight path of source points. */
export interface Path extends Drawn {
  /** The place of each picture on the path, from 0 to 1. */
  readonly at: Float64Array<ArrayBuffer>;
  /** The cells on the path, in their order; see `crossedCells`. */
  readonly crossed: readonly Crossed[];
}

/**
 * A generator on a device: source → code → picture, and back. Source points and codes are rows of
 * `config.latent` numbers. One call at a time: await the one before.
 */
export interface OpenGenerator extends Resource {
  readonly config: AutoencoderConfig;
  readonly rule: Rule;
  /** Labels that have a map of their own, in increasing order. */
  readonly labels: readonly number[];
  /** Version of brenier that trained it, where it says so. */
  readonly version: string | undefined;
  /**
   * The transport onto the codes of the training images, for points and draws without sign flips.
   */
  readonly map: TransportMap;
  /**
   * Pictures number `first` (default 0) to `first + count` of a seed. Picture n of a seed is the
   * same whatever else is drawn. RangeError for a label without a map.
   */
  generate(options: GenerateOptions): Promise<Drawn>;
  /** The source points, row after row, of the pictures that `generate` draws without a label. */
  noise(draw: CodeDraw): Promise<Float32Array>;
  /** Codes [count, latent] of pictures [count, height, width, channels] with pixels in [0, 1]. */
  encode(pixels: Float32Array, options?: Cancellable): Promise<Float32Array<ArrayBuffer>>;
  /** Pictures of codes [count, latent]. */
  decode(codes: Float32Array, options?: Cancellable): Promise<Pictures>;
  /** T(x) and the cells of source points x [count, latent]. */
  transport(x: Float32Array, options?: Cancellable): Promise<Transported>;
  /**
   * Pictures at `steps` ≥ 2 equally distant points of the straight path from x0 to x1 [latent],
   * both included, by the generator's rule; and all cells that the path crosses.
   */
  interpolate(x0: Float32Array, x1: Float32Array, steps: number, options?: Cancellable): Promise<Path>;
}

/** Pictures drawn between two reports, in whole batches of the decoder. */
const BLOCK = 2000;

/**
 * Opens the bytes of a generator.safetensors on a device. The caller disposes of it; the engine
 * stays open.
 *
 * @throws DataError as by `decodeGenerator`; RangeError where the device has no room.
 */
export async function openGenerator(
  engine: Engine,
  bytes: Uint8Array | ArrayBuffer,
  options: Cancellable = {},
): Promise<OpenGenerator> {
  checkOptions("openGenerator", options, ["signal"]);
  const values = await inPieces(engine, generatorSteps(bytes), options.signal);
  return inPieces(engine, placeSteps(engine, values), options.signal);
}

/** A generator of the given numbers on a device: see `openGenerator`. */
export function createGenerator(engine: Engine, values: GeneratorValues): OpenGenerator {
  checkOptions("createGenerator", values, GENERATOR_VALUES);
  return atOnce(placeSteps(engine, values));
}

/** `createGenerator` in pieces. */
function* placeSteps(engine: Engine, values: GeneratorValues): Steps<OpenGenerator> {
  const { config, rule, classes = [], version } = values;
  const { height, width, channels, latent } = config;
  const owned: Resource[] = [];
  const own = <R extends Resource>(made: R): R => {
    owned.push(made);
    return made;
  };
  // Nothing that a generator does draws points with sign flips, whose kernels are large.
  const mapOf = ({ problem, heights }: TransportValues): TransportMap => {
    checkProblem("createGenerator", problem);
    const cells = new PlainCells(engine, problem.targets, problem.source);
    return own(mapOn(engine, cells, { problem, heights }));
  };
  let made = false;
  try {
    const { model, calibration } = createModel(engine, config, values);
    own(model);
    own(calibration);
    yield;
    const map = mapOf(values.transport);
    const byLabel = new Map<number, { readonly members: Uint32Array; readonly map: TransportMap }>();
    for (const { label, members, map: each } of classes) {
      yield;
      byLabel.set(label, { members, map: mapOf(each) });
    }
    const pointsOf = (name: string, rows: Float32Array): Points => points(name, rows, latent);
    const picturesOf = (pixels: Float32Array<ArrayBuffer>): Pictures => {
      const count = pixels.length / (height * width * channels);
      return { pixels, count, height, width, channels };
    };
    const decode = async (codes: Float32Array, options: Cancellable): Promise<Pictures> =>
      picturesOf(await decodeCodes(model, calibration, codes, options));
    const generator = resource<OpenGenerator>(
      {
        config,
        rule,
        version,
        map,
        labels: [...byLabel.keys()],

        async generate(options) {
          checkOptions("generate", options, [...CODE_DRAW, "label", "onProgress"]);
          const { label, onProgress, count, seed, first = 0, balanced = false, signal } = options;
          const found = label === undefined ? undefined : byLabel.get(label);
          if (label !== undefined && found === undefined) {
            throw new RangeError(`generate: expected a label of [${[...byLabel.keys()].join(", ")}], got ${label}`);
          }
          checkCount("generate", count);
          const parts: Awaited<ReturnType<typeof generate>>[] = [];
          for (let done = 0; done < count; ) {
            const draw = { count: Math.min(BLOCK, count - done), seed, first: first + done, balanced, signal };
            parts.push(await generate({ model, calibration, map: found?.map ?? map, rule }, draw));
            done += draw.count;
            onProgress?.(done, count);
          }
          const codes = joined(parts.map((part) => part.codes));
          return {
            ...picturesOf(
              concatenated(
                Float32Array,
                parts.map(({ pixels }) => pixels),
              ),
            ),
            codes: found === undefined ? codes : amongAll(codes, found.members),
          };
        },

        async noise(draw) {
          checkOptions("noise", draw, CODE_DRAW);
          const { count, signal } = draw;
          checkCount("noise", count);
          const points = await sourceOf(map, draw);
          return "values" in points ? points.values : (await map.cells.draw(points, { signal })).values;
        },

        async encode(pixels, options = {}) {
          checkOptions("encode", options, ["signal"]);
          const images = pixelSource("encode", pixels, config);
          return encodeImages(model, calibration, images, options);
        },

        async decode(codes, options = {}) {
          checkOptions("decode", options, ["signal"]);
          return decode(pointsOf("decode: `codes`", codes).values, options);
        },

        async transport(x, options = {}) {
          checkOptions("transport", options, ["signal"]);
          return transport(map, pointsOf("transport: `x`", x), options);
        },

        async interpolate(x0, x1, steps, options = {}) {
          checkOptions("interpolate", options, ["signal"]);
          const ends = [pointsOf("interpolate: `x0`", x0), pointsOf("interpolate: `x1`", x1)] as const;
          if (ends.some(({ count }) => count !== 1)) {
            throw new RangeError(
              `interpolate: expected two points of ${latent} numbers, got ${x0.length} and ${x1.length}`,
            );
          }
          if (!(Number.isSafeInteger(steps) && steps >= 2)) {
            throw new RangeError(`interpolate: expected \`steps\` as an integer from 2, got ${steps}`);
          }
          const at = Float64Array.from({ length: steps }, (_, n) => n / (steps - 1));
          const x = new Float32Array(steps * latent);
          const [from, to] = [ends[0].values, ends[1].values];
          for (let i = 0; i < x.length; i++) {
            const t = at[Math.floor(i / latent)] as number;
            x[i] = (1 - t) * (from[i % latent] as number) + t * (to[i % latent] as number);
          }
          const { signal } = options;
          const crossed = await crossedCells(map, [from, to], { gpu: engine, signal });
          const codes = await extend(map, pointsOf("interpolate", x), rule, options);
          return { ...(await decode(codes.latents, options)), codes, at, crossed };
        },
      },
      () => dispose(...owned),
    );
    made = true;
    return generator;
  } finally {
    if (!made) dispose(...owned.toReversed());
  }
}

function checkCount(op: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  throw new RangeError(
    `${op}: expected an integer \`count\` from 1, got ${typeof count === "number" ? count : kindOf(count)}`,
  );
}
