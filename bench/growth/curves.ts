// Which stages are measured at which sizes.
import type { SizeName, Sizes } from "./point.ts";
import type { StageName } from "./stages.ts";

/** A stage whose cost is followed over one size while the others stay. */
export interface Curve {
  readonly stage: StageName;
  readonly over: SizeName;
  readonly values: readonly number[];
  readonly at: Partial<Sizes>;
  /** The exponent that the algorithm has for large sizes. */
  readonly order: number;
}

const TARGETS = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const LISTS = TARGETS.slice(0, 5);
const DIMENSIONS = [2, 4, 16, 64, 256, 1024];
const PLACE = { targets: 4096, dimension: 64 };

/** The curves of a whole run, about 15 minutes on two idle cores. */
export const curves: readonly Curve[] = [
  { stage: "targets made a problem", over: "targets", values: TARGETS, at: { dimension: 64 }, order: 1 },
  { stage: "targets made a problem", over: "dimension", values: DIMENSIONS, at: { targets: 4096 }, order: 1 },
  { stage: "Gaussian start", over: "targets", values: TARGETS, at: { dimension: 64 }, order: 1 },
  { stage: "Gaussian start", over: "dimension", values: DIMENSIONS, at: { targets: 4096 }, order: 2 },
  { stage: "assignment", over: "targets", values: TARGETS, at: { dimension: 64, samples: 1024 }, order: 1 },
  { stage: "assignment", over: "dimension", values: DIMENSIONS, at: { targets: 4096, samples: 4096 }, order: 1 },
  { stage: "assignment", over: "samples", values: [1024, 4096, 16_384, 65_536, 262_144], at: PLACE, order: 1 },
  {
    stage: "assignment, signs flipped",
    over: "targets",
    values: TARGETS,
    at: { dimension: 64, samples: 16_384 },
    order: 1,
  },
  {
    stage: "assignment, signs flipped",
    over: "dimension",
    values: DIMENSIONS.slice(1),
    at: { targets: 4096, samples: 65_536 },
    order: 1,
  },
  {
    stage: "assignment, signs flipped",
    over: "samples",
    values: [4096, 16_384, 65_536, 262_144, 1_048_576],
    at: PLACE,
    order: 1,
  },
  {
    stage: "solve",
    over: "targets",
    values: [1000, 2000, 5000, 10_000, 20_000, 60_000, 200_000, 1_000_000],
    at: { dimension: 64 },
    order: 2,
  },
  { stage: "solve", over: "dimension", values: DIMENSIONS, at: { targets: 2000 }, order: 1 },
  {
    stage: "last check",
    over: "targets",
    values: [1000, 3000, 10_000, 30_000, 60_000],
    at: { dimension: 64 },
    order: 2,
  },
  { stage: "certificate", over: "targets", values: LISTS, at: { dimension: 64, samples: 8192 }, order: 1 },
  { stage: "certificate", over: "dimension", values: DIMENSIONS, at: { targets: 4096, samples: 8192 }, order: 1 },
  { stage: "certificate", over: "samples", values: [2048, 8192, 32_768, 131_072], at: PLACE, order: 1 },
  { stage: "neighbour graph", over: "targets", values: LISTS, at: { dimension: 64, samples: 8192 }, order: 1 },
  { stage: "neighbour graph", over: "dimension", values: DIMENSIONS, at: { targets: 4096, samples: 8192 }, order: 1 },
  { stage: "neighbour graph", over: "samples", values: [2048, 8192, 32_768, 131_072], at: PLACE, order: 1 },
  { stage: "extension, rule facet", over: "targets", values: LISTS, at: { dimension: 64, samples: 1024 }, order: 1 },
  {
    stage: "extension, rule facet",
    over: "dimension",
    values: DIMENSIONS,
    at: { targets: 4096, samples: 1024 },
    order: 1,
  },
  { stage: "extension, rule facet", over: "samples", values: [256, 1024, 4096, 16_384], at: PLACE, order: 1 },
  { stage: "exact solve in the plane", over: "targets", values: [300, 1000, 3000, 10_000], at: {}, order: 1.5 },
  { stage: "training step", over: "batch", values: [10, 30, 100, 300, 1000], at: { side: 28 }, order: 1 },
  { stage: "training step", over: "side", values: [16, 32, 64, 112], at: { batch: 10 }, order: 2 },
  { stage: "calibration", over: "images", values: [300, 1000, 3000, 10_000], at: { side: 28 }, order: 1 },
  { stage: "calibration", over: "side", values: [16, 32, 64], at: { images: 300 }, order: 2 },
  { stage: "codes", over: "images", values: [300, 1000, 3000, 10_000, 30_000], at: { side: 28 }, order: 1 },
  { stage: "codes", over: "side", values: [16, 32, 64], at: { images: 300 }, order: 2 },
];

/** A run of some seconds that tries the bench and says nothing of growth. */
export const quickCurves: readonly Curve[] = [
  { stage: "assignment", over: "targets", values: [100, 200, 400], at: { dimension: 8, samples: 256 }, order: 1 },
  { stage: "training step", over: "batch", values: [1, 2], at: { side: 4 }, order: 1 },
];
