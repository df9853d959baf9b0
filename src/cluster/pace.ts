/** How fast the workers of a run count, over the last seconds. */
export interface Speed {
  /** Workers that were heard of lately. */
  readonly workers: number;
  readonly samplesPerSecond: number;
  /** Share of the workers' time in which they had no range. */
  readonly waiting: number;
}

const WINDOW_MS = 2000;
/** A worker that has no range says so twice a second, and one that has a range answers. */
const SILENT_MS = 3000;
/** A CPU driver lets its process say nothing while it counts. */
const COUNTING_MS = 60_000;

/** Measures a `Speed` from what is given out and answered. */
export class Pace {
  /** When each worker was heard of, and since when it has had a range. */
  readonly #workers = new Map<string, { heard: number; since: number | undefined }>();
  #start = performance.now();
  #samples = 0;
  #busy = 0;
  #speed: Speed = { workers: 0, samplesPerSecond: 0, waiting: 0 };

  heard(worker: string, now: number): void {
    const known = this.#workers.get(worker);
    if (known === undefined) this.#workers.set(worker, { heard: now, since: undefined });
    else {
      known.heard = now;
      this.#stop(known, now);
    }
  }

  gave(worker: string, now: number): void {
    const known = this.#workers.get(worker);
    if (known !== undefined) known.since = now;
  }

  took(samples: number): void {
    this.#samples += samples;
  }

  left(worker: string): void {
    this.#workers.delete(worker);
  }

  /** Workers that were heard of lately or have a range since not long ago. */
  present(now: number): number {
    let all = 0;
    for (const { heard, since } of this.#workers.values()) {
      if (now - heard < SILENT_MS || (since !== undefined && now - since < COUNTING_MS)) all++;
    }
    return all;
  }

  /** Measured anew every two seconds, so that it can be asked for at any rate. */
  speed(now: number): Speed {
    const elapsed = now - this.#start;
    const workers = this.present(now);
    if (elapsed < WINDOW_MS && this.#speed.workers > 0) return { ...this.#speed, workers };
    for (const known of this.#workers.values()) {
      const { since } = known;
      this.#stop(known, now);
      known.since = since === undefined ? undefined : now;
    }
    const waiting = Math.max(0, 1 - this.#busy / Math.max(1, workers * elapsed));
    this.#speed = { workers, samplesPerSecond: (1000 * this.#samples) / Math.max(1, elapsed), waiting };
    if (elapsed >= WINDOW_MS) [this.#start, this.#samples, this.#busy] = [now, 0, 0];
    return this.#speed;
  }

  #stop(known: { since: number | undefined }, now: number): void {
    if (known.since !== undefined) this.#busy += now - Math.max(known.since, this.#start);
    known.since = undefined;
  }
}
