import { STREAMS } from "../../math/streams.ts";
import { fitContinuousMap } from "../../models/systems/continuousMap.ts";
import { createMap, type TransportMap, transport } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { scenePng } from "../../pictures/raster.ts";
import type { ProfileName } from "../../run/settings.ts";
import { type Experiment, experiment, type Findings } from "../lab/experiment.ts";
import type { Workspace } from "../lab/workspace.ts";
import { measureAgreement } from "./agreement.ts";
import { type ClusterName, type SolvedClusters, solveClusters } from "./clusters.ts";
import {
  type CollaborationConfig,
  collaborationFindings,
  type Found,
  type Tried,
  WIDER,
} from "./collaborationFindings.ts";
import { measureMixing } from "./mixing.ts";
import { mixingPicture } from "./mixingPicture.ts";

const SHOWN = 6000; // number of outputs in the picture

const problemsOf = ({ epochs }: CollaborationConfig): readonly (readonly [ClusterName, number])[] =>
  Object.entries(epochs) as [ClusterName, number][];

/** A solved problem and its map on the device. */
interface Setting {
  readonly workspace: Workspace;
  readonly config: CollaborationConfig;
  readonly name: ClusterName;
  readonly epochs: number;
  readonly solved: SolvedClusters;
  readonly map: TransportMap;
}

async function run(workspace: Workspace, config: CollaborationConfig): Promise<Findings> {
  const { signal } = workspace;
  const found: Found[] = [];
  for (const [name, epochs] of problemsOf(config)) {
    const solved = await solveClusters(name, { count: config.targets, seed: workspace.seed, signal });
    const map = createMap(workspace.gpu, solved.problem, solved.solution.heights);
    const setting: Setting = { workspace, config, name, epochs, solved, map };
    try {
      const [agreement, ...networks] = await Promise.all([
        workspace.part(`${name} agreement`, () =>
          measureAgreement(map, solved, { ...config, seed: workspace.seed, signal }),
        ),
        ...Array.from({ length: config.networks }, (_, i) =>
          workspace.part(`${name} network ${i + 1}`, () => tryNetwork(setting, i + 1)),
        ),
      ]);
      found.push({ name, facets: solved.singular.count, agreement, networks });
    } finally {
      map.dispose();
    }
  }
  return collaborationFindings(config, found);
}

/**
 * Trains network number n on a problem, measures where its outputs are off the clusters, and draws
 * it.
 */
async function tryNetwork({ workspace, config, name, epochs, solved, map }: Setting, n: number): Promise<Tried> {
  const { pairs, hidden, batch, learningRate } = config;
  const { signal } = workspace;
  const seed = workspace.seed + n - 1;
  const drawn = { seed, stream: STREAMS.source.generation, first: 0, count: pairs };
  const { points: plain } = await map.cells.assign(drawn, ["points"], { signal });
  const x = points(
    "collaboration",
    plain.map((v) => WIDER * v),
    2,
  );
  const { y } = await transport(map, x, { signal });
  const options = { hidden, epochs, batch, learningRate, every: 50 };
  const file = workspace.file(`network-${name}`, { n, pairs, ...options });
  return workspace.training(`${name}, network ${n}`, file, async (kept) => {
    const images = points("collaboration", y, 2);
    const network = await fitContinuousMap(workspace.engine, x, images, { ...options, seed, ...kept });
    try {
      const mixing = await measureMixing(map, network, solved, {
        ...config,
        seed: workspace.drawSeed,
        signal: workspace.signal,
      });
      if (n > 1) return { ...mixing, picture: null };
      const shown = { seed: workspace.drawSeed, stream: STREAMS.source.evaluation, first: 0, count: SHOWN };
      const { points: places } = await map.cells.assign(shown, ["points"]);
      const picture = workspace.picture(name, scenePng(await mixingPicture(solved, network, places)));
      return { ...mixing, picture };
    } finally {
      network.dispose();
    }
  });
}

/**
 * The experiment that compares map and potential with each other, and a continuous network with
 * both.
 */
export const collaborationExperiment = (configs: Readonly<Record<ProfileName, CollaborationConfig>>): Experiment =>
  experiment<CollaborationConfig>({
    name: "collaboration",
    title: "Do the map and the potential give each other, and where does a continuous network mix modes?",
    data: [],
    configs,
    work: ({ epochs, targets, networks, hidden, pairs, segments, midpoints }) =>
      Object.values(epochs).reduce(
        (sum, each) =>
          sum + networks * 6 * each * pairs * (hidden * hidden + 4 * hidden) + 4 * targets * segments * midpoints,
        0,
      ),
    run,
  });

/** The paper's claims on a GAN as transport (Lei et al. 2020), on clusters of the plane. */
export const COLLABORATION: Experiment = collaborationExperiment({
  cpu: {
    epochs: { two: 20, three: 20, ring: 80 },
    targets: 240,
    points: 20_000,
    segments: 256,
    midpoints: 8192,
    networks: 1,
    hidden: 128,
    pairs: 65_536,
    batch: 1024,
    learningRate: 1e-2,
    draws: 50_000,
    crossings: 1000,
  },
  gpu: {
    epochs: { two: 40, three: 40, ring: 120 },
    targets: 960,
    points: 100_000,
    segments: 512,
    midpoints: 16_384,
    networks: 3,
    hidden: 256,
    pairs: 262_144,
    batch: 1024,
    learningRate: 1e-2,
    draws: 200_000,
    crossings: 4000,
  },
});
