import { exp } from "../../math/elementary.ts";
import { exactCells } from "../../ot/exact/exact.ts";
import type { Points } from "../../ot/points.ts";
import { createProblem } from "../../ot/problem.ts";
import { scenePng } from "../../pictures/raster.ts";
import { type Claim, type Column, type Findings, type Picture, type Table, tested } from "../lab/experiment.ts";
import { PUBLISHED_MIXTURES } from "../lab/published.ts";
import type { Workspace } from "../lab/workspace.ts";
import { planarPicture } from "./planarPicture.ts";
import type { PlaneScores, PlaneSet } from "./planeSets.ts";

/** The scores of one system on one set with one seed. */
export interface Run extends PlaneScores {
  /** Share of rows that are not targets; null for a system that stores no targets. */
  readonly fresh: number | null;
}

/** The runs of one system on one set, one for each seed. */
export interface Row {
  readonly system: string;
  readonly runs: readonly Run[];
}

/** Rows of the first seed for a picture, as x, y, x, y, …. */
export interface Shown {
  readonly name: string;
  readonly values: readonly number[];
}

/** All results on one set. */
export interface Seen {
  readonly set: PlaneSet;
  readonly rows: readonly Row[];
  /** Greatest relative error of a cell's mass. */
  readonly massError: number;
  /** Number of rows that each system drew. */
  readonly generated: number;
  /** Number of steps for which a baseline was trained. */
  readonly steps: number;
  readonly batch: number;
  /** The targets of the first seed, and the heights. */
  readonly targets: Points;
  readonly heights: readonly number[];
  readonly shown: readonly [transport: Shown, baseline: Shown];
}

/** The share of an isotropic Gaussian in the plane within 3 sd of its centre, in %. */
const QUALITY = 100 * (1 - exp(-4.5));
/** How far the share of a rule may be from it, in percentage points. */
const QUALITY_ROOM = 1;
const FLOORS = 2;
/** The rules on which claims are tested: the default rule, and one whose rows are all new. */
const TESTED = ["facet", "local"] as const;

/** Tables, claims and pictures of the results, one set after the other. */
export function planarFindings(workspace: Workspace, all: readonly Seen[]): Findings {
  return {
    tables: all.map(table),
    claims: all.flatMap((seen) => (seen.set.kind === "mixture" ? claims(seen) : [])),
    pictures: all.map((seen) => picture(workspace, seen)),
  };
}

/** Expected KL of rows drawn from equal shares, by chance alone. */
const floorOf = (parts: number, rows: number): number => (parts - 1) / (2 * rows);

const mean = (runs: readonly Run[], of: (run: Run) => number): number =>
  runs.reduce((sum, each) => sum + of(each), 0) / runs.length;

/** The range of values as text, such as "8" or "6 to 8". */
function span(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return least === most ? least : `${least} to ${most}`;
}

