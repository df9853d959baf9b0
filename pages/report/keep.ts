import type uPlot from "uplot";

/** What is seen of a chart, kept while the page is loaded again. */
export class Keep {
  readonly #key: string;
  #open = false;

  constructor(name: string) {
    this.#key = `${location.pathname} ${name}`;
  }

  /** Keeps the ranges that a plot shows now. */
  scales(plot: uPlot): void {
    if (!this.#open) return;
    const ranges = ["x", "y"].map((key) => [plot.scales[key]?.min ?? null, plot.scales[key]?.max ?? null]);
    stored(() => sessionStorage.setItem(this.#key, JSON.stringify(ranges)));
  }

  /** Shows what was kept, if anything was. From now on, ranges are kept. */
  restore(plot: uPlot): void {
    this.#open = false;
    const text = stored(() => sessionStorage.getItem(this.#key));
    const ranges = text ? (JSON.parse(text) as readonly (readonly [number | null, number | null])[]) : [];
    for (const [at, key] of ["x", "y"].entries()) {
      const [min = null, max = null] = ranges[at] ?? [];
      if (min !== null && max !== null) plot.setScale(key, { min, max });
    }
    this.#open = true;
  }

  forget(): void {
    stored(() => sessionStorage.removeItem(this.#key));
    this.#open = false;
    // The ranges of the whole are set after this call and are not to be kept.
    setTimeout(() => {
      this.#open = true;
    });
  }
}

/** A browser may forbid a page to store anything; then nothing is kept. */
export function stored<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
