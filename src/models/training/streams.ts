// The random streams of a system's training.

/**
 * Streams of a system's seed: no two uses share numbers. Dropout has one for each use in a step,
 * from its own on.
 */
export const SYSTEM_STREAMS = {
  weights: 1,
  shuffle: 2,
  noise: 3,
  secondNoise: 4,
  mixing: 5,
  samples: 6,
  batchNorm: 7,
  dropout: 8,
} as const;
