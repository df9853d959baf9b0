import { toBytes } from "../../datasets/images.ts";
import { imageGrid } from "../../pictures/imageGrid.ts";
import type { Workspace } from "../lab/workspace.ts";

/** A row of pictures, kept in JSON. */
export interface Samples {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The pixels as bytes in base64, [COLUMNS, height, width, channels]. */
  readonly bytes: string;
}

/** Number of pictures in a row. */
export const COLUMNS = 20;

/**
 * COLUMNS of the pictures [count, height, width, channels] in [0, 1] as a row of samples: evenly
 * spread over all of them, since the first ones of a sorted set resemble each other.
 */
export function spreadSamples(
  pixels: Float32Array,
  { height, width, channels }: Pick<Samples, "height" | "width" | "channels">,
): Samples {
  const size = height * width * channels;
  const count = pixels.length / size;
  const rows = Array.from({ length: COLUMNS }, (_, i) => {
    const first = Math.floor((i * count) / COLUMNS) * size;
    return toBytes(pixels.subarray(first, first + size));
  });
  return { height, width, channels, bytes: Buffer.concat(rows).toString("base64") };
}

/** Writes a picture of rows of samples; returns the file's name. */
export function sampleRows(workspace: Workspace, name: string, all: readonly Samples[]): string {
  const [{ height, width, channels } = { height: 0, width: 0, channels: 0 }] = all;
  const pixels = new Uint8Array(Buffer.concat(all.map(({ bytes }) => Buffer.from(bytes, "base64"))));
  const count = all.length * COLUMNS;
  return workspace.picture(
    name,
    imageGrid({ count, height, width, channels, pixels }, { columns: COLUMNS, gap: 2, scale: 2 }),
  );
}
