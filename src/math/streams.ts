/**
 * Every random stream, by its purpose (see PURPOSE in philox.ts) and its owner. Philox makes its
 * bits from seed, purpose, stream and index, so that two owners see the same bits only where all of
 * these agree. The comment on each owner says whose seed it uses. Callers may give the same seed to
 * all of them: therefore no two owners of a purpose share a number, except for three that the test
 * of this file lists with the reason. A number is never changed, since every result depends on it.
 */
export const STREAMS = {
  /**
   * Source points of a transport, `Draw.stream`. The solver's own draws use the seed given to
   * `solve`, the others the seed given to the named function.
   */
  source: {
    /** Samples of the solver's steps. */
    solver: 0,
    /** Counts that decide whether the solver stops, and fresh draws that evaluate a solved map. */
    evaluation: 1,
    /** Samples on which the start from a Gaussian model is fitted. */
    warmStart: 2,
    /** Margins between the two best cells, which give the first learning rate. */
    margin: 3,
    /** Samples used to give empty cells mass again. */
    repair: 4,
    /** `massCentres`; from point 2⁴⁰ on, the last check of a run, with the run's seed. */
    centres: 5,
    /** `sample`, `classes` and generation: the seed of the draw. */
    generation: 6,
    /** `certify`, unless it is given another. */
    certificate: 7,
    /** Clusters of targets that the solver begins with. */
    multiscale: 8,
    /** The graph of neighbouring cells. */
    graph: 9,
    /** The inverse map and the cells of its points. */
    inverse: 10,
    /** Samples of the solver's steps with sign flips. */
    flipped: 11,
    /** Samples from which the solver chooses its sign flips. */
    pilot: 12,
    /** Draws by which the angle of the rule `facet` is fitted: the seed given to `fitFacet`. */
    angle: 13,
  },
  /** Words on the host, `hostRandom`. */
  host: {
    /** Initial weights of an autoencoder, a system or a continuous map: the training's seed. */
    weights: 1,
    /** Order of the rows in each epoch: the training's seed. */
    shuffle: 2,
    /** Initial weights of a classifier: the seed given to `initClassifierParameters`. */
    classifierWeights: 3,
    /** Order of a classifier's images and how each is moved: the training's seed. */
    classifierShuffle: 4,
    /** Clusterings of a curve of precision and recall: run r has this + r RUN_STRIDE. */
    clusterings: 5,
    /** Rows of a mixture of Gaussians: the seed given to `drawMixture`. */
    mixtureRows: 6,
    /** Digits that are stacked into one picture: the seed given to `stackedImages`. */
    stackedDigits: 7,
    /** Rows of a curve of the plane: the seed given to `drawCurve`. */
    curveRows: 7,
    /** Targets in clusters of the plane: the seed given to `solveClusters`. */
    clusterTargets: 7,
    /** Points on a singular set at which a network is evaluated: the seed of the draws. */
    crossings: 8,
    /** Directions along which points are projected to find close ones: always seed 1. */
    closePoints: 9,
    /** Training images drawn with replacement: the seed of the draws. */
    resampling: 12,
    /**
     * Rows of the subset that represents a data set: always seed 1, so that all results share them.
     */
    subset: 13,
    /** Directions with which the search for principal components begins: the training's seed. */
    principal: 14,
    /** Pictures of a prepared set that are held out: the seed of the preparation. */
    heldOut: 17,
    /** Order of the cells in a balanced draw, `balancedPoints`: the seed of the draw. */
    balanced: 18,
  },
  /** Normals on the device: the training's seed, but for `samples`. */
  normal: {
    /** Noise of an encoder, or of a GAN's critic. */
    noise: 3,
    /** Noise of a GAN's generator. */
    secondNoise: 4,
    /** Latents of generated rows: the seed of the draw. */
    samples: 6,
    /** Latents from which the statistics of batch normalisation are computed after training. */
    batchNormMoments: 7,
  },
  /** Uniform numbers on the device: the training's seed. */
  uniform: {
    /** Interpolation points between real and generated rows, for the gradient penalty. */
    mixing: 5,
    /** Dropout: this for its first use in a step, and one more for each later use. */
    dropout: 8,
  },
} as const;

/** Distance between the streams of repeated runs of one owner; above the numbers of all owners. */
export const RUN_STRIDE = 65536;
