/** How long changes are gathered before the address changes: browsers limit how often it may. */
const GATHERED_MS = 200;
/** Longest address that is written; servers and messengers cut longer ones. */
const LONGEST = 8000;

/** What the address keeps of the chapter that is open: `?chapter=cells&set=ring`. */
export class State {
  readonly #values: URLSearchParams;
  /** Waits to write what has changed. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  text(key: string): string | undefined {
    return this.#values.get(key) ?? undefined;
  }

  /** A number within bounds; what is none or lies outside gives the fallback. */
  number(key: string, fallback: number, min: number, max: number): number {
    const text = this.#values.get(key);
    const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
    return value >= min && value <= max ? value : fallback;
  }

  /** One of the choices, the first by default. */
  choice<T extends string>(key: string, choices: readonly [T, ...T[]]): T {
    const text = this.#values.get(key);
    return choices.find((choice) => choice === text) ?? choices[0];
  }

  /** Keeps values; undefined takes one out. False where the address would become too long. */
  set(values: Readonly<Record<string, string | number | undefined>>): boolean {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, String(value));
    }
    const fits = this.#values.toString().length <= LONGEST;
    this.close();
    if (fits) this.#timer = setTimeout(() => this.keep(), GATHERED_MS);
    return fits;
  }

  /** Writes at once what has changed. */
  keep(): void {
    if (this.#timer !== undefined) history.replaceState(null, "", `?${this}`);
    this.close();
  }

  /** Writes nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  toString(): string {
    return this.#values.toString().replaceAll("%2C", ",").replaceAll("%3B", ";");
  }
}
