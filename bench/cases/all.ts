import type { Case } from "../case.ts";
import { addCase } from "./add.ts";
import { autoencoderCase } from "./autoencoder.ts";
import { conv2dCase } from "./conv2d.ts";
import { conv2dTransposeCase } from "./conv2dTranspose.ts";
import { convAutoencoderCase } from "./convAutoencoder.ts";
import { matmulCase } from "./matmul.ts";

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** The cases of the table, in its order. */
export const fullCases: readonly Case[] = [
  matmulCase(512, 512, 512),
  matmulCase(1024, 1024, 1024),
  ...TRANSPOSES.map(([a, b]) => matmulCase(1000, 777, 333, a, b)),
  conv2dCase(64, 28, false),
  conv2dCase(64, 28, true),
  conv2dTransposeCase(64, 28),
  convAutoencoderCase(64),
  autoencoderCase(100),
  addCase(1 << 24),
];

/** Further cases of the table on a GPU, which would take minutes on a CPU. */
export const gpuCases: readonly Case[] = [matmulCase(4096, 4096, 4096)];

/** The same work in small sizes, which is only checked and not timed. */
export const smokeCases: readonly Case[] = [
  matmulCase(64, 64, 64),
  ...TRANSPOSES.map(([a, b]) => matmulCase(50, 39, 17, a, b)),
  conv2dCase(3, 12, false),
  conv2dCase(3, 12, true),
  conv2dTransposeCase(3, 12),
  convAutoencoderCase(4),
  autoencoderCase(4),
  addCase(10_007),
];
