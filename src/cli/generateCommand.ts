import { rmSync } from "node:fs";
import { join } from "node:path";
import { openGpu } from "../adapter/openGpu.ts";
import { pause } from "../adapter/pause.ts";
import { toBytes } from "../datasets/images.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { encodeNpy } from "../formats/npy.ts";
import { powerOfTwo } from "../math/float64.ts";
import { createGenerator } from "../models/generator/openGenerator.ts";
import { encodePng } from "../pictures/imageGrid.ts";
import { writeGrid } from "../pictures/writeGrid.ts";
import { readFinishedRun } from "../run/finishedRun.ts";
import { progress } from "../run/progress.ts";
import { ruleInstead } from "../run/rule.ts";
import { defaultsOf } from "../run/settings.ts";
import { describeFlags, integer, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { inNewFolder, requireNewFile, requireNewFolder } from "./out.ts";
import { settingFlag } from "./settingFlag.ts";

const { samples: COUNT, seed: SEED } = defaultsOf("cpu"); // both are the same under every profile
/** Greatest number of pictures in one grid. */
const MOST_IN_GRID = 10_000;

const flags = {
  count: integer("N", `pictures to draw (default ${COUNT})`, 1, 10_000_000),
  seed: settingFlag("seed", { help: "of the noise" }),
  out: text(
    "PATH",
    "new FILE.npy: uint8 [count, height, width, channels]; new FILE.png: a grid; else a new or empty folder of one PNG each",
  ),
  theta: settingFlag("theta", { initial: "that of the run" }),
  extension: settingFlag("extension", { initial: "that of the run" }),
  balanced: toggle("draw each code once before any twice, for more noise; see docs/guide/pictures.md"),
} as const;

const usage = `usage: node dist/generate.js RUN --out PATH [flags]

Draws new pictures from the finished run in the folder RUN, or from its generator.safetensors alone, whose path RUN then is.
Picture number i of a seed is the same whatever --count is. The files in a folder are held to their sha256 in summary.json.
No file is overwritten.

flags
${describeFlags(flags)}
exit codes: 0 fine, 2 wrong usage, 3 no adapter, 4 wrong or missing run, 130 after Ctrl-C, 143 after SIGTERM, 1 anything else
`;

const MOST_BYTES = powerOfTwo(31) - 1;
const TARGETS = "FILE.npy, FILE.png or a folder";
const CHUNK = 2000; // pictures drawn between two updates of the progress

/** `node dist/generate.js`: see `usage`. */
export async function generateCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["RUN"]);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const [run = ""] = positionals;
  const { count = COUNT, seed = SEED, balanced = false, out } = values;
  if (out === undefined) throw new UsageError(`--out: expected ${TARGETS}, got nothing`);
  const kind = /\.(npy|png)$/i.exec(out)?.[1]?.toLowerCase();
  if (kind === "png" && count > MOST_IN_GRID) {
    throw new UsageError(
      `--count: expected at most ${MOST_IN_GRID} pictures in one grid, got ${count}; use FILE.npy or a folder`,
    );
  }
  if (kind === undefined) requireNewFolder(out, TARGETS);
  else requireNewFile(out);
  const { values: read, note } = readFinishedRun(run);
  const { height, width, channels } = read.config;
  const size = height * width * channels;
  if (count * size > MOST_BYTES) {
    const most = Math.floor(MOST_BYTES / size);
    throw new UsageError(
      `--count: expected at most ${most} pictures of this size at once, got ${count}; use more seeds`,
    );
  }
  const gpu = await openGpu();
  try {
    const rule = await ruleInstead(gpu, read, values, { signal });
    const generator = createGenerator(gpu, { ...read, rule });
    const pixels = new Uint8Array(count * size);
    const say = progress({ stream: process.stderr });
    if (note !== undefined) say.end(note);
    for (let first = 0; first < count; first += CHUNK) {
      await pause(signal);
      const drawn = await generator.generate({ count: Math.min(CHUNK, count - first), seed, first, balanced, signal });
      pixels.set(toBytes(drawn.pixels), first * size);
      say.update(Math.min(first + CHUNK, count), count, "pictures");
    }
    const images = { count, height, width, channels, pixels };
    if (kind === "npy")
      writeFileAtomic(out, encodeNpy({ shape: [count, height, width, channels], dtype: "|u1", data: pixels }));
    else if (kind === "png") writeGrid(out, images);
    else {
      const digits = String(count - 1).length;
      const written: string[] = [];
      await inNewFolder(out, async () => {
        try {
          for (let i = 0; i < count; i++) {
            await pause(signal);
            const one = { ...images, pixels: pixels.subarray(i * size, (i + 1) * size) };
            const path = join(out, `${String(i).padStart(digits, "0")}.png`);
            writeFileAtomic(path, encodePng(one));
            written.push(path);
          }
        } catch (error) {
          for (const path of written) rmSync(path, { force: true });
          throw error;
        }
      });
    }
    say.end(`${count} pictures in ${out}`);
  } finally {
    // An error while disposing would hide the earlier one.
    await gpu.dispose().catch(() => undefined);
  }
}
