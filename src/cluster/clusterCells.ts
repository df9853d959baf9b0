import { pause } from "../adapter/pause.ts";
import { Resource } from "../kernels/dispose.ts";
import { checkOptions } from "../kernels/options.ts";
import { type Cancellable, type Signal, throwIfAborted } from "../kernels/signal.ts";
import type { CellCounter, Question } from "../ot/cells/counter.ts";
import type { Points } from "../ot/points.ts";
import { checkDraw, type Draw, type Source, type SourceMoments, sourceMoments } from "../ot/source.ts";
import type { Lead } from "./lead.ts";
import { travelling } from "./questions.ts";
import type { Value } from "./values.ts";

/** Points as they travel; devices need no more digits than float32. */
const lent = ({ values, count, dimension }: Points): Value => ({ values, count, dimension });

/**
 * Counts samples in power cells by the workers of a cluster, with the bits of `Cells`: ranges
 * follow from the question and from sizes alone, and answers are joined in the order of the ranges.
 */
export class ClusterCells extends Resource implements CellCounter {
  readonly targets: Points;
  readonly source: Source;
  readonly moments: SourceMoments;
  readonly #lead: Lead;
  readonly #targets: string;
  readonly #source: string;
  #heights = "";
  /** Whether workers have yet to be sent the heights. */
  #isNew = false;

  constructor(lead: Lead, targets: Points, source: Source) {
    super();
    this.#lead = lead;
    this.targets = targets;
    this.source = source;
    this.moments = sourceMoments(source, targets.dimension);
    this.#targets = lead.blobs.hold(lent(targets));
    this.#source = typeof source === "string" ? source : lead.blobs.hold(lent(source.samples));
  }

  setHeights(h: ArrayLike<number>): void {
    if (h.length !== this.targets.count) {
      throw new RangeError(`cluster: expected ${this.targets.count} heights \`h\`, got ${h.length}`);
    }
    const before = this.#heights;
    // As float32, to which devices round heights themselves.
    this.#heights = this.#lead.blobs.hold(new Float32Array(h));
    this.#lead.blobs.release(before);
    this.#isNew = true;
  }

  async ask<P, A>(question: Question<P, A>, parameter: P, draw: Draw, options: Cancellable = {}): Promise<A> {
    checkOptions("ask", options, ["signal"]);
    checkDraw(draw, { source: this.source, dimension: this.targets.dimension });
    throwIfAborted(options.signal);
    if (travelling(question.name) === undefined) {
      throw new Error(`cluster: expected a question that workers know, got ${question.name}`);
    }
    const { targets } = this;
    // Before the tasks, so that nobody has to ask.
    if (this.#isNew) this.#lead.blobs.push(this.#heights);
    this.#isNew = false;
    const blob = this.#lead.blobs.hold(parameter as Value);
    const place = { targets: this.#targets, source: this.#source, heights: this.#heights };
    const common = { question: question.name, ...place, parameter: blob };
    try {
      return await this.#lead.ask(question, parameter, draw, { targets, common, signal: options.signal });
    } finally {
      this.#lead.blobs.release(blob);
    }
  }

  pause(signal?: Signal): Promise<void> {
    return pause(signal);
  }

  beside(targets: Points, source: Source): ClusterCells {
    return new ClusterCells(this.#lead, targets, source);
  }

  dispose(): void {
    for (const digest of [this.#targets, this.#source, this.#heights]) this.#lead.blobs.release(digest);
  }
}
