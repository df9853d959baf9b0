import type { AdapterSummary } from "../adapter/opened.ts";
import type { OpenCounter } from "../ot/cells/counter.ts";
import { ClusterCells } from "./clusterCells.ts";
import type { Identity } from "./identity.ts";
import { Lead, type LeadOptions } from "./lead.ts";
import type { Messenger } from "./messenger.ts";

/** A number in three digits, such as 1.23e6. */
const shown = (value: number): string => (value < 1000 ? String(Math.round(value)) : value.toPrecision(3));

const workersOf = (count: number): string => `${count} worker${count === 1 ? "" : "s"}`;

/** The workers that a run counts with. */
export class Cluster {
  readonly #lead: Lead;
  readonly #messenger: Messenger;

  constructor(messenger: Messenger, options: LeadOptions) {
    this.#messenger = messenger;
    this.#lead = new Lead(messenger, options);
  }

  /** Opens a counter. */
  readonly open: OpenCounter = (targets, source) => new ClusterCells(this.#lead, targets, source);

  /** The name of the run in subjects. */
  get run(): string {
    return this.#lead.run;
  }

  /** The workers' adapter; undefined before the first came. */
  get adapter(): AdapterSummary | undefined {
    return this.#lead.reference?.adapter;
  }

  /** The workers' kernels, and who chose them. */
  get choice(): Identity["choice"] | undefined {
    return this.#lead.reference?.choice;
  }

  /** Whether adapters differed, so that the results are statistics, not bits. */
  get isMixed(): boolean {
    return this.#lead.isMixed;
  }

  /** Workers that were taken so far. */
  get workers(): number {
    return this.#lead.workers;
  }

  /** How fast the workers count, in words. */
  get pace(): string {
    const { workers, samplesPerSecond, waiting } = this.#lead.speed;
    return `${workersOf(workers)}, ${shown(samplesPerSecond)} samples/s, waiting ${Math.round(100 * waiting)} %`;
  }

  /** What came of the ranges, in words. */
  get note(): string {
    const { ranges, again, duplicates, wrong, verified, doubtful } = this.#lead.tally;
    const parts = [
      workersOf(this.#lead.workers),
      `${ranges} ranges`,
      `${again} given out again`,
      `${duplicates} answered twice`,
      ...(verified > 0 ? [`${verified} verified`] : []),
      `${wrong} wrong`,
      ...(doubtful > 0 ? [`${doubtful} answers of workers that were wrong later`] : []),
    ];
    return `${parts.join(", ")}${this.isMixed ? "; adapters differ: statistics, not bits" : ""}`;
  }

  async dispose(): Promise<void> {
    this.#lead.close();
    await this.#messenger.close();
  }
}
