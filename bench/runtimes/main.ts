// `npm run bench:runtimes`: how long a page or a program needs until its first pictures, in four
// runtimes in turns, and the longest pieces of a page's main thread. Its argument is the number of
// rounds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { encodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { inBrowser } from "../../test/runtimes/browsers.ts";
import { DENO } from "../../test/runtimes/programs.ts";
import { generatorOf } from "../../test/support/generators.ts";
import { root } from "../root.ts";
import type { OpeningTimes } from "./opening.ts";
import { piecesOf } from "./trace.ts";

const rounds = Number(process.argv[2] ?? 5);
if (!(Number.isSafeInteger(rounds) && rounds >= 1)) {
  console.error(`bench: expected a number of rounds from 1, got ${process.argv[2]}`);
  process.exit(2);
}

// Numbers of the size of a default run's: their values change no time.
const folder = mkdtempSync(join(tmpdir(), "brenier-bench-"));
const config = { height: 28, width: 28, channels: 1, latent: 64 } as const;
const file = join(folder, "generator.safetensors");
writeFileSync(
  file,
  encodeGenerator(generatorOf({ config, targets: 10_000, seed: 1, source: "gaussian", rule: "facet", labels: 0 })),
);
const built = join(root, ".test-build");
const site = { "/": built, "/bench/": folder, "/bench/runtimes/": join(built, "bench/runtimes") };
const PROGRAM = join(built, "bench/runtimes/opening.js");

const inProgram = async (command: string, ...args: readonly string[]): Promise<OpeningTimes> =>
  JSON.parse(
    execFileSync(command, [...args, PROGRAM, file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
const RUNTIMES: Readonly<Record<string, () => Promise<OpeningTimes>>> = {
  "Chromium, SwiftShader": async () => (await inBrowser("chromium", site, "/bench/runtimes/opening/")) as OpeningTimes,
  Firefox: async () => (await inBrowser("firefox", site, "/bench/runtimes/opening/")) as OpeningTimes,
  Deno: () => inProgram(DENO, "run", "-A", "--no-lock"),
  Node: () => inProgram(process.execPath),
};

const loads = (): string =>
  loadavg()
    .map((load) => load.toFixed(1))
    .join(" ");
const seconds = (ms: number): string => (ms / 1000).toFixed(2);
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

try {
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, load ${loads()}`);
  const found = Object.keys(RUNTIMES).map((name) => [name, [] as OpeningTimes[]] as const);
  for (let round = 0; round < rounds; round++) {
    for (const [name, times] of found) times.push(await (RUNTIMES[name] as () => Promise<OpeningTimes>)());
  }
  console.log(`\nSeconds from the import on, median of ${rounds} runs in turns:\n`);
  console.log("| runtime | open | load | 16 pictures | together | the ring | again |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const [name, times] of found) {
    const parts = (["open", "load", "draw", "total", "ring", "again"] as const).map((part) =>
      seconds(median(times.map((each) => each[part]))),
    );
    console.log(`| ${[name, ...parts].join(" | ")} |`);
  }

  const pieces = await piecesOf(site, "/bench/runtimes/pieces/", ["open", "draw", "solve", "train"]);
  console.log("\nLongest tasks of a page's main thread in Chromium, milliseconds of a core (with waits):\n");
  console.log("| work | tasks | longest |\n| --- | --- | --- |");
  for (const [name, all] of Object.entries(pieces)) {
    const longest = all.slice(0, 5).map(({ cpu, wall }) => `${cpu.toFixed(1)} (${wall.toFixed(1)})`);
    console.log(`| ${name} | ${all.length} | ${longest.join(", ")} |`);
  }
  console.log(`\nload at the end ${loads()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
