// The pictures of a look as numbers.
import type { Pictures } from "brenier/models";
import type { Look } from "./generator.ts";

/** All pixels that are seen: of the picture drawn, the stored one and the one across. */
export function rowsOf(look: Look | undefined): readonly (readonly (string | number)[])[] {
  const head = ["row", "column", "channel", "drawn", "stored", "across"];
  const three = look?.drawn?.three;
  if (three === undefined) return [head];
  const { width, channels, pixels } = three;
  const size = pixels.length / 3;
  return [
    head,
    ...Array.from({ length: size }, (_, i) => [
      Math.floor(i / (width * channels)),
      Math.floor(i / channels) % width,
      i % channels,
      ...[0, 1, 2].map((n) => pixels[n * size + i] as number),
    ]),
  ];
}

/** Two pictures as one row. */
export function joined(a: Pictures, b: Pictures): Pictures {
  return { ...a, count: a.count + b.count, pixels: Float32Array.from([...a.pixels, ...b.pixels]) };
}
