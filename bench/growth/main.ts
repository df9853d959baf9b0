// Measures how the cost of each stage grows. Its one argument is the flags as JSON, as
// scripts/bench.mjs parsed them. Each point is measured in a process of its own and kept at once;
// a run that is ended, or whose time is up, goes on with the next call.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { sceneSvg } from "../../src/pictures/scene.ts";
import { Child } from "../child.ts";
import { curves, quickCurves } from "./curves.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";
import { nameOf, type Point } from "./point.ts";
import { codeDigest, pointAt, readPoints, writePoints } from "./store.ts";
import type { Answer, Device } from "./worker.ts";

interface Options {
  /** Parts of the names of the stages that are measured; all where there are none. */
  readonly only: readonly string[];
  readonly quick: boolean;
  /** Where points.json, growth.svg and RESULTS.md are written. */
  readonly folder: string;
}

/** A run starts no point after this. */
const MINUTES = 20;
/** Patience with one point in milliseconds. */
const PATIENCE = 600_000;

const { only, quick, folder } = JSON.parse(process.argv[2] ?? "{}") as Options;
const wanted = quick ? quickCurves : curves;
mkdirSync(folder, { recursive: true });
const path = join(folder, "points.json");
const machine = {
  processor: cpus()[0]?.model.trim() ?? "unknown processor",
  cores: availableParallelism(),
  code: codeDigest(),
};
const kept = readPoints(path, machine);
const points: Point[] = [...(kept?.points ?? [])];
let device: Device | undefined = kept?.about;
let [failed, left] = [0, 0];

for (const { stage, over, values, at } of wanted) {
  if (only.length > 0 && !only.some((part) => stage.includes(part))) continue;
  for (const value of values) {
    const sizes = { ...at, [over]: value };
    const name = nameOf(stage, sizes);
    if (pointAt(points, stage, sizes) !== undefined) continue;
    if (performance.now() > 60_000 * MINUTES) {
      left++;
      continue;
    }
    const child = new Child("growth/worker.js");
    try {
      const answer = await child.ask<Answer>({ stage, sizes }, PATIENCE);
      if ("error" in answer) throw new Error(answer.error);
      const { point } = answer;
      if (device !== undefined && device.adapter !== answer.device.adapter) points.length = 0;
      device = answer.device;
      points.push(point);
      writePoints(path, { about: { ...device, ...machine }, points });
      console.error(`bench: ${name}  ${point.cost.wall.toPrecision(3)} s, ${point.cost.cpu.toPrecision(3)} s of CPU`);
    } catch (error) {
      failed++;
      console.error(`bench: error: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      child.close();
    }
  }
}
if (device !== undefined) {
  const text = page({ about: { ...device, ...machine }, points }, wanted);
  writeFileSync(join(folder, "RESULTS.md"), text);
  writeFileSync(join(folder, "growth.svg"), sceneSvg(picture(points, wanted, device.cpu)));
  console.log(text);
}
if (left > 0) console.error(`bench: ${MINUTES} minutes are over and ${left} points are left; the same call goes on`);
process.exitCode = failed === 0 ? 0 : 1;
