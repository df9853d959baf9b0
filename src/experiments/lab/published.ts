// Numbers published by others, for the columns of the report that are marked as such.

export interface PublishedStacked {
  readonly system: string;
  readonly modes: number;
  readonly reverseKl: number;
}

/** Stacked MNIST, 1,000 modes: the table of PacGAN (Lin, Khetan, Fanti, Oh 2018, § 4.2). */
export const PUBLISHED_STACKED: readonly PublishedStacked[] = [
  { system: "DCGAN", modes: 99, reverseKl: 3.4 },
  { system: "ALI", modes: 16, reverseKl: 5.4 },
  { system: "Unrolled GAN", modes: 48.7, reverseKl: 4.32 },
  { system: "VEEGAN", modes: 150, reverseKl: 2.95 },
  { system: "PacDCGAN2", modes: 1000, reverseKl: 0.06 },
];

export interface PublishedMixture {
  readonly system: string;
  readonly modes: number;
  /** Share of samples of high quality, in %. */
  readonly quality: number;
  readonly reverseKl: number;
}

/**
 * 2-D ring and 2-D grid: the tables of PacGAN (Lin, Khetan, Fanti, Oh 2018, § 4.1), means of 10
 * runs.
 */
export const PUBLISHED_MIXTURES: Readonly<Record<"ring" | "grid", readonly PublishedMixture[]>> = {
  ring: [
    { system: "GAN", modes: 6.3, quality: 98.2, reverseKl: 0.45 },
    { system: "ALI", modes: 6.6, quality: 97.6, reverseKl: 0.36 },
    { system: "PacGAN4", modes: 7.8, quality: 95.9, reverseKl: 0.07 },
  ],
  grid: [
    { system: "GAN", modes: 17.3, quality: 94.8, reverseKl: 0.7 },
    { system: "ALI", modes: 24.1, quality: 95.7, reverseKl: 0.14 },
    { system: "PacGAN4", modes: 24.8, quality: 93.6, reverseKl: 0.04 },
  ],
};
