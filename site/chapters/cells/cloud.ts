import { RIM } from "../../plane/areas.ts";

/** Sources with a density: the square [−½, ½]² and N(0, I). */
export const SOURCES = { cube: "Square", gaussian: "Gaussian" } as const;
export type SourceName = keyof typeof SOURCES;
/** Half of the side of the square that is shown of a source. */
export const REACH: Readonly<Record<SourceName, number>> = { cube: 0.5, gaussian: RIM };

/** Points of the plane with their weights, which need not have a sum of 1. */
export interface Cloud {
  /** [n, 2]. */
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** Most points that are solved exactly while one looks. */
export const MOST = 2000;
/** Decimals of points that were made or moved here, so that addresses are short and exact. */
const DECIMALS = 1e4;

export const rounded = (value: number): number => Math.round(DECIMALS * value) / DECIMALS;

/** Sets that can be picked, and what stands on their buttons. */
export const SETS = { spiral: "Spiral", ring: "Ring", grid: "Grid" } as const;
export type SetName = keyof typeof SETS;

/** The n points of a set within [−0.42, 0.42]², of equal weights, or stretched for a Gaussian. */
export function cloudOf(set: SetName, n: number, source: SourceName): Cloud {
  const scale = source === "cube" ? 1 : 5;
  return equal(PLACES[set](n).map((value) => rounded(scale * value)));
}

export const equal = (values: ArrayLike<number>): Cloud => ({
  values: Float64Array.from(values),
  weights: new Float64Array(values.length / 2).fill(1),
});

const PLACES: Readonly<Record<SetName, (n: number) => number[]>> = {
  ring: (n) => placed(n, (i) => [0.36, (2 * Math.PI * i) / n + 0.2]),
  spiral: (n) => placed(n, (i) => [0.05 + (0.37 * (i + 1)) / n, 3.4 * Math.PI * Math.sqrt((i + 1) / n)]),
  grid(n) {
    const side = Math.ceil(Math.sqrt(n));
    const rows = Math.ceil(n / side);
    return Array.from({ length: n }, (_, i) => [
      side === 1 ? 0 : 0.74 * ((i % side) / (side - 1) - 0.5),
      rows === 1 ? 0 : 0.74 * (0.5 - Math.floor(i / side) / (rows - 1)),
    ]).flat();
  },
};

/** Places by their radius and angle. */
const placed = (n: number, polar: (i: number) => readonly [number, number]): number[] =>
  Array.from({ length: n }, (_, i) => {
    const [radius, angle] = polar(i);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }).flat();

/** n points at equal distances along a path that was drawn, the first and the last at its ends. */
export function along(path: readonly (readonly [number, number])[], n: number): Cloud {
  const lengths = [0];
  for (let k = 1; k < path.length; k++) {
    const [[a, b], [c, d]] = [path[k - 1], path[k]] as [[number, number], [number, number]];
    lengths.push((lengths[k - 1] as number) + Math.hypot(c - a, d - b));
  }
  const whole = lengths.at(-1) as number;
  const values: number[] = [];
  for (let i = 0, k = 0; i < n; i++) {
    const at = n === 1 ? whole / 2 : (whole * i) / (n - 1);
    while (k < path.length - 2 && (lengths[k + 1] as number) < at) k++;
    const [[a, b], [c, d]] = [path[k], path[k + 1] ?? path[k]] as [[number, number], [number, number]];
    const piece = (lengths[k + 1] ?? whole) - (lengths[k] as number);
    const t = piece > 0 ? (at - (lengths[k] as number)) / piece : 0;
    values.push(rounded(a + t * (c - a)), rounded(b + t * (d - b)));
  }
  return equal(values);
}
