import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { equal, is, match, ok } from "uvu/assert";
import { MOST_PIXELS, type PictureRecipe } from "../../src/codecs/decodePicture.ts";
import { loadDataset } from "../../src/datasets/dataset.ts";
import { openNpyImages } from "../../src/datasets/npyImages.ts";
import { type PrepareOptions, prepareFolder } from "../../src/datasets/prepare.ts";
import { readPreparedSet, verifyPrepared } from "../../src/datasets/preparedSet.ts";
import { describe } from "../support/suite.ts";
import { inFolder, pixelsOf, pngChunk, pngFile, pngSize, rejects } from "./fixture.ts";

const GREY = { r: 100, g: 100, b: 100 };
const RED = { r: 200, g: 50, b: 20 };

/** A picture of one colour, to be encoded. */
const plain = (colour: object, width = 8, height = width) =>
  sharp({ create: { width, height, channels: 3, background: colour } });

/** A grey picture whose pixels are these. */
const drawn = (width: number, height: number, at: (x: number, y: number) => number) =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))),
    {
      raw: { width, height, channels: 1 },
    },
  );

function put(folder: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** Prepares `folder`/in into `folder`/out; gives the notes. */
async function prepared(
  folder: string,
  recipe: Partial<PictureRecipe> = {},
  options: Partial<PrepareOptions> = {},
): Promise<string[]> {
  const notes: string[] = [];
  mkdirSync(join(folder, "out"), { recursive: true });
  await prepareFolder(join(folder, "in"), join(folder, "out"), {
    recipe: { height: 4, width: 4, fit: false, grey: false, mostPixels: MOST_PIXELS, ...recipe },
    labels: false,
    skipDamaged: false,
    seed: 1,
    note: (text) => notes.push(text),
    ...options,
  });
  return notes;
}

const pixels = (folder: string): Uint8Array => pixelsOf(openNpyImages(join(folder, "out", "images.npy")));

/** Asserts that each picture of `folder`/out is of one of the colours, within `off`. */
function areColours(folder: string, colours: readonly (readonly number[])[], off = 0): void {
  const all = pixels(folder);
  const size = all.length / colours.length;
  colours.forEach((colour, n) => {
    all.subarray(n * size, (n + 1) * size).forEach((value, i) => {
      const wanted = colour[i % colour.length] as number;
      ok(Math.abs(value - wanted) <= off, `picture ${n}: expected ${wanted} ± ${off}, got ${value}`);
    });
  });
}

/** A folder of `count` small pictures that differ. */
async function many(folder: string, count: number): Promise<string> {
  const one = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      drawn(6, 5, (x, y) => (20 * n + 7 * x + 3 * y) % 256)
        .png()
        .toBuffer(),
    ),
  );
  const name = (n: number) => `in/${String(n).padStart(4, "0")}.png`;
  return put(folder, Object.fromEntries(Array.from({ length: count }, (_, n) => [name(n), one[n % 10] as Buffer])));
}

