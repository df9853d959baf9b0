// Convolutions by kernels of their own, for family `subgroup`. Where none of these kernels fits, a
// function does nothing and returns false.

import type { Gpu } from "../../../kernels/gpu.ts";
import { rowsDown, rowsGradient, rowsUp, taps, tapsGradient } from "../../../kernels/shaders.generated.ts";
import { reduceSplitK } from "../product/splitK.ts";
import { ending, forGroups, share } from "./dispatches.ts";
import { type Convolution, type Geometry, stepsOf, type WeightGrad } from "./geometry.ts";

const fours = (values: number): boolean => values % 4 === 0;

/** The channels of each of the fewest tiles of at most `most`: 48 channels are two tiles of 24. */
const tile = (channels: number, most = 32): number => 4 * Math.ceil(channels / 4 / Math.ceil(channels / most));

/**
 * The kernels that fit. `taps`: the numbers of channels on both sides are multiples of 4. `rows`:
 * for pictures, whose taps of a row are few enough to be unrolled in the text of a kernel, and
 * whose rows are whole vec4s.
 */
function kernelsFor({ family }: Gpu, { lw, c, d, kw, strideX }: Geometry): "taps" | "rows" | "none" {
  if (family !== "subgroup" || !fours(d)) return "none";
  if (fours(c)) return "taps";
  return fours(lw * c) && kw * c <= 16 && strideX * c <= 16 ? "rows" : "none";
}

/**
 * From this number of multiplications on, a shape gets pipelines of its own; a driver takes about a
 * second to compile one.
 */
const WORTH_A_PIPELINE = 1_500_000;

/** The `params` that are specialised for a geometry: all of them or none. */
function specialisedFor<P extends string>({ batch, sh, sw, kh, kw, c, d }: Geometry, params: readonly P[]) {
  return batch * sh * sw * kh * kw * c * d >= WORTH_A_PIPELINE ? params : [];
}
/**
 * Params to specialise. Those that the size of an image does not determine are left out: the batch,
 * and where a dispatch begins.
 */
const TAPS = ["uh", "uw", "kh", "kw", "strideY", "strideX", "padY", "padX", "ih", "iw", "oh", "ow", "k4", "n"] as const;
const GRADIENT = ["m", "n4", "lh", "lw", "c", "sh", "sw", "kw", "strideY", "strideX", "padY", "padX"] as const;
const ROWS_DOWN = ["groups", "kh", "kc", "strideY", "padY", "ih", "iw4", "oh", "ow", "n"] as const;
const ROWS_UP = ["groups", "kh", "kc", "strideY", "padY", "ih", "iw", "oh", "ow4", "d4"] as const;
const ROWS_GRADIENT = ["kh", "kc", "groups", "strideY", "padY", "lh", "lw4", "sh", "sw", "n4"] as const;

/** See `conv`. */
export function directConv(gpu: Gpu, op: string, call: Convolution): boolean {
  const { geometry: g } = call;
  const { batch, lh, lw, c, sh, sw, d, kw } = g;
  const kernels = kernelsFor(gpu, g);
  const { buffers, ...epilogue } = ending(call);
  if (kernels === "taps") {
    const NT = tile(d);
    const sides = { uh: sh, uw: sw, ih: lh, iw: lw, oh: sh, ow: sw, k4: c / 4, n: d };
    forGroups({ units: batch * sh * sw, size: 64 }, (range, count) =>
      gpu.dispatch({
        op,
        kernel: taps,
        constants: { UP: false, NT },
        buffers,
        params: { ...stepsOf(g), ...sides, ...epilogue, ...range },
        workgroups: [1, count, Math.ceil(d / NT)],
        specialised: specialisedFor(g, TAPS),
      }),
    );
  } else if (kernels === "rows") {
    const constants = { ...rowConstants(g), NT: tile(d, kw * c <= 8 ? 16 : 8) };
    const groups = Math.ceil(sw / 4);
    const sides = { groups, ih: lh, iw4: (lw * c) / 4, oh: sh, ow: sw, n: d };
    forGroups({ units: batch * sh * groups, size: 8 }, (range, count) =>
      gpu.dispatch({
        op,
        kernel: rowsDown,
        constants,
        buffers,
        params: { ...rowSteps(g), ...sides, ...epilogue, ...range },
        workgroups: [count, Math.ceil(d / constants.NT), 1],
        specialised: specialisedFor(g, ROWS_DOWN),
      }),
    );
  }
  return kernels !== "none";
}

