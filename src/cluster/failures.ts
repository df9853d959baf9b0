const MOST = 3;
/** A worker that takes a part again and again before others can. */
const MOST_BY_ONE = 10;

/**
 * The failures of a job, and whose they are: what fails at one worker, which may lack memory or a
 * disk, may succeed at another.
 */
export class Failures {
  readonly #workers = new Set<string>();
  /** How many there were. */
  count = 0;
  #unknown = 0;

  /** Counts one, of a worker by its name, or where it is not known whose it is. */
  add(worker: string | undefined): void {
    this.count++;
    if (worker === undefined) this.#unknown++;
    else this.#workers.add(worker);
  }

  /**
   * Whether there is no more use in trying: three in all, at three workers or at all that are there
   * (`crew`, by their names), or ten.
   */
  areEnough(crew: readonly string[]): boolean {
    if (this.count < MOST) return false;
    const isTriedByAll = crew.every((name) => this.#workers.has(name));
    return isTriedByAll || this.#workers.size + this.#unknown >= MOST || this.count >= MOST_BY_ONE;
  }
}
