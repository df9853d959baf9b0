import type { Gpu } from "../../kernels/gpu.ts";
import { type Points, rows } from "../points.ts";
import { Cells } from "./cells.ts";

/**
 * The k sites nearest to each point, nearest first, ties by index: argmax of <x, c_i> − |c_i|²/2.
 * [count, k], ending in NONE where there are fewer. Sites that `keep` refuses are left out.
 */
export async function nearest(
  gpu: Gpu,
  sites: Points,
  x: Points,
  k: number,
  keep: (i: number) => boolean,
): Promise<Uint32Array<ArrayBuffer>> {
  const cells = new Cells(gpu, sites);
  try {
    const heights = Float64Array.from({ length: sites.count }, (_, i) => {
      if (!keep(i)) return Number.NEGATIVE_INFINITY;
      let square = 0;
      for (const v of rows(sites, i, 1).values) square += v * v;
      return -square / 2;
    });
    cells.setHeights(heights);
    return (await cells.topK(x, k)).index;
  } finally {
    cells.dispose();
  }
}
