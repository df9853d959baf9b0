// What an experiment on pictures is asked, and a row of its table.
import type { LearningConfig, SystemName } from "../lab/learning.ts";
import type { EVALUATION_CONFIGS } from "./evaluationClassifier.ts";
import type { Samples } from "./samples.ts";
import type { PictureScores } from "./scores.ts";

/** One data set, one number of training images: every system learns it and is scored. */
export interface PicturesConfig extends LearningConfig {
  readonly data: keyof typeof EVALUATION_CONFIGS;
  readonly chi2: number;
  readonly baselines: readonly SystemName[];
  /** Pictures that each system draws. */
  readonly generated: number;
  /**
   * Whether what needs mass centres is measured too: they take SAMPLES_PER_CELL samples of each
   * cell. Default: it is.
   */
  readonly centres?: boolean;
}

export interface PictureRow {
  readonly system: string;
  readonly scores: PictureScores;
  readonly samples: Samples;
}