describe("prepare", {
  "every format, size and depth of folders comes in the order of paths, with what it was made of": () =>
    inFolder(async (folder) => {
      const cats = await sharp([await plain(RED).png().toBuffer(), await plain(GREY).png().toBuffer()], {
        join: { animated: true },
      })
        .gif()
        .toBuffer();
      put(folder, {
        "in/a/1.JPG": await plain(RED, 20, 9).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
        "in/a/deep/2.png": await plain(RED, 9, 20).png().toBuffer(),
        "in/b/3.webp": await plain(RED).webp({ lossless: true }).toBuffer(),
        "in/b/4.avif": await plain(RED).avif({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
        "in/c/5.tiff": await plain(RED).tiff().toBuffer(),
        "in/c/6.gif": cats,
        "in/c/猫\n.png": await plain(GREY).png().toBuffer(),
        "in/c/.hidden.png": Uint8Array.of(1),
        "in/c/notes.txt": Uint8Array.of(1),
        "in/c/old.bmp": Uint8Array.of(1),
      });
      const notes = await prepared(folder, {}, { labels: true });
      const red = [200, 50, 20];
      areColours(folder, [red, red, red, red, red, red, [100, 100, 100]], 3);
      equal(notes, [
        `pictures: ${join(folder, "in")}: passed over files of other formats: 1 .bmp`,
        "1 picture of several frames: the first of each was used, first c/6.gif",
      ]);
      const set = readPreparedSet(join(folder, "out"));
      equal(set.images.shape, [7, 4, 4, 3]);
      equal(set.labels?.classes, ["a", "b", "c"]);
      const names = ["a/1.JPG", "a/deep/2.png", "b/3.webp", "b/4.avif", "c/5.tiff", "c/6.gif", "c/猫\n.png"];
      equal(
        set.sources,
        names.map((name) => {
          const bytes = readFileSync(join(folder, "in", name));
          return [name, bytes.length, createHash("sha256").update(bytes).digest("hex")];
        }),
      );
      is(set.source, join(folder, "in"));
      equal(readdirSync(join(folder, "out")).sort(), ["images.npy", "labels.npy", "set.json"]);
      const { train, heldOut } = await loadDataset(join(folder, "out"), "");
      equal([train.count, heldOut.count], [6, 1]);
      equal(
        [...(heldOut.labels ?? []), ...(train.labels ?? [])].sort((a, b) => a - b),
        [0, 0, 1, 1, 2, 2, 2],
      );
    }),
  "orientation, profiles, transparency, CMYK, 16 bits and grey become upright sRGB on white": () =>
    inFolder(async (folder) => {
      const half = { r: 0, g: 0, b: 0, alpha: 0.4 };
      const p3 = await plain(RED).withIccProfile("p3").png().toBuffer();
      put(folder, {
        "in/1.png": await sharp({ create: { width: 8, height: 8, channels: 4, background: half } })
          .png()
          .toBuffer(),
        "in/2.png": p3,
        "in/4.png": await plain(RED).toColourspace("rgb16").png().toBuffer(),
        "in/5.png": await drawn(8, 8, () => 100)
          .toColourspace("b-w")
          .png()
          .toBuffer(),
      });
      is((await sharp(p3).metadata()).hasProfile, true);
      await prepared(folder);
      const red = [200, 50, 20];
      areColours(folder, [[153, 153, 153], red, red, [100, 100, 100]], 1);
      rmSync(join(folder, "out"), { recursive: true });
      await prepared(folder, { grey: true });
      is(readPreparedSet(join(folder, "out")).images.shape[3], 1);
      // Inks cannot mix every colour, and this file has no profile of its own.
      const inks = await plain(RED).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
      is((await sharp(inks).metadata()).space, "cmyk");
      put(folder, { "in/6.jpg": inks });
      rmSync(join(folder, "out"), { recursive: true });
      await prepared(folder);
      const [r = 0, g = 0, b = 0] = pixels(folder).subarray(-3);
      ok(r > 180 && r < 220 && g > 20 && g < 80 && b < 50, `${r} ${g} ${b}`);
      rmSync(join(folder, "in"), { recursive: true });
      rmSync(join(folder, "out"), { recursive: true });
      // To be turned clockwise by 90°.
      const turned = drawn(8, 4, (x) => (x < 4 ? 0 : 255)).withMetadata({ orientation: 6 });
      put(folder, { "in/1.png": await turned.png().toBuffer() });
      await prepared(folder, { grey: true, height: 8, width: 4 });
      const upright = Array.from({ length: 32 }, (_, i) => (i < 16 ? 0 : 255));
      equal([...pixels(folder)], upright);
    }),
  "the centre is cut out, or the whole picture shown on white, and nothing aliases": () =>
    inFolder(async (folder) => {
      // Columns 0, 10, 20, …; of 8 × 6 the square is columns 1 to 6, that of 4 is columns 2 to 5.
      put(folder, {
        "in/1.png": await drawn(8, 6, (x) => 10 * x)
          .png()
          .toBuffer(),
      });
      const rows = (values: readonly number[], count = values.length) =>
        Array.from({ length: count }, () => values).flat();
      const wanted = async (recipe: Partial<PictureRecipe>, values: readonly number[]) => {
        rmSync(join(folder, "out"), { recursive: true, force: true });
        await prepared(folder, { grey: true, ...recipe });
        equal([...pixels(folder)], values);
      };
      await wanted({ height: 6, width: 6 }, rows([10, 20, 30, 40, 50, 60]));
      await wanted({ height: 4, width: 4, crop: 4 }, rows([20, 30, 40, 50]));
      const white = Array.from({ length: 8 }, () => 255);
      await wanted({ height: 8, width: 8, fit: true }, [
        ...white,
        ...rows([0, 10, 20, 30, 40, 50, 60, 70], 6),
        ...white,
      ]);
      writeFileSync(
        join(folder, "in", "1.png"),
        await drawn(64, 64, (x, y) => 255 * ((x + y) % 2))
          .png()
          .toBuffer(),
      );
      put(folder, {
        "in/2.png": await drawn(64, 64, () => 0)
          .png()
          .toBuffer(),
      });
      rmSync(join(folder, "out"), { recursive: true });
      await prepared(folder, { grey: true, height: 16, width: 16 });
      for (const value of pixels(folder).subarray(0, 256)) ok(value >= 120 && value <= 135, String(value));
    }),
  "what is smaller is enlarged and told of, and too small for a cut is damaged": () =>
    inFolder(async (folder) => {
      put(folder, {
        "in/1.png": await plain(RED, 1).png().toBuffer(),
        "in/2.jpg": await plain(GREY, 3, 50).jpeg().toBuffer(),
        "in/3.jpg": await plain(GREY, 5).jpeg().toBuffer(),
      });
      const notes = await prepared(folder);
      areColours(
        folder,
        [
          [200, 50, 20],
          [100, 100, 100],
          [100, 100, 100],
        ],
        1,
      );
      equal(notes, ["2 pictures smaller than 4 × 4: they were enlarged, first 1.png"]);
      rmSync(join(folder, "out"), { recursive: true });
      await rejects(
        prepared(folder, { crop: 4 }),
        "DataError",
        /in\/1\.png: expected at least 4 × 4 pixels .* got 1 × 1;/,
      );
    }),
  "a damaged picture ends the work by name, or is left out; it is never half in": () =>
    inFolder(async (folder) => {
      const whole = await drawn(60, 60, (x, y) => (x * y) % 256)
        .jpeg()
        .toBuffer();
      const png = await plain(RED).png().toBuffer();
      const good = { "in/a.png": png, "in/z.png": await plain(GREY).png().toBuffer() };
      const cases: readonly (readonly [Uint8Array, RegExp])[] = [
        [
          whole.subarray(0, whole.length - 20),
          /in\/b\.jpg: it cannot be decoded: (VipsJpeg: premature end of JPEG image|the file is damaged);/,
        ],
        [png.subarray(0, png.length - 30), /it cannot be decoded: /],
        [Uint8Array.from(Buffer.from("no picture")), /it cannot be decoded: .*unsupported image format/],
        [new Uint8Array(), /it cannot be decoded: /],
        [Uint8Array.from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')), /got svg/],
        [
          pngFile(pngChunk("IHDR", pngSize(20_000, 20_000, 8, 2)), pngChunk("IDAT", [1]), pngChunk("IEND", [])),
          /in\/b\.jpg: expected at most 134,217,728 pixels, the limit --most-pixels, got more; remove it, or leave out/,
        ],
      ];
      put(folder, good);
      for (const [bytes, message] of cases) {
        put(folder, { "in/b.jpg": bytes });
        await rejects(prepared(folder), "DataError", message);
        is(existsSync(join(folder, "out", "set.json")), false);
        // It goes on with the first one.
        const notes = await prepared(folder, {}, { skipDamaged: true });
        match(notes.join("\n"), /^left out .*b\.jpg: /);
        areColours(folder, [
          [200, 50, 20],
          [100, 100, 100],
        ]);
        const { skipped, sources } = readPreparedSet(join(folder, "out"));
        equal([skipped.length, skipped[0]?.[0], sources.map(([path]) => path)], [1, "b.jpg", ["a.png", "z.png"]]);
        rmSync(join(folder, "out"), { recursive: true });
      }
      // Where nothing was done, nothing is left.
      rmSync(join(folder, "in", "a.png"));
      rmSync(join(folder, "in", "z.png"));
      await rejects(prepared(folder), "DataError", /b\.jpg/);
      await rejects(
        prepared(folder, {}, { skipDamaged: true }),
        "DataError",
        /expected a whole picture, got 1 damaged ones; add others$/,
      );
      equal(readdirSync(join(folder, "out")), []);
    }),
  "no pictures, one colour everywhere, links and a picture without a class are one line": () =>
    inFolder(async (folder) => {
      await rejects(
        prepared(folder),
        "DataError",
        /^pictures: cannot read the folder .*in: it is missing; check the path$/,
      );
      put(folder, { "in/a.bmp": Uint8Array.of(1), "in/b.txt": Uint8Array.of(1) });
      await rejects(
        prepared(folder),
        "DataError",
        /^pictures: expected files \.jpg .* in .*in or its folders, got 1 \.bmp;/,
      );
      put(folder, { "in/c/1.png": await plain(RED).png().toBuffer(), "in/2.png": await plain(RED).png().toBuffer() });
      await rejects(
        prepared(folder),
        "DataError",
        /expected pictures that differ, got one colour everywhere; add others$/,
      );
      await rejects(
        prepared(folder, {}, { labels: true }),
        "DataError",
        /a folder that names its class, got 2\.png; put/,
      );
      put(folder, {
        "outside.png": await plain(GREY).png().toBuffer(),
        "in/3.png": await plain(GREY).png().toBuffer(),
      });
      const link = join(folder, "in", "x.png");
      mkdirSync(join(folder, "in", "x"));
      for (const [to, message] of [
        [join(folder, "outside.png"), /x\.png: it is a link out of the folder; put the picture itself there;/],
        ["/dev/zero", /x\.png: it is a link out of the folder/],
        ["nowhere", /x\.png: it is a link to nothing;/],
        ["x", /x\.png: it is no file;/],
      ] as const) {
        symlinkSync(to, link);
        await rejects(prepared(folder), "DataError", message);
        rmSync(link);
        rmSync(join(folder, "out"), { recursive: true });
      }
      symlinkSync("3.png", link);
      symlinkSync("..", join(folder, "in", "c", "up"));
      await prepared(folder);
      is(readPreparedSet(join(folder, "out")).sources.length, 4);
    }),
  "work that was stopped goes on and ends with the same bytes, and with nothing else than it began with": () =>
    inFolder(async (folder) => {
      await many(folder, 700);
      await prepared(folder, {}, { seed: 5 });
      cpSync(join(folder, "out"), join(folder, "whole"), { recursive: true });
      rmSync(join(folder, "out"), { recursive: true });
      const stopAt = async (stop: number): Promise<void> => {
        const controller = new AbortController();
        const onProgress = (done: number): void => {
          if (done === stop) controller.abort(new Error("stop"));
        };
        await rejects(prepared(folder, {}, { seed: 5, onProgress, signal: controller.signal }), "Error", /^stop$/);
        equal(readdirSync(join(folder, "out")).sort(), ["images.npy.part", "preparing.jsonl"]);
      };
      for (const stop of [300, 650]) {
        await stopAt(stop);
        // As a kill leaves them.
        appendFileSync(join(folder, "out", "preparing.jsonl"), '{"path":"torn');
        appendFileSync(join(folder, "out", "images.npy.part"), "torn");
      }
      // A kill between the last steps leaves the file in its place, and the journal.
      renameSync(join(folder, "out", "images.npy.part"), join(folder, "out", "images.npy"));
      await prepared(folder, {}, { seed: 5 });
      const [a, b] = [readPreparedSet(join(folder, "out")), readPreparedSet(join(folder, "whole"))];
      is(a.images.sha256, b.images.sha256);
      equal([a.split, a.sources], [b.split, b.sources]);
      is(a.split.heldOut.length, 70);

      rmSync(join(folder, "out"), { recursive: true });
      await stopAt(300);
      const other = /expected the same pictures and flags as it was begun with, got others; finish it with those, or/;
      await rejects(prepared(folder, { grey: true }), "DataError", other);
      utimesSync(join(folder, "in", "0005.png"), 1, 1);
      const changed = /expected the pictures that it was begun with, got another 0005\.png; put it back, or/;
      await rejects(prepared(folder, {}, { seed: 5 }), "DataError", changed);
    }),
  "a copy of a set is one, and a set that changed is refused": () =>
    inFolder(async (folder) => {
      await many(folder, 20);
      await prepared(folder);
      const [out, copy] = [join(folder, "out"), join(folder, "copy")];
      cpSync(out, copy, { recursive: true });
      const notes: string[] = [];
      const { train } = await loadDataset(copy, "", undefined, (text) => notes.push(text));
      match(notes.join("\n"), /^.*images\.npy: another time than in set\.json; checking its sha256$/);
      is((await verifyPrepared(copy)).images.shape[0], 20);
      const images = join(copy, "images.npy");
      const bytes = readFileSync(images);
      bytes[200] = 1 - (bytes[200] as number);
      writeFileSync(images, bytes);
      await rejects(
        Promise.resolve().then(() => train.batch([0])),
        "DataError",
        /images\.npy: expected the file as it was, got one that changed meanwhile/,
      );
      const changed = /images\.npy: expected the sha256 \w+ as in set\.json, got \w+; it changed after it was prepared/;
      for (const reading of [() => loadDataset(copy, ""), () => verifyPrepared(copy)]) {
        await rejects(reading(), "DataError", changed);
      }
      appendFileSync(images, "x");
      await rejects(loadDataset(copy, ""), "DataError", /images\.npy: expected \d+ bytes as in set\.json, got \d+; it/);
      rmSync(images);
      await rejects(
        loadDataset(copy, ""),
        "DataError",
        /images\.npy: expected \d+ bytes as in set\.json, got nothing; it/,
      );
      for (const [text, message] of [
        ["{", /set\.json: expected JSON in UTF-8/],
        ["{}", /set\.json: expected `format` as brenier\.pictures\.1, got nothing; prepare it again$/],
        [
          readFileSync(join(out, "set.json"), "utf8").replace('"seed"', '"sead"'),
          /`split` as known keys alone, got `sead`/,
        ],
      ] as const) {
        writeFileSync(join(copy, "set.json"), text);
        await rejects(loadDataset(copy, ""), "DataError", message);
      }
    }),
  "a set.json that does not fit its pictures is refused, by `verify` too": () =>
    inFolder(async (folder) => {
      await many(folder, 20);
      await prepared(folder);
      const path = join(folder, "out", "set.json");
      const whole = readFileSync(path, "utf8");
      const heldOut = (numbers: readonly number[]) =>
        [/"heldOut":\[[\d,]*\]/, `"heldOut":[${numbers.join()}]`] as const;
      const all = Array.from({ length: 20 }, (_, n) => n);
      const split = /set\.json: expected `split\.heldOut` as different numbers below 20, and not all of them; prepare/;
      const shape =
        /set\.json: expected `images\.shape` as \[\d+, \d+, \d+, \d\], by the recipe and the sources; prepare/;
      for (const [[from, to], message] of [
        [heldOut([20]), split],
        [heldOut([3, 3]), split],
        [heldOut(all), split],
        [[/"shape":\[20/, '"shape":[19'], shape],
        [[/"height":\d+/, '"height":99'], shape],
        [[/\n {2}\["0004.*\],/, ""], shape],
      ] as const) {
        ok(whole.replace(from, to) !== whole, String(from));
        writeFileSync(path, whole.replace(from, to));
        for (const reading of [() => loadDataset(join(folder, "out"), ""), () => verifyPrepared(join(folder, "out"))]) {
          await rejects(reading(), "DataError", message);
        }
      }
    }),
});
