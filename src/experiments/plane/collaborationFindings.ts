import { type Claim, type Findings, type Table, tested } from "../lab/experiment.ts";
import { type Agreement, type AgreementOptions, STEP } from "./agreement.ts";
import { type ClusterName, OFF } from "./clusters.ts";
import { BINS, type Mixing, type MixingOptions, mixingShares, NEAR } from "./mixing.ts";

export interface CollaborationConfig
  extends Omit<AgreementOptions, "seed" | "signal">,
    Omit<MixingOptions, "seed" | "signal"> {
  /**
   * Number of epochs for which a network is trained on each problem. Clusters that are small
   * relative to their distances need more.
   */
  readonly epochs: Readonly<Partial<Record<ClusterName, number>>>;
  /** Approximate number of targets of each problem. */
  readonly targets: number;
  /** Number of networks for each problem, which differ in their seeds. */
  readonly networks: number;
  readonly hidden: number;
  /** Number of pairs (x, T(x)) that a network is trained on. */
  readonly pairs: number;
  readonly batch: number;
  readonly learningRate: number;
}

export interface Tried extends Mixing {
  /** File name of the picture, for the first network of a problem only. */
  readonly picture: string | null;
}

/** The measurements on one problem. */
export interface Found {
  readonly name: ClusterName;
  readonly facets: number;
  readonly agreement: Agreement;
  readonly networks: readonly Tried[];
}

/** Greatest allowed errors; the targets lie at distances of about 1 from 0. */
const MAP_TOLERANCE = 1e-4;
const POTENTIAL_TOLERANCE = 1e-3;
/**
 * Least share of the outputs off the clusters that must come from near the singular set; and least
 * share of the segments across it that must have such an output.
 */
const EXACTLY = 0.95;
/**
 * Networks are trained on draws of the source times this factor: too few draws of N(0, I) itself
 * lie beyond 2.5 for a network to become accurate there.
 */
export const WIDER = 1.5;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The counts of draws and of outputs off the clusters, summed over all networks of a problem. */
function pooled(networks: readonly Mixing[]): Pick<Mixing, "draws" | "off" | "between"> {
  const sum = (of: (each: Mixing) => readonly number[]): number[] =>
    BINS.map((_, bin) => networks.reduce((all, each) => all + (of(each)[bin] as number), 0));
  return { draws: sum(({ draws }) => draws), off: sum(({ off }) => off), between: sum(({ between }) => between) };
}

/** Tables and claims from the measurements. */
export function collaborationFindings(config: CollaborationConfig, found: readonly Found[]): Findings {
  return {
    tables: [agreementTable(config, found), mixingTable(config, found), distanceTable(found)],
    claims: found.flatMap(claimsOf),
    pictures: found.flatMap(({ name, networks }) =>
      networks.flatMap(({ picture }) => (picture === null ? [] : [{ file: picture, caption: caption(name) }])),
    ),
  };
}

const caption = (name: ClusterName): string =>
  `${name}: on the left the source plane, in the colour of the cluster to which the network sends a place, and red where its output is further ` +
  `than ${OFF} sd from every centre; in black the singular set, where the transport map jumps between clusters. On the right the outputs ` +
  "themselves, over discs of 3 sd.";

/**
 * Why some outputs off the clusters come from further away: how many of these lie beside a cluster
 * and not between two.
 */
function causeOf({ draws, off, between }: Pick<Mixing, "draws" | "off" | "between">): string {
  const [offs, betweens] = [mixingShares({ draws, off }), mixingShares({ draws, off: between })];
  const beside = 1 - betweens.farOff / offs.farOff;
  return `${percent(beside)} of the others lie beside a cluster, where the network errs by more than ${OFF} sd, and not between two`;
}

