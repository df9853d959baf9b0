import { type ContinuousMap, fitContinuousMap } from "../models/continuousMap.ts";
import { STREAMS } from "../ot/draw.ts";
import { closeMap, createMap, type TransportMap, transport } from "../ot/map.ts";
import { points } from "../ot/points.ts";
import { scenePng } from "../report/raster.ts";
import { type Agreement, type AgreementOptions, measureAgreement, STEP } from "./agreement.ts";
import { type ClusterName, OFF, type SolvedClusters, solveClusters } from "./clusters.ts";
import { type Experiment, experiment, type Figure, type Findings, type ProfileName, type Table } from "./experiment.ts";
import type { Lab } from "./lab.ts";
import { BINS, type Mixing, type MixingOptions, measureMixing, mixingShares, NEAR } from "./mixing.ts";
import { mixingPicture } from "./mixingPicture.ts";

export interface CollaborationConfig extends Omit<AgreementOptions, "seed">, Omit<MixingOptions, "seed"> {
  readonly clusters: readonly ClusterName[];
  /** Targets of each problem, about. */
  readonly targets: number;
  /** Networks for each problem, which differ in their seeds. */
  readonly networks: number;
  readonly hidden: number;
  /** Pairs (x, T(x)) that a network learns from, and how. */
  readonly pairs: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
}

interface Tried extends Mixing {
  /** Of the first network of a problem. */
  readonly picture: string | null;
}

/** What was found on one problem. */
interface Found {
  readonly name: ClusterName;
  readonly facets: number;
  readonly agreement: Agreement;
  readonly networks: readonly Tried[];
}

/** Greatest errors that are asked for; the targets lie at distances of about 1 from 0. */
const MAP_TOLERANCE = 1e-4;
const POTENTIAL_TOLERANCE = 1e-3;
/** Of the outputs that are off, at least this share comes from near the singular set; and of the segments across it, so many have one. */
const EXACTLY = 0.95;
/** Networks learn from draws of the source times this: of N(0, I) itself too few lie beyond 2.5 for a network to become accurate there. */
const WIDER = 1.5;
const SHOWN = 6000; // outputs in the picture

async function run(lab: Lab, config: CollaborationConfig): Promise<Findings> {
  const found: Found[] = [];
  for (const name of config.clusters) {
    const solved = solveClusters(name, config.targets, lab.seed);
    const map = createMap(lab.gpu, solved.problem, solved.solution.heights);
    try {
      const agreement = await lab.part(`${name} agreement`, () =>
        measureAgreement(map, solved, { ...config, seed: lab.seed }),
      );
      const networks: Tried[] = [];
      for (let n = 1; n <= config.networks; n++)
        networks.push(await lab.part(`${name} network ${n}`, () => tryNetwork(lab, config, name, solved, map, n)));
      found.push({ name, facets: solved.singular.count, agreement, networks });
    } finally {
      closeMap(map);
    }
  }
  return findings(config, found);
}

/** Trains network number n on a problem, measures where it is off and draws it. */
async function tryNetwork(
  lab: Lab,
  config: CollaborationConfig,
  name: ClusterName,
  solved: SolvedClusters,
  map: TransportMap,
  n: number,
): Promise<Tried> {
  const { pairs, hidden, epochs, batch, learningRate } = config;
  const seed = lab.seed + n - 1;
  const drawn = { seed, stream: STREAMS.generation, first: 0, count: pairs };
  const { points: plain } = await map.cells.assign(drawn, ["points"]);
  const x = points(
    "collaboration",
    plain.map((v) => WIDER * v),
    2,
  );
  const { y } = await transport(map, x);
  const options = { hidden, epochs, batch, seed, learningRate, every: 50, ...lab.telling(`${name}, network ${n}`) };
  const network = await fitContinuousMap(lab.engine, x, points("collaboration", y, 2), options);
  try {
    const mixing = await measureMixing(map, network, solved, { ...config, seed: lab.drawSeed });
    return { ...mixing, picture: n === 1 ? await draw(lab, name, solved, map, network) : null };
  } finally {
    network.close();
  }
}

