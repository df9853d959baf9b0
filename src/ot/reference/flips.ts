import { type Scored, type Scores, scoresOf } from "./assign.ts";
import { placeOf } from "./draw.ts";

/** How a draw with flips cuts the coordinates of its points. */
export interface FlippedScored extends Scored {
  /** Number of blocks. */
  readonly blocks: number;
  /** Slots in a unit. With U units, block b begins at unit ⌊bU / blocks⌋. */
  readonly unit: number;
}

/** The scores of a point in pattern p: block b has the opposite sign where bit b of p is set. */
export function flippedScores({ x, y, h, depth, blocks, unit }: FlippedScored, point: number, p: number): Scores {
  const own = new Float32Array(32 * depth); // the point alone, as number 0
  for (let b = 0; b < blocks; b++) {
    const sign = (p >> b) % 2 === 1 ? -1 : 1;
    const [begin, end] = [b, b + 1].map((i) => unit * Math.floor((i * depth) / unit / blocks)) as [number, number];
    for (let k = begin; k < end; k++) own[placeOf(0, k, depth)] = sign * (x[placeOf(point, k, depth)] as number);
  }
  return scoresOf({ x: own, y, h, depth }, 0);
}
