// Class-conditional maps: for each label one transport problem, with its own vector of heights,
// over the targets with that label.

import { dispose, type Resource, resource } from "../kernels/dispose.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { checkNumbers } from "../kernels/numbers.ts";
import { checkOptions, kindOf } from "../kernels/options.ts";
import { SAMPLE_OPTIONS, type SampleOptions, sample } from "./extension/extend.ts";
import type { Extended } from "./extension/rule.ts";
import { createMap, type TransportMap } from "./map/map.ts";
import { checkPoints, type Points, pick } from "./points.ts";
import { createProblem, type ProblemOptions } from "./problem.ts";
import { SOLVE_OPTIONS, type Solution, type SolveOptions } from "./solver/solution.ts";
import { solve } from "./solver/solver.ts";

/** The map onto the targets of one label. */
export interface ClassMap {
  readonly label: number;
  /** Indices of the label's targets among all targets. */
  readonly members: Uint32Array;
  /** The label's share of the masses. */
  readonly mass: number;
  readonly map: TransportMap;
  readonly solution: Solution;
}

/**
 * Maps by label, in increasing order of labels. They hold buffers on the device until
 * `dispose`.
 */
export interface ClassMaps extends Resource {
  readonly byLabel: ReadonlyMap<number, ClassMap>;
}

/**
 * Solves one problem per label that has mass, each with the same options. RangeError unless there
 * is one label per target, none of them NaN, and a finite sum of masses above 0.
 */
export async function solveClasses(
  gpu: Gpu,
  targets: Points,
  labels: ArrayLike<number>,
  options: ProblemOptions & SolveOptions = {},
): Promise<ClassMaps> {
  checkOptions("solveClasses", options, ["nu", "source", ...SOLVE_OPTIONS]);
  const { nu: given, source, ...solving } = options;
  checkPoints("solveClasses: `targets`", targets);
  if (labels?.length !== targets.count) {
    throw new RangeError(`solveClasses: expected ${targets.count} \`labels\`, got ${labels?.length ?? kindOf(labels)}`);
  }
  checkNumbers("solveClasses: `labels`", labels);
  if (given !== undefined) checkNumbers("solveClasses: `nu`", given);
  const unlabelled = Array.from(labels).findIndex(Number.isNaN);
  if (unlabelled >= 0) throw new RangeError(`solveClasses: expected numbers as \`labels\`, got NaN at ${unlabelled}`);
  const nu = given ?? new Float64Array(targets.count).fill(1);
  if (nu.length !== targets.count)
    throw new RangeError(`solveClasses: expected ${targets.count} masses \`nu\`, got ${nu.length}`);
  const total = Array.from(nu).reduce((sum, mass) => sum + mass, 0);
  if (!(total > 0 && total < Number.POSITIVE_INFINITY))
    throw new RangeError(`solveClasses: expected masses \`nu\` with a finite sum above 0, got ${total}`);
  const maps = new Map<number, ClassMap>();
  const free = (): void => dispose(...Array.from(maps.values(), ({ map }) => map));
  try {
    for (const label of [...new Set(Array.from(labels))].sort((a, b) => a - b)) {
      const members = Uint32Array.from(
        Array.from({ length: targets.count }, (_, i) => i).filter((i) => labels[i] === label),
      );
      const masses = Float64Array.from(members, (i) => nu[i] as number);
      if (masses.every((m) => m === 0)) continue;
      const mass = masses.reduce((sum, m) => sum + m, 0);
      const problem = createProblem(pick(targets, [...members]), {
        nu: masses,
        ...(source === undefined ? {} : { source }),
      });
      const solution = await solve(gpu, problem, solving);
      const map = createMap(gpu, problem, solution.heights);
      maps.set(label, { label, members, mass: mass / total, map, solution });
    }
  } catch (error) {
    free();
    throw error;
  }
  return resource({ byLabel: maps }, free);
}

/**
 * Latents of one label; `index` and `partner` are indices among all targets. RangeError for labels
 * without a map.
 */
export async function sampleClass({ byLabel }: ClassMaps, label: number, options: SampleOptions): Promise<Extended> {
  checkOptions("sampleClass", options, SAMPLE_OPTIONS);
  const found = byLabel.get(label);
  if (found === undefined) {
    throw new RangeError(`sampleClass: expected a label of [${[...byLabel.keys()].join(", ")}], got ${label}`);
  }
  return amongAll(await sample(found.map, options), found.members);
}

/** Latents of one label with the indices that its targets have among all targets. */
export function amongAll(extended: Extended, members: Uint32Array): Extended {
  const { index, partner, ...rest } = extended;
  return {
    ...rest,
    index: index.map((i) => members[i] as number),
    partner: partner.map((j) => (j < 0 ? j : (members[j] as number))),
  };
}
