// Numbers that other people published, for the columns of the report that are marked so.

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
