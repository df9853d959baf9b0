import { oneLine } from "../kernels/oneLine.ts";
import { fitOf } from "./fit.ts";
import { difference, type Identity, isIdentity } from "./identity.ts";
import { encodeMessage, newId, SUBJECT, type Want } from "./messages.ts";
import type { Messenger } from "./messenger.ts";

/** Names that are remembered of each kind. */
const MOST_NAMES = 1000;
/** A worker that waits says so twice a second. */
const SILENT_MS = 30_000;

/** The workers that may take the jobs of a coordinator, and those that may not. */
export class Crew {
  readonly #messenger: Messenger;
  readonly #wanted: Identity;
  readonly #say: (line: string) => void;
  readonly #strangers = new Set<string>();
  /** When those that fit were heard of, by their names. */
  readonly #heard = new Map<string, number>();

  constructor(messenger: Messenger, wanted: Identity, say: (line: string) => void) {
    this.#messenger = messenger;
    this.#wanted = wanted;
    this.#say = say;
  }

  /** Names of those that were heard of lately. */
  get names(): readonly string[] {
    const now = performance.now();
    return [...this.#heard].filter(([, heard]) => now - heard < SILENT_MS).map(([name]) => name);
  }

  /** A worker that fits was heard of. */
  hear(name: string): void {
    this.#heard.delete(name); // as the latest
    this.#heard.set(name, performance.now());
    drop(this.#heard);
  }

  /** Hears of a worker that waits; tells of one that does not fit, and tells that one. */
  look(want: Want | undefined): void {
    if (want === undefined || this.#strangers.has(want.worker)) return;
    const { worker, name, identity } = want;
    const wrong = this.#wrong(identity);
    if (wrong === undefined) {
      this.hear(name);
      return;
    }
    this.#strangers.add(worker);
    drop(this.#strangers);
    const reason = oneLine(wrong);
    this.#say(`cluster: worker ${oneLine(name)} gets no parts: ${reason}`);
    this.#messenger.publish(
      SUBJECT.to(worker),
      encodeMessage({ kind: "refusal", run: newId(), reason: `parts: ${reason}` }),
    );
  }

  #wrong(identity: unknown): string | undefined {
    if (!isIdentity(identity)) return "expected a worker that says who it is";
    if (fitOf(identity) === fitOf(this.#wanted)) return undefined;
    if (identity.brenier !== this.#wanted.brenier) {
      return `expected brenier ${this.#wanted.brenier}, got ${identity.brenier}`;
    }
    return `${difference(this.#wanted, identity)}, which may give other bits`;
  }
}

/** Drops the oldest of too many. */
function drop(all: Map<string, unknown> | Set<string>): void {
  const [oldest] = all.keys();
  if (all.size > MOST_NAMES && oldest !== undefined) all.delete(oldest);
}
