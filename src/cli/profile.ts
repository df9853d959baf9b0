/** Defaults of the main job that depend on what computes. */
export interface Profile {
  readonly name: "cpu" | "gpu";
  /** Training images. */
  readonly limit: number;
  readonly epochs: number;
  /** Peak of the training's learning rate: the fewer the steps, the higher. */
  readonly learningRate: number;
  /** Asked chi² of the transport. */
  readonly chi2: number;
}

const CPU: Profile = { name: "cpu", limit: 10_000, epochs: 15, learningRate: 2e-3, chi2: 0.02 };
const GPU: Profile = { name: "gpu", limit: 60_000, epochs: 12, learningRate: 1e-3, chi2: 0.05 };

/** A CPU driver with two cores gets three to five minutes of work, a GPU the whole set. */
export const profileFor = (cpu: boolean): Profile => (cpu ? CPU : GPU);
