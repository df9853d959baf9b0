// The config of an experiment on pictures, and a row of its table.
import type { LearningConfig, SystemName } from "../lab/learning.ts";
import type { EVALUATION_CONFIGS } from "./evaluationClassifier.ts";
import type { Samples } from "./samples.ts";
import type { PictureScores } from "./scores.ts";

/** A data set and a number of training images, on which every system is trained and scored. */
export interface PicturesConfig extends LearningConfig {
  readonly data: keyof typeof EVALUATION_CONFIGS;
  readonly chi2: number;
  readonly baselines: readonly SystemName[];
  /** Number of pictures that each system draws. */
  readonly generated: number;
  /**
   * Whether to measure also the rules that need mass centres, which take SAMPLES_PER_CELL samples
   * of each cell. Default: true.
   */
  readonly centres?: boolean;
}

export interface PictureRow {
  readonly system: string;
  readonly scores: PictureScores;
  readonly samples: Samples;
  /** Mean squared error per value, of reconstructions before they are sharpened. */
  readonly error?: number;
}
