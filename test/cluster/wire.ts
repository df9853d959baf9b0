import type { Messenger } from "../../src/cluster/messenger.ts";
import { hostRandom } from "../../src/math/philox.ts";

export interface Chances {
  readonly lose: number;
  readonly twice: number;
  /** Greatest delay in milliseconds, so that messages overtake each other. */
  readonly late: number;
}

/** Messages inside this process, some of which are lost, late, or come twice. */
export class Wire {
  readonly #heard = new Map<string, Set<(bytes: Uint8Array) => void>>();
  readonly #random: () => number;
  readonly #chances: Chances;
  /** Messages so far. */
  sent = 0;

  constructor(seed: number, chances: Chances = { lose: 0, twice: 0, late: 0 }) {
    const random = hostRandom(seed, 0);
    this.#random = () => random.uniform();
    this.#chances = chances;
  }

  open(mostBytes = 100_000): Messenger {
    const own: (() => void)[] = [];
    return {
      mostBytes,
      publish: (subject, bytes) => this.publish(subject, bytes),
      flush: async () => undefined,
      listen: (subject, take) => {
        const all = this.#heard.get(subject) ?? new Set();
        this.#heard.set(subject, all.add(take));
        const stop = (): void => void all.delete(take);
        own.push(stop);
        return stop;
      },
      lost: new Promise(() => undefined),
      close: async () => own.forEach((stop) => void stop()),
    };
  }

  publish(subject: string, bytes: Uint8Array): void {
    const copy = bytes.slice();
    const { lose, twice, late } = this.#chances;
    this.sent++;
    for (let times = this.#random() < twice ? 2 : 1; times > 0; times--) {
      if (this.#random() < lose) continue;
      const deliver = (): void => {
        for (const take of this.#heard.get(subject) ?? []) take(copy);
      };
      if (late === 0) queueMicrotask(deliver);
      else setTimeout(deliver, late * this.#random());
    }
  }
}