/** See `convTranspose`. */
export function directConvTranspose(gpu: Gpu, op: string, call: Convolution): boolean {
  const { geometry: g } = call;
  const { batch, lh, lw, c, sh, sw, d, strideY, strideX } = g;
  const kernels = kernelsFor(gpu, g);
  const { buffers, ...epilogue } = ending(call);
  const uh = Math.ceil(lh / strideY);
  if (kernels === "taps") {
    const [uw, NT] = [Math.ceil(lw / strideX), tile(c)];
    const sides = { uh, uw, ih: sh, iw: sw, oh: lh, ow: lw, k4: d / 4, n: c };
    forGroups({ units: batch * uh * uw, size: 64 }, (range, count) =>
      gpu.dispatch({
        op,
        kernel: taps,
        constants: { UP: true, NT },
        buffers,
        params: { ...stepsOf(g), ...sides, ...epilogue, ...range },
        workgroups: [strideY * strideX, count, Math.ceil(c / NT)],
        specialised: specialisedFor(g, TAPS),
      }),
    );
  } else if (kernels === "rows") {
    const groups = Math.ceil(lw / (4 * strideX));
    const sides = { groups, ih: sh, iw: sw, oh: lh, ow4: (lw * c) / 4, d4: d / 4 };
    forGroups({ units: batch * uh * groups, size: 8 }, (range, count) =>
      gpu.dispatch({
        op,
        kernel: rowsUp,
        constants: { ...rowConstants(g), C: c },
        buffers,
        params: { ...rowSteps(g), ...sides, ...epilogue, ...range },
        workgroups: [strideY, count, 1],
        specialised: specialisedFor(g, ROWS_UP),
      }),
    );
  }
  return kernels !== "none";
}

/** See `convWeightGrad`. */
export function directConvWeightGrad(gpu: Gpu, op: string, { geometry: g, large, small, dw: y }: WeightGrad): boolean {
  const { batch, lh, lw, c, sh, sw, d, kh, kw } = g;
  const kernels = kernelsFor(gpu, g);
  const count = kh * kw * c * d;
  if (kernels === "taps") {
    const TM = d % 32 === 0 ? 32 : 16;
    const rows = kh * kw * c;
    // The kernel handles four images at a time, so that another share would leave lanes idle.
    // Shares are those of tiles of 16 by 32, so that the order of the sums is the same for all.
    const per = share(batch, 4, Math.ceil(rows / 16) * Math.ceil(d / 32));
    const splitK = Math.ceil(batch / per);
    reduceSplitK(gpu, op, { splitK, count, y }, (dw) =>
      gpu.dispatch({
        op,
        kernel: tapsGradient,
        constants: { TM, RAGGED: !fours(batch) },
        buffers: { x: large, g: small, dw },
        params: { ...stepsOf(g), m: rows, n4: d / 4, batch, per, lh, lw, c, sh, sw },
        workgroups: [Math.ceil(rows / 32), Math.ceil(d / TM), splitK],
        specialised: specialisedFor(g, GRADIENT),
      }),
    );
  } else if (kernels === "rows") {
    const NT = tile(d, kw * c <= 5 ? 16 : 8);
    const [rows, columnTiles] = [batch * sh, Math.ceil(d / NT)];
    const per = share(rows, 8, kh * columnTiles);
    const groups = Math.ceil(rows / per);
    const sides = { rows, per, groups: Math.ceil(sw / 4), lh, lw4: (lw * c) / 4, sh, sw, n4: d / 4 };
    reduceSplitK(gpu, op, { splitK: 8 * groups, count, y }, (dw) =>
      gpu.dispatch({
        op,
        kernel: rowsGradient,
        constants: { ...rowConstants(g), NT },
        buffers: { x: large, g: small, dw },
        params: { ...rowSteps(g), ...sides },
        workgroups: [kh, columnTiles, groups],
        specialised: specialisedFor(g, ROWS_GRADIENT),
      }),
    );
  }
  return kernels !== "none";
}

/**
 * Params of the kernels for rows: kernel size, stride and padding, without those that
 * `rowConstants` sets.
 */
const rowSteps = ({ kh, kw, c, strideY, padY }: Geometry) => ({ kh, kc: kw * c, strideY, padY });

const rowConstants = ({ kw, c, strideX, padX }: Geometry) => ({ STEP: strideX * c, LEAD: padX * c, TAPS: kw * c });
