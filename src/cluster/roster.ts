import { difference, type Identity, isIdentity } from "./identity.ts";

export interface RosterOptions {
  /** The version of brenier that workers must have. */
  readonly version: string;
  /** Takes workers whose adapters differ: the results are then statistics, not bits. */
  readonly mixed?: boolean;
  /** Whose bits the workers are to have. Default: those of the first worker. */
  readonly reference?: Identity;
  /** The sha256 of score bits that the first worker has to have. Default: any. */
  readonly probe?: string | undefined;
}

/** Refusals that are remembered. */
const MOST_REFUSED = 1000;

/** Who counts for a run, and who does not. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #names = new Map<string, string>();
  readonly #refused = new Map<string, string>();
  #reference: Identity | undefined;
  #isMixed = false;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#reference = options.reference;
  }

  /** Workers that were taken so far. */
  get size(): number {
    return this.#names.size;
  }

  /** Whose bits the workers have; undefined before the first came. */
  get reference(): Identity | undefined {
    return this.#reference;
  }

  /** Whether workers of different adapters were taken. */
  get isMixed(): boolean {
    return this.#isMixed;
  }

  /** Whether a worker was taken and is not refused. */
  has(worker: string): boolean {
    return this.#names.has(worker) && !this.#refused.has(worker);
  }

  /** The name of a worker for people. */
  nameOf(worker: string): string {
    return this.#names.get(worker) ?? worker;
  }

  /** Takes a worker, or says why not. `isNew` where it was not known. */
  admit(worker: string, name: string, identity: unknown): { readonly isNew: boolean; readonly refusal?: string } {
    const isNew = !this.#names.has(worker);
    const refusal = this.#refused.get(worker) ?? (isNew ? this.#unfit(identity) : undefined);
    if (refusal !== undefined) return { isNew: this.refuse(worker, refusal), refusal };
    if (isNew) this.#names.set(worker, name);
    return { isNew };
  }

  /** Refuses a worker from now on; whether it was not refused before. */
  refuse(worker: string, reason: string): boolean {
    if (this.#refused.has(worker)) return false;
    this.#refused.set(worker, reason);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
    return true;
  }

  /** Why a worker cannot take part. */
  #unfit(identity: unknown): string | undefined {
    if (!isIdentity(identity)) return "expected a worker that says who it is";
    const { version, mixed = false, probe } = this.#options;
    if (identity.brenier !== version) return `expected brenier ${version}, got ${identity.brenier}`;
    if (this.#reference === undefined && probe !== undefined && identity.probe !== probe) {
      return `expected the bits of 4096 scores ${probe}, got ${identity.probe}`;
    }
    this.#reference ??= identity;
    const found = difference(this.#reference, identity);
    if (found === undefined) return undefined;
    if (!mixed) return `${found}, whose counts may differ; --mixed takes it all the same`;
    this.#isMixed = true;
    return undefined;
  }
}
