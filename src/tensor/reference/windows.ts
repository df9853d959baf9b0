import type { Windows } from "../ops/windows.ts";
import { DIVIDED, EXACT, spread, sumBound } from "./bound.ts";
import { at, type Bound, type KernelName, type OpReference, type Values } from "./reference.ts";

/** A pixel of a window: its number in the window, and the index of its value. */
interface Tap {
  readonly tap: number;
  readonly place: number;
}

/** For each value of the small side the pixels of its window that lie within the large side. */
function tapsOf({ batch, lh, lw, c, sh, sw, kh, kw, strideY, strideX, padY, padX }: Windows): readonly Tap[][] {
  const all: Tap[][] = [];
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < sh; oy++) {
      for (let ox = 0; ox < sw; ox++) {
        for (let channel = 0; channel < c; channel++) {
          const taps: Tap[] = [];
          for (let ky = 0; ky < kh; ky++) {
            for (let kx = 0; kx < kw; kx++) {
              const [iy, ix] = [oy * strideY + ky - padY, ox * strideX + kx - padX];
              if (iy < 0 || iy >= lh || ix < 0 || ix >= lw) continue;
              taps.push({ tap: ky * kw + kx, place: ((b * lh + iy) * lw + ix) * c + channel });
            }
          }
          all.push(taps);
        }
      }
    }
  }
  return all;
}

/** Whether v comes before `best` in the search for the greatest or the least value: NaN first. */
export const beats = (v: number, best: number, least: boolean): boolean =>
  !Number.isNaN(best) && (Number.isNaN(v) || (least ? v < best : v > best));

interface Reduction {
  readonly windows: Windows;
}
type Extreme = Reduction & { readonly least: boolean };

const down: readonly KernelName[] = ["poolDown"];
const up: readonly KernelName[] = ["poolUp"];

export const poolIndex: OpReference<"x", Extreme> = {
  kernels: ["poolIndex"],
  reference: ({ x }, { windows, least }) =>
    Float64Array.from(tapsOf(windows), (taps) => {
      const found = taps.reduce((best, tap) =>
        beats(at(x.values, tap.place), at(x.values, best.place), least) ? tap : best,
      );
      return found.tap;
    }),
  bound: () => EXACT,
};

export const pick: OpReference<"x" | "index", Reduction> = {
  kernels: down,
  reference: ({ x, index }, { windows }) =>
    Float64Array.from(tapsOf(windows), (taps, i) => {
      const found = taps.find(({ tap }) => tap === at(index.values, i));
      return found === undefined ? Number.NaN : at(x.values, found.place);
    }),
  bound: () => EXACT,
};

/** The sum over all windows of `share`(x, taps) at each tap for which `counts` holds. */
function sumOverWindows(
  { windows }: Reduction,
  x: Values,
  share: (v: number, taps: readonly Tap[]) => number,
  counts: (tap: Tap, window: number) => boolean,
): Float64Array {
  const y = new Float64Array(windows.batch * windows.lh * windows.lw * windows.c);
  tapsOf(windows).forEach((taps, i) => {
    for (const tap of taps) {
      if (counts(tap, i)) y[tap.place] = at(y, tap.place) + share(at(x.values, i), taps);
    }
  });
  return y;
}

/** The greatest number of windows that share a pixel. */
const overlap = ({ kh, kw, strideY, strideX }: Windows): number => Math.ceil(kh / strideY) * Math.ceil(kw / strideX);

export const put: OpReference<"x" | "index", Reduction> = {
  kernels: up,
  reference: ({ x, index }, attributes) =>
    sumOverWindows(
      attributes,
      x,
      (v) => v,
      ({ tap }, i) => tap === at(index.values, i),
    ),
  bound: ({ x }, { windows }) => sumBound(overlap(windows), spread(x)),
};

const average = (terms: number, x: Values): Bound => {
  const { tolerance, scale } = sumBound(terms, spread(x));
  return { tolerance: tolerance + DIVIDED, scale };
};

export const avgPool: OpReference<"x", Reduction> = {
  kernels: down,
  reference: ({ x }, { windows }) =>
    Float64Array.from(
      tapsOf(windows),
      (taps) => taps.reduce((sum, { place }) => sum + at(x.values, place), 0) / taps.length,
    ),
  bound: ({ x }, { windows: { kh, kw } }) => average(kh * kw, x),
};

export const avgPoolGrad: OpReference<"x", Reduction> = {
  kernels: up,
  reference: ({ x }, attributes) =>
    sumOverWindows(
      attributes,
      x,
      (v, taps) => v / taps.length,
      () => true,
    ),
  bound: ({ x }, { windows }) => average(overlap(windows), x),
};

/** poolIndex, then pick. */
export const maxPool: OpReference<"x", Reduction> = {
  kernels: [],
  reference: ({ x }, { windows }) =>
    Float64Array.from(tapsOf(windows), (taps) =>
      taps.map(({ place }) => at(x.values, place)).reduce((best, v) => (beats(v, best, false) ? v : best)),
    ),
  bound: () => EXACT,
};
