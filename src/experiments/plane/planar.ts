import { pause } from "../../adapter/pause.ts";
import { ganObjective } from "../../models/systems/gan.ts";
import type { GanObjective } from "../../models/systems/ganSystem.ts";
import { planarGan } from "../../models/systems/planar.ts";
import { wganGpObjective } from "../../models/systems/wganGp.ts";
import { sample } from "../../ot/extension/extend.ts";
import type { Rule } from "../../ot/extension/rule.ts";
import { createMap } from "../../ot/map/map.ts";
import { type Points, pick, rows as rowsOf } from "../../ot/points.ts";
import { createProblem } from "../../ot/problem.ts";
import type { ProfileName } from "../../run/settings.ts";
import { solveExactly } from "../../run/solveExactly.ts";
import { type Experiment, experiment, type Findings } from "../lab/experiment.ts";
import type { Workspace } from "../lab/workspace.ts";
import { planarFindings, type Row, type Run, type Seen, type Shown } from "./planarFindings.ts";
import { PLANE_SETS, type PlaneSet } from "./planeSets.ts";

export interface PlanarConfig {
  /** Number of training rows. */
  readonly targets: number;
  /** Number of rows that each system draws. */
  readonly generated: number;
  /** The budgets for mixtures and for curves: how many seeds, and which baselines are trained. */
  readonly mixture: PlanarBudget;
  readonly curve: PlanarBudget;
  readonly epochs: number;
  readonly batch: number;
  /** Units of both hidden layers of generator and critic. */
  readonly hidden: number;
}

interface PlanarBudget {
  readonly seeds: number;
  readonly baselines: readonly BaselineName[];
}

/** Number of rows in a picture. */
const SHOWN = 2000;
/** The rule whose rows are shown. */
const SHOWN_RULE = "local";

type BaselineName = "GAN" | "WGAN-GP";
const OBJECTIVES: Readonly<Record<BaselineName, GanObjective>> = { GAN: ganObjective, "WGAN-GP": wganGpObjective };

async function run(workspace: Workspace, config: PlanarConfig): Promise<Findings> {
  const { generated, batch } = config;
  const steps = stepsOf(config);
  const seen = async (set: PlaneSet): Promise<Seen> => {
    const [transport, ...trained] = await Promise.all([
      workspace.part(`${set.name} transport`, () => ofTransport(workspace, config, set)),
      ...config[set.kind].baselines.map((name) =>
        workspace.part(`${set.name} ${name}`, () => ofBaseline(workspace, config, set, name)),
      ),
    ]);
    const rows: Row[] = [...transport.rows, ...trained.map(({ row }) => row)];
    const shown = trained[0]?.shown;
    if (shown === undefined) throw new RangeError(`planar: expected a baseline on ${set.name}, got none`);
    const { massError, heights } = transport;
    const targets = set.draw({ count: config.targets, seed: workspace.seed, even: true });
    return { set, rows, massError, generated, steps, batch, targets, heights, shown: [transport.shown, shown] };
  };
  return planarFindings(workspace, await Promise.all(PLANE_SETS.map(seen)));
}

interface Transported extends Pick<Seen, "rows" | "massError" | "heights"> {
  readonly shown: Shown;
}

/**
 * The results for fresh rows, for the targets themselves, and for the exact transport onto them by
 * each rule.
 */
async function ofTransport(workspace: Workspace, config: PlanarConfig, set: PlaneSet): Promise<Transported> {
  const runs = new Map<string, Run[]>();
  const add = (system: string, rows: Points, fresh: number | null): void => {
    const found = runs.get(system) ?? [];
    runs.set(system, [...found, { ...set.score(rows), fresh }]);
  };
  let [massError, heights, shown]: [number, number[], number[]] = [0, [], []];
  const { seeds } = config[set.kind];
  for (let k = 0; k < seeds; k++) {
    workspace.progress.update(k, seeds, `planar  ${set.name}: transport`);
    await pause(workspace.signal);
    const draw = { count: config.generated, seed: workspace.drawSeed + k };
    add("fresh rows", set.draw(draw), null);
    const targets = set.draw({ count: config.targets, seed: workspace.seed + k, even: true });
    add("the targets", targets, 0);
    const problem = createProblem(targets);
    const solution = await solveExactly(problem, { signal: workspace.signal });
    massError = Math.max(massError, solution.maxRelativeError);
    const map = createMap(workspace.gpu, problem, solution.heights);
    try {
      // The centres are exact; the rule uses `counts` only to tell whether a cell has mass.
      const centres = { centres: Float32Array.from(solution.centres), counts: solution.masses };
      const rules: readonly Rule[] = [
        { name: "plain" },
        { name: "facet" },
        { name: "local" },
        { name: "chart", centres },
      ];
      for (const rule of rules) {
        const { latents: values, share } = await sample(map, { ...draw, rule, signal: workspace.signal });
        add(`transport, ${rule.name}`, { values, count: draw.count, dimension: 2 }, share);
        if (k === 0 && rule.name === SHOWN_RULE) shown = Array.from(values.subarray(0, 2 * SHOWN));
      }
    } finally {
      map.dispose();
    }
    if (k === 0) heights = Array.from(solution.heights);
  }
  const rows = Array.from(runs, ([system, each]) => ({ system, runs: each }));
  return { rows, massError, heights, shown: { name: `transport, ${SHOWN_RULE}`, values: shown } };
}