function table({ set, rows, massError, generated, steps, batch, targets }: Seen): Table {
  const count = targets.count;
  const seeds = rows[0]?.runs.length ?? 0;
  const floor = floorOf(set.parts, generated);
  const mixture = set.kind === "mixture";
  const measured: Column[] = [
    { name: "system" },
    { name: set.part },
    { name: mixture ? "high quality, %" : "near the curve, %", digits: 2 },
    { name: "reverse KL", digits: 5 },
    { name: "× floor", digits: 2 },
    { name: "new", digits: 3 },
  ];
  const by = "PacGAN, Lin et al. 2018";
  const published: Column[] = [
    { name: "modes", digits: 1, published: by },
    { name: "high quality, %", digits: 1, published: by },
    { name: "reverse KL", digits: 2, published: by },
  ];
  const cells = ({ system, runs }: Row): (number | string | null)[] => {
    const kl = mean(runs, ({ reverseKl }) => reverseKl);
    const reached = runs.map(({ reached }) => reached);
    const fresh = runs.every((each) => each.fresh === null) ? null : mean(runs, (each) => each.fresh ?? 0);
    // There are fewer targets, and they are even by design.
    const least = system === "the targets" ? null : kl / floor;
    return [system, span(reached, 0), 100 * mean(runs, ({ quality }) => quality), kl, least, fresh];
  };
  const others = set.name === "ring" || set.name === "grid" ? PUBLISHED_MIXTURES[set.name] : [];
  return {
    title: `${set.title}: ${count} rows learnt, ${generated} drawn, ${seeds} seeds`,
    note: [
      mixture
        ? `High quality: within 3 sd of a centre. The mixture itself has ${QUALITY.toFixed(2)} %; more is contraction, not quality.`
        : `Near the curve: within 3 sd of it. Pieces: the curve in ${set.parts} of equal length, reached by a row that near.`,
      `${mixture ? "Modes" : "Pieces"}: least and most over the seeds; the others are means.`,
      `KL of the shares of the ${set.part} from equal ones, in nats. Its floor is (${set.parts} − 1) / (2 · ${generated}) = ${floor.toFixed(5)}: chance alone ` +
        `for rows whose ${set.part} have equal mass, as the fresh rows show.`,
      mixture
        ? `The targets are even over the modes and add nothing to it; targets drawn freely would add ${floorOf(set.parts, count).toFixed(4)}.`
        : "The targets are even along the curve, but noise moves some into the next piece: what that makes stands in their row, and comes on top.",
      `Transport is exact (Newton's method on power cells in float64): no mass is off by more than ${massError.toExponential(0)} of itself. ` +
        "New: share of rows that are no target; plain gives targets back, and so does facet for most: it weighs partners by how wide cells would be " +
        `if the targets were Gaussian, and in dense places they are wider. GANs were stopped after ${steps} steps of ${batch} rows, converged or not: ` +
        `their rows say how far they came by then${mixture ? "; the published columns what GANs reach in the end" : ""}.`,
    ].join(" "),
    columns: mixture ? [...measured, ...published] : measured,
    rows: [
      ...rows.map((row) => [...cells(row), ...(mixture ? [null, null, null] : [])]),
      ...others.map((row) => [row.system, null, null, null, null, null, row.modes, row.quality, row.reverseKl]),
    ],
  };
}

/** The claims about transport on a mixture, compared with the measurements. */
function claims({ set, rows, generated }: Seen): readonly Claim[] {
  return TESTED.flatMap((rule) => {
    const runs = rows.find(({ system }) => system === `transport, ${rule}`)?.runs ?? [];
    const reached = runs.map((each) => each.reached);
    const quality = runs.map((each) => 100 * each.quality);
    const kl = mean(runs, (each) => each.reverseKl);
    const most = FLOORS * floorOf(set.parts, generated);
    const above = Math.max(...quality) - QUALITY > QUALITY_ROOM;
    const on = `${set.name}, ${rule}: `;
    return [
      tested({
        claim: `${on}modes in every seed`,
        required: String(set.parts),
        reached: span(reached, 0),
        met: runs.length > 0 && reached.every((each) => each === set.parts),
        cause: "a mode has no row within 3 sd of its centre",
      }),
      tested({
        claim: `${on}share of high quality in every seed`,
        required: `${QUALITY.toFixed(1)} ± ${QUALITY_ROOM} %`,
        reached: `${span(quality, 2)} %`,
        met: runs.length > 0 && quality.every((each) => Math.abs(each - QUALITY) <= QUALITY_ROOM),
        cause: above ? "the rule draws rows towards the middle of their mode" : "the rule draws rows between modes",
      }),
      tested({
        claim: `${on}reverse KL, mean over seeds`,
        required: `≤ ${FLOORS} × floor = ${most.toFixed(5)}`,
        reached: kl.toFixed(5),
        met: kl <= most,
        cause: "the modes' masses are uneven beyond chance",
      }),
    ];
  });
}

function picture(workspace: Workspace, { set, targets, heights, shown: [first, second] }: Seen): Picture {
  const problem = createProblem(targets);
  const points = ({ name, values }: Shown) => ({
    name,
    rows: { values: Float32Array.from(values), count: values.length / 2, dimension: 2 },
  });
  const scene = planarPicture(problem, exactCells(problem, heights), set, [points(first), points(second)]);
  return {
    file: workspace.picture(set.name, scenePng(scene)),
    caption:
      `${set.title}. Above, left: noise in its power cells, each of which goes to one of the targets on the right; light cells lie where the map ` +
      `breaks, and red edges are its singular set. Below: rows drawn by ${first.name} (left) and by ${second.name} (right), orange beyond 3 sd, over the targets in grey. First seed, none chosen.`,
  };
}