async function draw(
  lab: Lab,
  name: ClusterName,
  solved: SolvedClusters,
  map: TransportMap,
  network: ContinuousMap,
): Promise<string> {
  const drawn = { seed: lab.drawSeed, stream: STREAMS.evaluation, first: 0, count: SHOWN };
  const { points: x } = await map.cells.assign(drawn, ["points"]);
  return lab.picture(name, scenePng(await mixingPicture(solved, network, x)));
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Draws and outputs that are off, of all networks of a problem together. */
function pooled(networks: readonly Mixing[]): Pick<Mixing, "draws" | "off"> {
  const sum = (of: (each: Mixing) => readonly number[]): number[] =>
    BINS.map((_, bin) => networks.reduce((all, each) => all + (of(each)[bin] as number), 0));
  return { draws: sum(({ draws }) => draws), off: sum(({ off }) => off) };
}

function findings(config: CollaborationConfig, found: readonly Found[]): Findings {
  return {
    tables: [agreementTable(config, found), mixingTable(config, found), distanceTable(found)],
    figures: found.flatMap(figuresOf),
    pictures: found.flatMap(({ name, networks }) =>
      networks.flatMap(({ picture }) => (picture === null ? [] : [{ file: picture, caption: caption(name) }])),
    ),
  };
}

const caption = (name: ClusterName): string =>
  `${name}: on the left the source plane, in the colour of the cluster to which the network sends a place, and red where its output is further ` +
  `than ${OFF} sd from every centre; in black the singular set, where the transport map jumps between clusters. On the right the outputs ` +
  "themselves, over discs of 3 sd.";

function figuresOf({ name, agreement, networks }: Found): Figure[] {
  const { map, potential } = agreement;
  const shares = mixingShares(pooled(networks));
  const crossed = networks.reduce((sum, each) => sum + each.crossed / networks.length, 0);
  return [
    {
      claim: `${name}: greatest error of the map recovered from the potential`,
      required: `≤ ${MAP_TOLERANCE}`,
      reached: map.max.toExponential(1),
      met: map.max <= MAP_TOLERANCE,
    },
    {
      claim: `${name}: greatest error of the potential recovered from the map`,
      required: `≤ ${POTENTIAL_TOLERANCE}`,
      reached: potential.max.toExponential(1),
      met: potential.max <= POTENTIAL_TOLERANCE,
    },
    {
      claim: `${name}: share of the network's outputs off the clusters that come from within ${NEAR} of the singular set, where ${percent(shares.near)} of the draws lie`,
      required: `≥ ${percent(EXACTLY)}`,
      reached: percent(shares.offNear),
      met: shares.offNear >= EXACTLY,
    },
    {
      claim: `${name}: share of the segments of length ${2 * NEAR} across the singular set on which the network has an output off the clusters`,
      required: `≥ ${percent(EXACTLY)}`,
      reached: percent(crossed),
      met: crossed >= EXACTLY,
    },
  ];
}

const agreementTable = (
  { points: count, segments, midpoints }: CollaborationConfig,
  found: readonly Found[],
): Table => ({
  title: "The map from the potential, and the potential from the map",
  note:
    `Map: |x − ∇φ(x) − T(x)| at those of ${count} draws that lie further than the step from the border of their cell (clear), with ∇φ by central differences ` +
    `of step ${STEP}. Potential: |φ(x₁) − φ(x₀) − ∫ (x − T(x)) · dx| over ${segments} segments between draws, with ${midpoints} midpoints each. ` +
    "Mass: greatest relative error of a cell's mass; the problems are solved exactly.",
  columns: [
    ...[{ name: "clusters" }, { name: "targets" }, { name: "mass, 1e-12", digits: 2 }, { name: "clear", digits: 3 }],
    ...[
      { name: "map, max 1e-6", digits: 1 },
      { name: "map, rms 1e-6", digits: 1 },
    ],
    ...[
      { name: "potential, max 1e-6", digits: 1 },
      { name: "potential, rms 1e-6", digits: 1 },
    ],
  ],
  rows: found.map(({ name, agreement: { targets, mass, clear, map, potential } }) => {
    const errors = [map.max, map.rms, potential.max, potential.rms].map((error) => 1e6 * error);
    return [name, targets, 1e12 * mass, clear, ...errors];
  }),
});

const mixingTable = ({ draws }: CollaborationConfig, found: readonly Found[]): Table => ({
  title: "A continuous network that was fitted to the map: where it is off the clusters",
  note:
    `Of ${draws} draws each; a network learns from other draws, times ${WIDER}. Off: the output is further than ${OFF} sd from every centre; T itself never is, its targets lie within 2 sd. Near: within ${NEAR} of ` +
    "the singular set, the facets between cells whose targets lie in different clusters. Crossed: share of short segments across the singular set " +
    "with an output that is off.",
  columns: [
    ...[{ name: "clusters" }, { name: "network" }, { name: "singular facets" }, { name: "rms error", digits: 3 }],
    ...[
      { name: "near, of all", digits: 4 },
      { name: "off, of all", digits: 4 },
      { name: "near, of those off", digits: 4 },
    ],
    ...[
      { name: "off, of those near", digits: 4 },
      { name: "off, of the others", digits: 5 },
      { name: "crossed", digits: 3 },
    ],
  ],
  rows: found.flatMap(({ name, facets, networks }) =>
    networks.map((each, n) => {
      const { near, off, offNear, nearOff, farOff } = mixingShares(each);
      return [name, n + 1, facets, each.rms, near, off, offNear, nearOff, farOff, each.crossed];
    }),
  ),
});

const distanceTable = (found: readonly Found[]): Table => ({
  title: "Share of outputs off the clusters, by the source point's distance to the singular set",
  note: "The networks of a problem are taken together. The source has sd 1.",
  columns: [
    { name: "distance" },
    ...found.flatMap(({ name }) => [
      { name: `${name}: draws`, digits: 3 },
      { name: `${name}: off`, digits: 5 },
    ]),
  ],
  rows: BINS.map((from, bin) => {
    const to = BINS[bin + 1];
    const cells = found.flatMap(({ networks }) => {
      const { draws, off } = pooled(networks);
      const [all, here] = [draws.reduce((a, b) => a + b, 0), draws[bin] as number];
      return [here / all, here === 0 ? null : (off[bin] as number) / here];
    });
    return [to === undefined ? `from ${from}` : `${from} to ${to}`, ...cells];
  }),
});

/** Map and potential against each other, and a continuous network against both. */
export const collaborationExperiment = (configs: Readonly<Record<ProfileName, CollaborationConfig>>): Experiment =>
  experiment<CollaborationConfig>({
    name: "collaboration",
    title: "Do the map and the potential give each other, and where does a continuous network mix modes?",
    data: [],
    configs,
    work: ({ clusters, targets, networks, hidden, pairs, epochs, segments, midpoints }) =>
      clusters.length *
      (networks * 6 * epochs * pairs * (hidden * hidden + 4 * hidden) + 4 * targets * segments * midpoints),
    run,
  });

/** The paper's claims on a GAN as transport (Lei et al. 2020), on clusters of the plane. */
export const COLLABORATION: Experiment = collaborationExperiment({
  cpu: {
    ...{ clusters: ["two", "three", "ring"], targets: 240, points: 20_000, segments: 256, midpoints: 8192 },
    ...{ networks: 1, hidden: 128, pairs: 65_536, epochs: 30, batch: 512, learningRate: 1e-2 },
    ...{ draws: 50_000, crossings: 1000 },
  },
  gpu: {
    ...{ clusters: ["two", "three", "ring"], targets: 960, points: 100_000, segments: 512, midpoints: 16_384 },
    ...{ networks: 3, hidden: 256, pairs: 262_144, epochs: 60, batch: 1024, learningRate: 1e-2 },
    ...{ draws: 200_000, crossings: 4000 },
  },
});
