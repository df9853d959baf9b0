import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { is, match, ok } from "uvu/assert";
import { dataCommand } from "../../src/cli/dataCommand.ts";
import { decodePng } from "../../src/codecs/decodePng.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { cifarBin, inFolder } from "../datasets/fixture.ts";
import { digits, writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";

async function run(...args: readonly string[]): Promise<{ out: string; error: string }> {
  let out = "";
  try {
    await dataCommand(args, (line) => {
      out += `${line}\n`;
    });
  } catch (error) {
    return { out, error: `${(error as Error).constructor.name}: ${(error as Error).message}` };
  }
  return { out, error: "" };
}

describe("data command", {
  "--help prints the usage": async () => {
    const { out, error } = await run("--help");
    match(out, /^usage: node dist\/data\.js COMMAND NAME/);
    is(error, "");
  },
  "wrong usage is one line": async () => {
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [[], /^UsageError: expected COMMAND NAME, got none$/],
      [["get", "mnist"], /^UsageError: expected a command fetch, verify, show or prepare, got get$/],
      [["fetch"], /^UsageError: expected COMMAND NAME, got fetch$/],
      [["fetch", "cifar"], /^UsageError: expected one of mnist, fashion, cifar10 to fetch, got cifar$/],
      [
        ["show", "cifar"],
        /^UsageError: expected one of mnist, fashion, cifar10, a folder of pictures or FILE\.npy, got cifar$/,
      ],
      [["show", "src", "--dir", "x"], /^UsageError: --dir: expected none beside a path, got x$/],
      [["fetch", "mnist", "more"], /got fetch mnist more$/],
      [["fetch", "mnist", "--die", "x"], /^UsageError: unknown option '--die'$/],
      [["fetch", "mnist", "--dir"], /^UsageError: --dir: expected DIR, got nothing$/],
      [["fetch", "mnist", "--dir="], /^UsageError: --dir: expected DIR, got nothing$/],
      [
        ["fetch", "mnist", "--dir", "--help"],
        /^UsageError: --dir: expected DIR, got the flag --help; a value is written --dir=--help$/,
      ],
      [["prepare", "src"], /^UsageError: --size: expected the side of the pictures, got nothing$/],
      [["prepare", "src", "--size", "0"], /^UsageError: --size: expected an integer from 1 to 4096, got 0$/],
      [["prepare", "src", "--size", "64"], /^UsageError: --out: expected a new or empty folder, got nothing$/],
      [
        ["prepare", "src", "--size", "64", "--out", "x", "--fit", "--crop", "9"],
        /^UsageError: --fit: expected none beside --crop, which cuts$/,
      ],
      [["prepare", "src", "--size", "64", "--out", "test"], /^UsageError: --out: .* got test with files in it; choose/],
      [["prepare", "src", "--size", "64", "--out", "x.npy"], /^UsageError: --out: .*; for a folder of that name write/],
      [
        ["prepare", "src", "--size", "64", "--out", "x", "--dir", "y"],
        /^UsageError: --dir: expected none beside a path/,
      ],
      [["show", "mnist", "--grey"], /^UsageError: --grey: expected the command prepare beside it, got show$/],
      [["show", "src", "--out", "x.jpg"], /^UsageError: --out: expected FILE\.png, got x\.jpg$/],
    ];
    for (const [args, message] of cases) {
      const { out, error } = await run(...args);
      match(error, message);
      is(out, "");
    }
  },
  "missing data names the file and what to do": () =>
    inFolder(async (folder) => {
      for (const command of ["verify", "show"]) {
        for (const [name, file] of [
          ["mnist", "train-images-idx3-ubyte"],
          ["fashion", "train-images-idx3-ubyte"],
          ["cifar10", "data_batch_1\\.bin"],
        ] as const) {
          const { error } = await run(command, name, "--dir", folder);
          match(error, new RegExp(`^DataError: .*${file}.*run \`node dist/data\\.js fetch ${name} --dir .*\`$`));
        }
      }
    }),
  "show counts every class and draws a row of each": () =>
    inFolder(async (folder) => {
      const data = join(folder, "data", "fashion");
      writeDigits(folder, 200, 30, "fashion");
      const picture = join(folder, "new", "grid.png");
      const { out, error } = await run("show", "fashion", "--dir", data, "--out", picture);
      is(error, "");
      match(out, /train {2}\[200, 28, 28, 1\] bytes, channel means 0\.\d{4}\ntest {3}\[30, 28/);
      match(out, /label {2}train {3}test {2}class\n {4}0 {5}20 {6}3 {2}T-shirt\/top\n/);
      match(out, /\n {4}9 {5}20 {6}3 {2}ankle boot\n/);
      match(out, /train-images-idx3-ubyte {2}differs\n/);
      match(out, /grid\.png: 100 images, a row for each label, from 0 down\n$/);
      // 28 pixels twice enlarged and a gap of 2; the second row opens with the first 1, which is
      // image 1.
      const { width, rgba } = decodePng(readFileSync(picture), "grid.png");
      is(width, 2 + 10 * 58);
      const at = (x: number, y: number): number => rgba[4 * ((60 + 2 * y) * width + 2 + 2 * x)] as number;
      const one = digits(2).subarray(784);
      for (let i = 0; i < 784; i += 3) is(at(i % 28, Math.floor(i / 28)), one[i]);
    }),
  "show draws the first images where there are too few for rows, and a folder of PNG files": () =>
    inFolder(async (folder) => {
      const data = join(folder, "cifar");
      mkdirSync(data);
      for (const n of [1, 2, 3, 4, 5]) writeFileSync(join(data, `data_batch_${n}.bin`), cifarBin([n, 0, 9]));
      writeFileSync(join(data, "test_batch.bin"), cifarBin([3]));
      const few = await run("show", "cifar10", "--dir", data, "--out", join(folder, "few.png"));
      is(few.error, "");
      match(few.out, /train {2}\[15, 32, 32, 3\] bytes/);
      match(few.out, /\n {4}9 {6}5 {6}0 {2}truck\n/);
      match(few.out, /few\.png: 15 images, the first ones\n$/);
      const images = join(folder, "images");
      mkdirSync(images);
      for (const name of ["a", "b"])
        writeFileSync(
          join(images, `${name}.png`),
          encodePng({ height: 4, width: 5, channels: 1, pixels: new Uint8Array(20).fill(51) }),
        );
      const verified = await run("verify", images);
      is(verified.out, `2 pictures read in ${images}: [2, 4, 5, 1] bytes, channel means 0.2000\n`);
      const shown = await run("show", images, "--out", join(folder, "two.png"));
      match(shown.out, /two\.png: 2 images, the first ones\n$/);
      const again = await run("show", images, "--out", join(folder, "two.png"));
      match(again.error, /^UsageError: --out: expected a new file, got .*two\.png, which exists; remove it or choose/);
      const within = await run("show", images, "--out", join(images, "grid.png"));
      match(within.error, /^UsageError: --out: expected a file outside of .*, got .*grid\.png$/);
      writeFileSync(join(images, "c.png"), "no picture");
      match((await run("verify", images)).error, /^DataError: png: .*c\.png/);
      // Told before a picture is read.
      for (const [name, why] of [
        ["two.png/x.png", "ENOTDIR"],
        ["two.png/y/x.png", "ENOTDIR"],
        [`${"x".repeat(300)}.png`, "ENAMETOOLONG"],
        ["a\0b.png", "ERR_INVALID_ARG_VALUE"],
      ] as const) {
        const { error } = await run("show", images, "--out", join(folder, name));
        match(error, /^UsageError: --out: expected a path in a folder that can be written, got /);
        ok(error.endsWith(`png (${why})`), error);
      }
    }),
});
