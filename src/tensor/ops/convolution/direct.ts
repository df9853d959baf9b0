// Convolutions by kernels of their own, for family `subgroup`. Each function returns false, having
// done nothing, where none of them fits.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { rowsDown, rowsGradient, rowsUp, taps, tapsGradient } from "../../../kernels/shaders.generated.ts";
import { inParts } from "../product/splitK.ts";
import type { Convolve, Finish } from "./geometry.ts";
import { type Geometry, stepsOf } from "./geometry.ts";

const hasLanes = ({ family }: Gpu): boolean => family === "subgroup";
const fours = (values: number): boolean => values % 4 === 0;
const tile = (channels: number, most = 16): number => Math.min(most, 2 ** Math.ceil(Math.log2(channels)));

/** Channels in fours on both sides. */
const hasTaps = ({ c, d }: Geometry): boolean => fours(c) && fours(d);
/**
 * Pictures: the taps of a row, side by side, are few enough to be told apart in a kernel's text,
 * and its rows are whole vec4s.
 */
const hasRows = ({ lw, c, d, kw, strideX }: Geometry): boolean =>
  fours(d) && fours(lw * c) && kw * c <= 16 && strideX * c <= 16;

/**
 * Multiplications and additions from which on a shape gets pipelines of its own; a driver takes
 * about a second to compile one.
 */
const WORTH_BAKING = 1_500_000;
const worthBaking = ({ batch, sh, sw, kh, kw, c, d }: Geometry): boolean =>
  batch * sh * sw * kh * kw * c * d >= WORTH_BAKING;
/** Params that an image's size does not fix are left out: the batch and where a dispatch begins. */
const TAPS = ["uh", "uw", "kh", "kw", "strideY", "strideX", "padY", "padX", "ih", "iw", "oh", "ow", "k4", "n"] as const;
const GRADIENT = ["m", "n4", "lh", "lw", "c", "sh", "sw", "kw", "strideY", "strideX", "padY", "padX"] as const;
const ROWS_DOWN = ["groups", "kh", "kc", "strideY", "padY", "ih", "iw4", "oh", "ow", "n"] as const;
const ROWS_UP = ["groups", "kh", "kc", "strideY", "padY", "ih", "iw", "oh", "ow4", "d4"] as const;
const ROWS_GRADIENT = ["kh", "kc", "groups", "strideY", "padY", "lh", "lw4", "sh", "sw", "n4"] as const;

export const directConv: Convolve<boolean> = (gpu, op, g, x, w, y, finish) => {
  const { batch, lh, lw, c, sh, sw, d, kw } = g;
  const buffers = { x, w, b: finish?.b ?? w, y };
  if (hasLanes(gpu) && hasTaps(g)) {
    const [units, NT] = [batch * sh * sw, tile(d)];
    const sides = { uh: sh, uw: sw, ih: lh, iw: lw, oh: sh, ow: sw, k4: c / 4, n: d };
    forGroups(units, 32, (firstUnit, count) => {
      const params = { ...stepsOf(g), ...sides, ...epilogue(finish), units, firstUnit };
      const workgroups = [1, count, Math.ceil(d / NT)] as const;
      gpu.dispatch({
        op,
        kernel: taps,
        constants: { UP: false, NT },
        buffers,
        params,
        workgroups,
        specialised: worthBaking(g) ? TAPS : [],
      });
    });
    return true;
  }
  if (hasLanes(gpu) && hasRows(g)) {
    const constants = { ...rowConstants(g), NT: tile(d, kw * c <= 8 ? 16 : 8) };
    const groups = Math.ceil(sw / 4);
    const units = batch * sh * groups;
    const sides = { groups, ih: lh, iw4: (lw * c) / 4, oh: sh, ow: sw, n: d };
    forGroups(units, 8, (firstUnit, count) => {
      const params = { ...rowSteps(g), ...sides, ...epilogue(finish), units, firstUnit };
      const workgroups = [count, Math.ceil(d / constants.NT), 1] as const;
      gpu.dispatch({
        op,
        kernel: rowsDown,
        constants,
        buffers,
        params,
        workgroups,
        specialised: worthBaking(g) ? ROWS_DOWN : [],
      });
    });
    return true;
  }
  return false;
};

