import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { checkPng } from "../../src/codecs/pngCheck.ts";
import { loadPngFolder } from "../../src/datasets/pngFolder.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { describe } from "../support/suite.ts";
import { holds, inFolder, pixelsOf, pngChunk, pngFile, pngOf, pngSize, rejects } from "./fixture.ts";

const grey = pngOf(pngSize(2, 2), [0, 10, 20, 0, 30, 40]);
const end = pngChunk("IEND", []);
const header = pngChunk("IHDR", pngSize(2, 2));
const data = pngChunk("IDAT", deflateSync(Uint8Array.of(0, 10, 20, 0, 30, 40)));
/** 5 x 3, pixel = 10 · (5y + x), Adam7, made with Python's zlib. */
const interlaced = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAAAAAEJWqqyAAAAHklEQVR42mNgYNBgEGFIqehh4JJjyGtiMLJxC4gCACQ4BBuE1yn3AAAAAElFTkSuQmCC",
  "base64",
);

function pngs(folder: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** Asserts that a folder with this one file is refused. */
const refused = (bytes: Uint8Array, message: RegExp) =>
  inFolder((folder) => rejects(loadPngFolder(pngs(folder, { "a.png": bytes })), "DataError", message));

describe("png folder", {
  "files are read in name order, grey as one channel": () =>
    inFolder(async (folder) => {
      pngs(folder, {
        "b.png": pngOf(pngSize(2, 2), [0, 1, 2, 0, 3, 4]),
        "a.PNG": grey,
        ".hidden.png": end,
        "c.txt": end,
      });
      mkdirSync(join(folder, "d.png"));
      const images = await loadPngFolder(folder);
      equal([images.count, images.height, images.width, images.channels], [2, 2, 2, 1]);
      equal([...pixelsOf(images)], [10, 20, 30, 40, 1, 2, 3, 4]);
      equal([...pixelsOf(await loadPngFolder(folder, { limit: 1 }))], [10, 20, 30, 40]);
      is((await loadPngFolder(folder, { limit: 9 })).count, 2);
    }),
  "one coloured pixel makes the set colour": () =>
    inFolder(async (folder) => {
      const colour = pngOf(pngSize(1, 1, 8, 2), [0, 10, 20, 30]);
      const images = await loadPngFolder(pngs(folder, { "a.png": pngOf(pngSize(1, 1), [0, 5]), "b.png": colour }));
      equal([images.channels, ...pixelsOf(images)], [3, 5, 5, 5, 10, 20, 30]);
    }),
  "transparency is composited on white": () =>
    inFolder(async (folder) => {
      const rgba = pngOf(pngSize(3, 1, 8, 6), [0, 10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 200, 51]);
      equal(
        [...pixelsOf(await loadPngFolder(pngs(folder, { "a.png": rgba })))],
        [255, 255, 255, 10, 20, 30, 204, 224, 244],
      );
    }),
  "16 bits, 1 bit, palettes and interlacing are read": async () => {
    const cases: readonly (readonly [Uint8Array, number[]])[] = [
      [pngOf(pngSize(2, 1, 16, 0), [0, 0, 0, 255, 255]), [0, 255]],
      [pngOf(pngSize(10, 1, 1, 0), [0, 0b10100000, 0b01000000]), [255, 0, 255, 0, 0, 0, 0, 0, 0, 255]],
      [interlaced, Array.from({ length: 15 }, (_, i) => 10 * i)],
      [
        pngFile(
          pngChunk("IHDR", pngSize(2, 1, 8, 3)),
          pngChunk("PLTE", [9, 9, 9, 7, 7, 7]),
          pngChunk("IDAT", deflateSync(Uint8Array.of(0, 1, 0))),
          end,
        ),
        [7, 9],
      ],
    ];
    for (const [bytes, pixels] of cases) {
      await inFolder(async (folder) =>
        equal([...pixelsOf(await loadPngFolder(pngs(folder, { "a.png": bytes })))], pixels),
      );
    }
  },
  "what encodePng writes is read back": () =>
    inFolder(async (folder) => {
      const pixels = Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 37) % 256);
      pngs(folder, { "a.png": encodePng({ height: 5, width: 7, channels: 3, pixels }) });
      equal(pixelsOf(await loadPngFolder(folder)), pixels);
    }),
  "another size is refused by name": () =>
    inFolder(async (folder) => {
      pngs(folder, { "a.png": grey, "b.png": pngOf(pngSize(3, 1), [0, 1, 2, 3]) });
      const message = /b\.png: expected 2 x 2 pixels as in .*a\.png, got 3 x 1; all sizes must be equal$/;
      await rejects(loadPngFolder(folder), "DataError", message);
    }),
  "no folder, a file and an empty folder are refused": () =>
    inFolder(async (folder) => {
      await rejects(loadPngFolder(folder), "DataError", /^png: expected files \*\.png in .*, got none$/);
      await rejects(loadPngFolder(join(folder, "no")), "DataError", /^png: cannot read the folder .*no: it is missing/);
      writeFileSync(join(folder, "file"), "");
      await rejects(loadPngFolder(join(folder, "file")), "DataError", /expected a folder at .*file, got a file/);
      await rejects(loadPngFolder(folder, { limit: 0 }), "RangeError", /expected `limit` of at least 1, got 0/);
    }),
  "a folder of folders, or of other pictures, is refused by what it holds and with what to do": async () => {
    const cases: readonly (readonly [files: readonly string[], folders: readonly string[], message: RegExp])[] = [
      [
        ["a.jpg", "b.JPG", "c.jpeg"],
        [],
        /got none but 3 pictures of another format \(\.jpg \.jpeg\); prepare them: node dist\/data\.js prepare .* --size 64 --out SET$/,
      ],
      [["a.webp"], [], /got none but 1 picture of another format \(\.webp\); prepare/],
      [[], ["cats", "dogs"], /got none but 2 folders \(cats, dogs\); prepare/],
      [[], ["a", "b", "c", "d"], /got none but 4 folders \(a, b, c, …\); prepare/],
      [["a.jpg"], ["cats"], /got none but 1 folder \(cats\) and 1 picture of another format \(\.jpg\); prepare/],
      [["a.txt", ".b.jpg"], [".c"], /got none$/],
    ];
    for (const [files, folders, message] of cases) {
      await inFolder(async (folder) => {
        for (const name of folders) mkdirSync(join(folder, name));
        pngs(folder, Object.fromEntries(files.map((name) => [name, end])));
        await rejects(loadPngFolder(folder), "DataError", message);
      });
    }
  },
  "what is passed over is told of in one line each": () =>
    inFolder(async (folder) => {
      const stream = [...deflateSync(Uint8Array.of(0, 10, 20, 0, 30, 40)), 1, 2, 3];
      pngs(folder, {
        "a.png": grey,
        "b.png": Uint8Array.of(...grey, 10),
        "c.png": pngFile(header, pngChunk("IDAT", stream), end),
        "d.jpg": end,
      });
      mkdirSync(join(folder, "e"));
      const notes: string[] = [];
      const images = await loadPngFolder(folder, { note: (text) => notes.push(text) });
      equal([...pixelsOf(images)], [10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 40]);
      equal(notes, [
        `png: ${folder}: read the files *.png alone, and passed over 1 folder (e) and 1 picture of another format (.jpg)`,
        `png: passed over bytes after the end of the image in 2 of 3 files, first ${join(folder, "b.png")} (1)`,
      ]);
    }),
  "signatures and headers that are wrong are refused": async () => {
    await refused(new Uint8Array(0), /expected the PNG signature/);
    await refused(Uint8Array.of(0x88, ...grey.subarray(1)), /a\.png: expected the PNG signature/);
    await refused(pngFile(data, header, end), /expected an IHDR chunk of 13 bytes first, got another chunk or length/);
    await refused(pngFile(pngChunk("IHDR", pngSize(2, 2, 8, 1)), data, end), /got 1 and 8$/);
    await refused(pngFile(pngChunk("IHDR", pngSize(2, 2, 99, 0)), data, end), /got 0 and 99$/);
    await refused(pngFile(pngChunk("IHDR", pngSize(2, 2, 4, 2)), data, end), /colour type and bit depth, got 2 and 4$/);
    await refused(pngFile(pngChunk("IHDR", pngSize(2, 2, 8, 0, [0, 0, 2])), data, end), /got 0, 0, 2$/);
    await refused(pngFile(pngChunk("IHDR", pngSize(0, 2)), data, end), /expected 1 to 16777216 pixels, got 0 x 2/);
  },
  "a claim of 900 million pixels is refused from its header": async () => {
    const bytes = pngFile(pngChunk("IHDR", pngSize(30_000, 30_000, 8, 6)), data, end);
    await refused(bytes, /expected 1 to 16777216 pixels, got 30000 x 30000/);
    await refused(
      pngFile(header, pngChunk("IHDR", pngSize(30_000, 30_000, 8, 6)), data, end),
      /got a second at byte 33/,
    );
  },
  "torn and damaged chunks are refused": async () => {
    await refused(grey.subarray(0, -1), /expected a whole chunk at byte \d+, got 11 bytes; the file is cut short/);
    await refused(pngFile(header, data), /expected a whole chunk/);
    await refused(
      pngFile(header, pngChunk("ABCD", []), data, end),
      /expected no critical chunk but .*, got one at byte 33/,
    );
    await refused(pngFile(header, end), /expected image data \(IDAT\), got none/);
    for (const at of [20, 45, grey.length - 1]) {
      const bytes = grey.slice();
      bytes[at] = (bytes[at] as number) ^ 1;
      await refused(bytes, /the CRC of the chunk at byte \d+ differs/);
    }
  },
  "image data of another length is refused": async () => {
    await refused(pngOf(pngSize(2, 2), [0, 10, 20, 0, 30]), /expected 6 bytes of image data, got 5/);
    await refused(pngOf(pngSize(2, 2), [0, 10, 20, 0, 30, 40, 50]), /expected 6 bytes of image data, got more/);
    await refused(
      pngOf(pngSize(2, 2, 8, 0, [0, 0, 1]), [0, 10, 20, 0, 30, 40]),
      /expected 7 bytes of image data, got 6/,
    );
    const wrong = pngFile(header, pngChunk("IDAT", [1, 2, 3]), end);
    await refused(wrong, /expected 6 bytes of image data, got damaged data/);
  },
  "what only the decoder sees is refused too": async () => {
    const palette = pngChunk("PLTE", [1, 2, 3]);
    const index = pngChunk("IDAT", deflateSync(Uint8Array.of(0, 1)));
    await refused(
      pngFile(pngChunk("IHDR", pngSize(1, 1, 8, 3)), palette, index, end),
      /cannot be decoded: index 1 not in palette/,
    );
    await refused(pngOf(pngSize(1, 1), [9, 0]), /cannot be decoded: Unrecognised filter type - 9/);
  },
  "any damage is refused or harmless": () => {
    fc.assert(
      fc.property(fc.nat(grey.length - 1), fc.nat(255), fc.nat(grey.length), (at, byte, length) => {
        const bytes = grey.slice(0, Math.max(length, at));
        bytes[at] = byte;
        return holds(() => checkPng(bytes, "fuzz"));
      }),
      { seed: 3, numRuns: 200, includeErrorInReport: true },
    );
  },
});
