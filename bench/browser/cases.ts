import type { Case } from "../case.ts";
import { conv2dCase } from "../cases/conv2d.ts";
import { convAutoencoderCase } from "../cases/convAutoencoder.ts";
import { matmulCase } from "../cases/matmul.ts";

/** The cases of the table in a page, in its order. */
export const browserCases: readonly Case[] = [
  matmulCase(256, 256, 256),
  matmulCase(512, 512, 512),
  conv2dCase(64, 28, false),
  conv2dCase(64, 28, true),
  convAutoencoderCase(64),
];
