import type { AdapterSummary } from "../adapter/opened.ts";
import type { OpenCounter } from "../ot/cells/counter.ts";
import { ClusterCells } from "./clusterCells.ts";
import type { Identity } from "./identity.ts";
import { Lead, type LeadOptions } from "./lead.ts";
import type { Messenger } from "./messenger.ts";

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

  /** Workers, and ranges that were counted, given out again, answered twice, and wrong. */
  get note(): string {
    const { ranges, again, duplicates, wrong } = this.#lead.tally;
    return `${this.#lead.workers} workers, ${ranges} ranges, ${again} given out again, ${duplicates} answered twice, ${wrong} wrong`;
  }

  async dispose(): Promise<void> {
    this.#lead.close();
    await this.#messenger.close();
  }
}