async function ofBaseline(
  workspace: Workspace,
  config: PlanarConfig,
  set: PlaneSet,
  name: BaselineName,
): Promise<{ readonly row: Row; readonly shown: Shown }> {
  const { epochs, batch, hidden, generated } = config;
  const system = planarGan(workspace.engine, OBJECTIVES[name], { hidden });
  const runs: Run[] = [];
  let shown: number[] = [];
  for (let k = 0; k < config[set.kind].seeds; k++) {
    const seed = workspace.seed + k;
    const targets = set.draw({ count: config.targets, seed, even: true });
    const source = { count: targets.count, batch: (at: ArrayLike<number>) => pick(targets, Array.from(at)).values };
    const file = workspace.file(`${set.name}-${name}-${k + 1}`, { epochs, batch, hidden, targets: config.targets });
    await workspace.training(`${set.name}: ${name} ${k + 1}`, file, async (options) => {
      const trained = await system.train(source, { epochs, batch, seed, ...options });
      try {
        const values = await trained.sample({
          count: generated,
          seed: workspace.drawSeed + k,
          signal: workspace.signal,
        });
        const rows = { values, count: generated, dimension: 2 };
        runs.push({ ...set.score(rows), fresh: null });
        if (k === 0) shown = Array.from(rowsOf(rows, 0, Math.min(SHOWN, generated)).values);
      } finally {
        trained.dispose();
      }
    });
  }
  return { row: { system: name, runs }, shown: { name, values: shown } };
}

/**
 * Operations that take as long in a large matrix product as one training step on two cores, where
 * small kernels wait for one another.
 */
const STEP_WORK = 3e8;
/**
 * Likewise for Newton's method on the host, per target, and for the rules with their scores, per
 * row.
 */
const TARGET_WORK = 1e7;
const DRAW_WORK = 3e6;

const stepsOf = ({ epochs, targets, batch }: PlanarConfig): number => epochs * Math.floor(targets / batch);

const workOf = (config: PlanarConfig): number => {
  const { targets, generated, mixture, curve } = config;
  const trainings = 2 * mixture.seeds * mixture.baselines.length + 2 * curve.seeds * curve.baselines.length;
  const transports = 2 * mixture.seeds + 2 * curve.seeds;
  return trainings * stepsOf(config) * STEP_WORK + transports * (targets * TARGET_WORK + generated * DRAW_WORK);
};

/**
 * The experiment on whether systems reach every part of simple sets in the plane, how well and how
 * evenly.
 */
export const planarExperiment = (configs: Readonly<Record<ProfileName, PlanarConfig>>): Experiment =>
  experiment<PlanarConfig>({
    name: "planar",
    title: "Do modes collapse or mix in the plane? Ring, grid, swiss roll and spirals",
    data: [],
    configs,
    work: workOf,
    run,
  });

const SIZE = { targets: 1000, generated: 10_000, batch: 125, hidden: 128 };

/** The experiment on the mixtures of the literature, and on curves. */
export const PLANAR: Experiment = planarExperiment({
  cpu: {
    ...SIZE,
    epochs: 150,
    mixture: { seeds: 5, baselines: ["GAN", "WGAN-GP"] },
    curve: { seeds: 3, baselines: ["GAN"] },
  },
  gpu: {
    ...SIZE,
    epochs: 1500,
    mixture: { seeds: 10, baselines: ["GAN", "WGAN-GP"] },
    curve: { seeds: 10, baselines: ["GAN", "WGAN-GP"] },
  },
});
