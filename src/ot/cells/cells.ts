import type { Gpu } from "../../kernels/gpu.ts";
import type { Points } from "../points.ts";
import type { Source } from "../source.ts";
import { FlipsAssignment, type FlipsBuffers, type FlipsPart } from "./flips.ts";
import { type CellsOptions, PlainCells } from "./plainCells.ts";

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

  /** Frees the buffers. */
  override dispose(): void {
    super.dispose();
    this.#flips.dispose();
  }

  protected override assignFlipped(part: FlipsPart): FlipsBuffers {
    return this.#flips.dispatch(part);
  }
}
