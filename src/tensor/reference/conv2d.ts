import { type ConvolutionOptions, type Geometry, geometryOfLarge, geometryOfSmall, type Pair } from "../convolution.ts";
import { at, type Reference } from "./reference.ts";

/** Calls `f` with the indices of every (large value, weight, small value) that a convolution couples. */
function couple(g: Geometry, f: (large: number, weight: number, small: number) => void): void {
  for (let b = 0; b < g.batch; b++) {
    for (let oy = 0; oy < g.sh; oy++) {
      for (let ox = 0; ox < g.sw; ox++) {
        for (let ky = 0; ky < g.kh; ky++) {
          for (let kx = 0; kx < g.kw; kx++) {
            const [iy, ix] = [oy * g.strideY + ky - g.padY, ox * g.strideX + kx - g.padX];
            if (iy < 0 || iy >= g.lh || ix < 0 || ix >= g.lw) continue;
            for (let c = 0; c < g.c; c++) {
              for (let d = 0; d < g.d; d++) {
                const large = ((b * g.lh + iy) * g.lw + ix) * g.c + c;
                f(large, ((ky * g.kw + kx) * g.c + c) * g.d + d, ((b * g.sh + oy) * g.sw + ox) * g.d + d);
              }
            }
          }
        }
      }
    }
  }
}

function accumulate(target: Float64Array, index: number, term: number): void {
  target[index] = at(target, index) + term;
}

export const conv2d: Reference<"x" | "w", ConvolutionOptions> = ({ x, w }, options) => {
  const g = geometryOfLarge("conv2d", x.shape, w.shape, options);
  const y = new Float64Array(g.batch * g.sh * g.sw * g.d);
  couple(g, (large, weight, small) => accumulate(y, small, at(x.values, large) * at(w.values, weight)));
  return y;
};

export const conv2dTranspose: Reference<"x" | "w", ConvolutionOptions & { readonly outputPadding?: Pair }> = (
  { x, w },
  options,
) => {
  const g = geometryOfSmall("conv2dTranspose", x.shape, w.shape, options, options.outputPadding ?? 0);
  const y = new Float64Array(g.batch * g.lh * g.lw * g.c);
  couple(g, (large, weight, small) => accumulate(y, large, at(x.values, small) * at(w.values, weight)));
  return y;
};
