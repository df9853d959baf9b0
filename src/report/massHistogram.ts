import { normalCdf } from "../math/normal.ts";
import type { Histogram } from "./data.ts";
import { grouped, short } from "./words.ts";

export interface Masses {
  readonly masses: ArrayLike<number>;
  /** ν, the masses that the cells are to have; cells with 0 are left out. */
  readonly asked: ArrayLike<number>;
  /** How the masses were counted; undefined where they are exact. */
  readonly counted?: Counted | undefined;
}

/** A number of samples, of which `inflation` are worth one independent sample. */
export interface Counted {
  readonly samples: number;
  readonly inflation: number;
}

const BINS = 40;
/** Beyond this multiple of ν, masses fall into the last bin. */
const MOST = 4;

/**
 * A histogram of w_i / ν_i, of exact masses less 1, and the counts to expect where every w_i is
 * ν_i: the frequency of i in M independent samples over ν_i is then about normal around 1, with
 * variance (1 − ν_i) / (M ν_i).
 */
export function massHistogram({ masses, asked, counted }: Masses): Histogram | undefined {
  // Around 0 tiny errors have all their digits.
  const centre = counted === undefined ? 0 : 1;
  const kept = Array.from(asked, (nu, i) => ({ nu, at: centre + ((masses[i] as number) - nu) / nu })).filter(
    ({ nu }) => nu > 0,
  );
  if (kept.length < 2) return undefined;
  const farthest = kept.reduce((most, { at }) => Math.max(most, Math.abs(at - centre)), 0);
  const half = farthest > 0 ? Math.min(farthest, MOST - 1) : 1e-12;
  const { low, width, bins } = binsOf(
    counted === undefined ? -half : Math.max(0, 1 - half),
    centre + half,
    counted && quantumOf(kept[0]?.nu ?? 0, asked, counted),
  );
  const counts = new Array<number>(bins).fill(0);
  for (const { at } of kept) {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor((at - low) / width)));
    (counts[bin] as number) += 1;
  }
  const from = counts.map((_, bin) => low + bin * width);
  const independent = counted === undefined ? 0 : counted.samples / counted.inflation;
  const alike = new Map<number, number>();
  for (const { nu } of kept) alike.set(nu, (alike.get(nu) ?? 0) + 1);
  const below = (edge: number): number => {
    let sum = 0;
    for (const [nu, cells] of alike) {
      const sd = Math.sqrt(Math.max(0, 1 - nu) / (independent * nu));
      sum += cells * (sd > 0 ? normalCdf((edge - 1) / sd) : Number(edge > 1));
    }
    return sum;
  };
  const edges = counted === undefined ? [] : [...from, low + bins * width].map(below);
  const expected = edges.slice(1).map((sum, bin) => Number((sum - (edges[bin] as number)).toPrecision(4)));
  const beyond = kept.filter(({ at }) => at - centre > half).length;
  const how =
    counted === undefined
      ? `${grouped(kept.length)} cells, exact to rounding: masses differ from ν by at most ${short(farthest, 2)} of it`
      : `${grouped(kept.length)} cells, counted from as many as ${grouped(Math.round(independent))} independent samples; ` +
        "the line shows what their noise alone makes of masses equal to ν";
  return {
    title: "Masses of the cells",
    note: `${how}${beyond > 0 ? `; ${beyond} beyond ${MOST} ν are in the last bar` : ""}.`,
    xLabel: counted === undefined ? "mass / ν − 1" : "mass / ν",
    yLabel: "cells",
    from: from.map((value) => Number(value.toPrecision(15))),
    width,
    counts,
    ...(counted !== undefined && { expected }),
  };
}

/** The distance between neighbouring values of counted w / ν, where all ν are equal. */
function quantumOf(nu: number, asked: ArrayLike<number>, { samples }: Counted): number | undefined {
  const equal = Array.from(asked).every((each) => each === 0 || Math.abs(each - nu) <= 1e-9 * nu);
  return equal ? 1 / (samples * nu) : undefined;
}

/**
 * Bins over [low, high]. Where values are multiples of a quantum, each bin holds as many of them,
 * so that the histogram has no teeth.
 */
function binsOf(
  low: number,
  high: number,
  quantum: number | undefined,
): { readonly low: number; readonly width: number; readonly bins: number } {
  const width = (high - low) / BINS;
  if (quantum === undefined) return { low, width, bins: BINS };
  const coarse = Math.max(1, Math.round(width / quantum)) * quantum;
  const first = (Math.floor(low / quantum) - 0.5) * quantum;
  return { low: first, width: coarse, bins: Math.max(1, Math.ceil((high - first) / coarse)) };
}
