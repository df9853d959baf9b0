// The measured points in a file, so that a run that was ended goes on where it stood.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";
import { nameOf, type Point } from "./point.ts";
import type { Device } from "./worker.ts";

/** On what the points were measured. */
export interface About extends Device {
  readonly processor: string;
  readonly cores: number;
  /** Digest of the compiled library and of this bench: other code is measured anew. */
  readonly code: string;
}

export interface Measured {
  readonly about: About;
  readonly points: readonly Point[];
}

/** The points of a file, if it is there and from the same code on the same processor. */
export function readPoints(path: string, { code, processor }: Pick<About, "code" | "processor">): Measured | undefined {
  if (!existsSync(path)) return undefined;
  const found = JSON.parse(readFileSync(path, "utf8")) as Measured;
  if (found.about.code === code && found.about.processor === processor) return found;
  console.error(`bench: ${path} is of other code or another processor: all points are measured anew`);
  return undefined;
}

export function writePoints(path: string, measured: Measured): void {
  writeFileSync(path, `${JSON.stringify(measured, null, 1)}\n`);
}

/** The point of a stage at sizes, if it was measured. */
export const pointAt = (points: readonly Point[], stage: string, sizes: Point["sizes"]): Point | undefined =>
  points.find((point) => nameOf(point.stage, point.sizes) === nameOf(stage, sizes));

/** The files of this bench on which the points depend. */
const OWN = ["cost", "network", "stages", "transport", "worker"].map((name) => `.test-build/bench/growth/${name}.js`);

/** SHA-256 of all compiled files that a point depends on, in the order of their names. */
export function codeDigest(): string {
  const src = ".test-build/src";
  const names = readdirSync(join(root, src), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".js")).map((name) => join(src, name));
  const digest = createHash("sha256");
  for (const file of [...files.sort(), ...OWN]) digest.update(file).update(readFileSync(join(root, file)));
  return digest.digest("hex").slice(0, 16);
}
