// Convolutions by kernels of their own, for family `quads`, of any geometry.

import type { Gpu } from "../../../kernels/gpu.ts";
import { tapsGradientQuads, tapsQuads } from "../../../kernels/shaders.generated.ts";
import { quadTile } from "../product/quadTile.ts";
import { reduceSplitK } from "../product/splitK.ts";
import { ending, forGroups, share } from "./dispatches.ts";
import { type Convolution, stepsOf, type WeightGrad } from "./geometry.ts";

/** See `conv`. */
export function quadsConv(gpu: Gpu, op: string, call: Convolution): void {
  const { batch, lh, lw, c, sh, sw, d } = call.geometry;
  const sides = { uh: sh, uw: sw, ih: lh, iw: lw, oh: sh, ow: sw, k: c, n: d };
  dispatchTaps(gpu, op, call, { UP: false, phases: 1, units: batch * sh * sw, sides });
}

/** See `convTranspose`. */
export function quadsConvTranspose(gpu: Gpu, op: string, call: Convolution): void {
  const { batch, lh, lw, c, sh, sw, d, strideY, strideX } = call.geometry;
  const [uh, uw] = [Math.ceil(lh / strideY), Math.ceil(lw / strideX)];
  const sides = { uh, uw, ih: sh, iw: sw, oh: lh, ow: lw, k: d, n: c };
  dispatchTaps(gpu, op, call, { UP: true, phases: strideY * strideX, units: batch * uh * uw, sides });
}

interface Taps {
  readonly UP: boolean;
  readonly phases: number;
  readonly units: number;
  readonly sides: Readonly<Record<"uh" | "uw" | "ih" | "iw" | "oh" | "ow" | "k" | "n", number>>;
}

function dispatchTaps(gpu: Gpu, op: string, call: Convolution, { UP, phases, units, sides }: Taps): void {
  const {
    rows: TP,
    COLUMNS,
    SHARE,
  } = sides.n < 4 ? { rows: 16, COLUMNS: sides.n, SHARE: 1 } : { ...quadTile(units, sides.n), SHARE: 4 };
  const { buffers, ...epilogue } = ending(call);
  forGroups({ units, size: TP }, (range, count) =>
    gpu.dispatch({
      op,
      kernel: tapsQuads,
      constants: { UP, TP, COLUMNS, SHARE },
      buffers,
      params: { ...stepsOf(call.geometry), ...sides, ...epilogue, ...range, tile: TP },
      workgroups: [phases, count, Math.ceil(sides.n / (SHARE * COLUMNS))],
    }),
  );
}

/** See `convWeightGrad`. */
export function quadsConvWeightGrad(gpu: Gpu, op: string, { geometry: g, large, small, dw }: WeightGrad): void {
  const { batch, lh, lw, c, sh, sw, d, kh, kw, strideY, strideX, padY, padX } = g;
  const m = kh * kw * c;
  const rows = batch * sh;
  const { rows: TM, COLUMNS } = quadTile(m, d);
  const [rowTiles, columnTiles] = [Math.ceil(m / TM), Math.ceil(d / (4 * COLUMNS))];
  const per = share(rows, 1, rowTiles * columnTiles);
  const splitK = Math.ceil(rows / per);
  reduceSplitK(gpu, op, { splitK, count: m * d, y: dw }, (partial) =>
    gpu.dispatch({
      op,
      kernel: tapsGradientQuads,
      constants: { TM, COLUMNS },
      buffers: { x: large, g: small, dw: partial },
      params: { m, d, rows, per, lh, lw, c, sh, sw, kw, strideY, strideX, padY, padX },
      workgroups: [rowTiles, columnTiles, splitK],
    }),
  );
}