export const directConvTranspose: Convolve<boolean> = (gpu, op, g, x, w, y, finish) => {
  const { batch, lh, lw, c, sh, sw, d, strideY, strideX } = g;
  const buffers = { x, w, b: finish?.b ?? w, y };
  const uh = Math.ceil(lh / strideY);
  if (hasLanes(gpu) && hasTaps(g)) {
    const [uw, NT] = [Math.ceil(lw / strideX), tile(c)];
    const units = batch * uh * uw;
    const sides = { uh, uw, ih: sh, iw: sw, oh: lh, ow: lw, k4: d / 4, n: c };
    forGroups(units, 32, (firstUnit, count) => {
      const params = { ...stepsOf(g), ...sides, ...epilogue(finish), units, firstUnit };
      const workgroups = [strideY * strideX, count, Math.ceil(c / NT)] as const;
      gpu.dispatch({
        op,
        kernel: taps,
        constants: { UP: true, NT },
        buffers,
        params,
        workgroups,
        specialised: worthBaking(g) ? TAPS : [],
      });
    });
    return true;
  }
  if (hasLanes(gpu) && hasRows(g)) {
    const constants = { ...rowConstants(g), C: c };
    const groups = Math.ceil(lw / (4 * strideX));
    const units = batch * uh * groups;
    const sides = { groups, ih: sh, iw: sw, oh: lh, ow4: (lw * c) / 4, d4: d / 4 };
    forGroups(units, 8, (firstUnit, count) => {
      const params = { ...rowSteps(g), ...sides, ...epilogue(finish), units, firstUnit };
      const baked = worthBaking(g) ? ROWS_UP : [];
      gpu.dispatch({
        op,
        kernel: rowsUp,
        constants,
        buffers,
        params,
        workgroups: [strideY, count, 1],
        specialised: baked,
      });
    });
    return true;
  }
  return false;
};

export function directConvWeightGrad(
  gpu: Gpu,
  op: string,
  g: Geometry,
  x: BufferRef,
  dy: BufferRef,
  dw: BufferRef,
): boolean {
  const { batch, lh, lw, c, sh, sw, d, kh, kw } = g;
  const count = kh * kw * c * d;
  if (hasLanes(gpu) && hasTaps(g)) {
    const [rowTiles, columnTiles] = [Math.ceil((kh * kw * c) / 16), Math.ceil(d / 32)];
    // images come in fours: another share would leave part of a round idle
    const per = share(batch, 4, rowTiles * columnTiles);
    const parts = Math.ceil(batch / per);
    const params = { ...stepsOf(g), m: kh * kw * c, n4: d / 4, batch, per, lh, lw, c, sh, sw };
    inParts(gpu, op, parts, count, dw, (partial) => {
      const workgroups = [rowTiles, columnTiles, parts] as const;
      const buffers = { x, g: dy, dw: partial };
      gpu.dispatch({
        op,
        kernel: tapsGradient,
        buffers,
        params,
        workgroups,
        specialised: worthBaking(g) ? GRADIENT : [],
      });
    });
    return true;
  }
  if (hasLanes(gpu) && hasRows(g)) {
    const NT = tile(d, kw * c <= 5 ? 16 : 8);
    const [rows, columnTiles] = [batch * sh, Math.ceil(d / NT)];
    const per = share(rows, 8, kh * columnTiles);
    const parts = Math.ceil(rows / per);
    const sides = { rows, per, groups: Math.ceil(sw / 4), lh, lw4: (lw * c) / 4, sh, sw, n4: d / 4 };
    inParts(gpu, op, 8 * parts, count, dw, (partial) => {
      const [params, workgroups] = [{ ...rowSteps(g), ...sides }, [kh, columnTiles, parts] as const];
      const [constants, buffers] = [
        { ...rowConstants(g), NT },
        { x, g: dy, dw: partial },
      ];
      gpu.dispatch({
        op,
        kernel: rowsGradient,
        constants,
        buffers,
        params,
        workgroups,
        specialised: worthBaking(g) ? ROWS_GRADIENT : [],
      });
    });
    return true;
  }
  return false;
}

/** What is left of them where the taps of a row are told apart by `rowConstants`. */
const rowSteps = ({ kh, kw, c, strideY, padY }: Geometry) => ({ kh, kc: kw * c, strideY, padY });

const rowConstants = ({ kw, c, strideX, padX }: Geometry) => ({ STEP: strideX * c, LEAD: padX * c, TAPS: kw * c });

/** Params of a kernel that ends with the bias and the slope itself. */
const epilogue = (finish: Finish | undefined) => ({ biased: finish === undefined ? 0 : 1, alpha: finish?.alpha ?? 1 });

/** Calls `f` for ranges of workgroups that fit on one axis of a grid, each of `size` units. */
function forGroups(units: number, size: number, f: (firstUnit: number, count: number) => void): void {
  const groups = Math.ceil(units / size);
  for (let first = 0; first < groups; first += 65_535) f(size * first, Math.min(65_535, groups - first));
}

/**
 * How many of `total` a part takes, a multiple of `whole`, so that there are about 64 workgroups of
 * `tiles` each. Fixed by the shape alone.
 */
function share(total: number, whole: number, tiles: number): number {
  const rounds = Math.ceil(total / whole);
  return whole * Math.ceil(rounds / Math.min(rounds, Math.ceil(64 / tiles)));
}
