import type { Gpu } from "../../kernels/gpu.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Points } from "../points.ts";
import type { Draw, Source } from "../source.ts";
import { type Detail, NONE, type TopK } from "./counter.ts";
import { FlipsAssignment, type FlipsBuffers, type FlipsPart } from "./flips.ts";
import { type CellsOptions, PlainCells } from "./plainCells.ts";

const BEST: readonly Detail[] = ["index", "max"];
const BEST_TWO: readonly Detail[] = [...BEST, "second", "runnerUp"];

/**
 * Power cells that take draws with sign flips as well; see `PlainCells`. The solver counts by them.
 */
export class Cells extends PlainCells {
  readonly #gpu: Gpu;
  readonly #flips: FlipsAssignment;

  constructor(gpu: Gpu, targets: Points, source: Source = "gaussian", options: CellsOptions = {}) {
    super(gpu, targets, source, options);
    this.#gpu = gpu;
    this.#flips = new FlipsAssignment(gpu);
  }

  /** Cells of other targets on the same device. */
  override beside(targets: Points, source: Source): Cells {
    return new Cells(this.#gpu, targets, source);
  }

  /**
   * The k cells with the greatest scores of each sample at the current heights, for draws with
   * flips at most 2. The host holds k numbers per sample.
   */
  override async topK(samples: Draw | Points, k: number, options: Cancellable = {}): Promise<TopK> {
    if ("values" in samples || (samples.flips ?? 0) === 0) return super.topK(samples, k, options);
    checkOptions("topK", options, ["signal"]);
    if (!(k === 1 || k === 2)) throw new RangeError(`cells: expected \`k\` of 1 or 2 for a draw with flips, got ${k}`);
    const { index, max, second, runnerUp } = await this.assign(samples, k === 1 ? BEST : BEST_TWO, options);
    if (k === 1) return { index, score: max };
    const top = { index: new Uint32Array(2 * samples.count), score: new Float32Array(2 * samples.count) };
    for (let m = 0; m < samples.count; m++) {
      top.index[2 * m] = index[m] as number;
      top.score[2 * m] = max[m] as number;
      const score = runnerUp[m] as number;
      top.index[2 * m + 1] = score === Number.NEGATIVE_INFINITY ? NONE : (second[m] as number);
      top.score[2 * m + 1] = score;
    }
    return top;
  }

  /** Frees the buffers. */
  override dispose(): void {
    super.dispose();
    this.#flips.dispose();
  }

  protected override assignFlipped(part: FlipsPart): FlipsBuffers {
    return this.#flips.dispatch(part);
  }
}
