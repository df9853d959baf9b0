/** Defaults of the main job that depend on what computes. */
export interface Profile {
  readonly name: "cpu" | "gpu";
  /** Training images. */
  readonly limit: number;
  readonly epochs: number;
  /** Asked chi² of the transport. */
  readonly chi2: number;
}

/** A CPU driver gets five to ten minutes of work on two cores, a GPU the whole set. */
export const profileFor = (cpu: boolean): Profile =>
  cpu ? { name: "cpu", limit: 10_000, epochs: 20, chi2: 0.02 } : { name: "gpu", limit: 60_000, epochs: 12, chi2: 0.05 };
