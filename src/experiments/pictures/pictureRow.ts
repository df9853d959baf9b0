// The config of an experiment on pictures, and a row of its table.
import type { LearningConfig, SystemName } from "../lab/learning.ts";
import type { PictureSet } from "../lab/work.ts";
import type { Samples } from "./samples.ts";
import type { PictureScores } from "./scores.ts";

/** A data set and a number of training images, on which every system is trained and scored. */
export interface PicturesConfig extends LearningConfig {
  readonly data: PictureSet;
  readonly chi2: number;
  readonly baselines: readonly SystemName[];
  /** What the baselines have in place of the autoencoder's budget and network. */
  readonly rivals?: Pick<LearningConfig, "epochs" | "batch" | "network">;
  /** Number of pictures that each system draws. */
  readonly generated: number;
  /**
   * Whether to measure also the rules that need mass centres, which take SAMPLES_PER_CELL samples
   * of each cell. Default: true.
   */
  readonly centres?: boolean;
}

/** What the baselines learn from. */
export const rivalsOf = ({ rivals, ...config }: PicturesConfig): LearningConfig => ({
  ...config,
  ...rivals,
  mirror: false,
});

/** Steps of a training. */
export const stepsOf = ({ epochs, images, batch }: LearningConfig): number => epochs * Math.floor(images / batch);

export interface PictureRow {
  readonly system: string;
  readonly scores: PictureScores;
  readonly samples: Samples;
  /** Mean squared error per value, of reconstructions before they are sharpened. */
  readonly error?: number;
}