function claimsOf({ name, agreement, networks }: Found): Claim[] {
  const { map, potential } = agreement;
  const all = pooled(networks);
  const shares = mixingShares(all);
  const between = mixingShares({ draws: all.draws, off: all.between }).offNear;
  const perBin = all.draws.map((draws, bin) => (draws === 0 ? 0 : (all.between[bin] as number) / draws));
  const falls = perBin.slice(1).filter((share, bin) => share <= (perBin[bin] as number)).length;
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
    tested({
      claim: `${name}: share of the network's outputs off the clusters that come from within ${NEAR} of the singular set, where ${percent(shares.near)} of the draws lie`,
      required: `≥ ${percent(EXACTLY)}`,
      reached: percent(shares.offNear),
      met: shares.offNear >= EXACTLY,
      cause: causeOf(all),
    }),
    {
      claim: `${name}: the same share of the outputs between clusters, further than a quarter of the centres' least distance from each`,
      required: `≥ ${percent(EXACTLY)}`,
      reached: percent(between),
      met: between >= EXACTLY,
    },
    {
      claim: `${name}: share of the segments of length ${2 * NEAR} across the singular set on which the network has an output off the clusters`,
      required: `≥ ${percent(EXACTLY)}`,
      reached: percent(crossed),
      met: crossed >= EXACTLY,
    },
    {
      claim: `${name}: steps from one bin of distance to the next at which the share between clusters does not rise`,
      required: `≥ ${BINS.length - 1}`,
      reached: String(falls),
      met: falls === BINS.length - 1,
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
    { name: "clusters" },
    { name: "targets" },
    { name: "mass, 1e-12", digits: 2 },
    { name: "clear", digits: 3 },
    { name: "map, max 1e-6", digits: 1 },
    { name: "map, rms 1e-6", digits: 1 },
    { name: "potential, max 1e-6", digits: 1 },
    { name: "potential, rms 1e-6", digits: 1 },
  ],
  rows: found.map(({ name, agreement: { targets, mass, clear, map, potential } }) => {
    const errors = [map.max, map.rms, potential.max, potential.rms].map((error) => 1e6 * error);
    return [name, targets, 1e12 * mass, clear, ...errors];
  }),
});

const mixingTable = ({ draws }: CollaborationConfig, found: readonly Found[]): Table => ({
  title: "A continuous network that was fitted to the map: where it is off the clusters",
  note:
    `Of ${draws} draws each; a network learns from other draws, times ${WIDER}. Off: the output is further than ${OFF} sd from every centre; T itself never is, its targets lie within 2 sd. Between: further than a quarter of the least distance between centres. Near: within ${NEAR} of ` +
    "the singular set, the facets between cells whose targets lie in different clusters. Crossed: share of short segments across the singular set " +
    "with an output that is off.",
  columns: [
    { name: "clusters" },
    { name: "network" },
    { name: "singular facets" },
    { name: "rms error", digits: 3 },
    { name: "near, of all", digits: 4 },
    { name: "off, of all", digits: 4 },
    { name: "near, of those off", digits: 4 },
    { name: "near, of those between", digits: 4 },
    { name: "off, of those near", digits: 4 },
    { name: "off, of the others", digits: 5 },
    { name: "crossed", digits: 3 },
  ],
  rows: found.flatMap(({ name, facets, networks }) =>
    networks.map((each, n) => {
      const { near, off, offNear, nearOff, farOff } = mixingShares(each);
      const between = mixingShares({ draws: each.draws, off: each.between }).offNear;
      return [name, n + 1, facets, each.rms, near, off, offNear, between, nearOff, farOff, each.crossed];
    }),
  ),
});

const distanceTable = (found: readonly Found[]): Table => ({
  title: "Shares of outputs off the clusters and between them, by the source point's distance to the singular set",
  note: "The networks of a problem are taken together. The source has sd 1.",
  columns: [
    { name: "distance" },
    ...found.flatMap(({ name }) => [
      { name: `${name}: draws`, digits: 3 },
      { name: `${name}: off`, digits: 5 },
      { name: `${name}: between`, digits: 5 },
    ]),
  ],
  rows: BINS.map((from, bin) => {
    const to = BINS[bin + 1];
    const cells = found.flatMap(({ networks }) => {
      const { draws, off, between } = pooled(networks);
      const [all, here] = [draws.reduce((a, b) => a + b, 0), draws[bin] as number];
      const share = (counts: readonly number[]): number | null => (here === 0 ? null : (counts[bin] as number) / here);
      return [here / all, share(off), share(between)];
    });
    return [to === undefined ? `from ${from}` : `${from} to ${to}`, ...cells];
  }),
});
