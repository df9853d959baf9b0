// PNG: the corrupt classes of PngSuite, claims without data, cuts and flips; then fuzzed chunks.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { PNG } from "pngjs";
import { equal, is, match } from "uvu/assert";
import type { Images } from "../../src/datasets/images.ts";
import { loadPngFolder } from "../../src/datasets/pngFolder.ts";
import { inFolder, pixelsOf, pngChunk, pngFile, pngOf, pngSize, rejects } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, within } from "./fuzz.ts";

const rows = [0, 10, 20, 0, 30, 40];
const header = pngChunk("IHDR", pngSize(2, 2));
const data = pngChunk("IDAT", deflateSync(Uint8Array.from(rows)));
const end = pngChunk("IEND", []);
const valid = pngFile(header, data, end);
const palette = pngFile(
  pngChunk("IHDR", pngSize(2, 2, 8, 3)),
  pngChunk("PLTE", [9, 9, 9, 200, 100, 0]),
  pngChunk("tRNS", [128]),
  pngChunk("IDAT", deflateSync(Uint8Array.of(0, 0, 1, 0, 1, 0))),
  end,
);

const scratch = mkdtempSync(join(tmpdir(), "brenier-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Reads one file as a folder of one. */
function read(bytes: Uint8Array, name: string): Promise<Images> {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a.png"), bytes);
  return loadPngFolder(folder);
}

async function refused(bytes: Uint8Array, message: RegExp): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  await rejects(read(bytes, "one"), "DataError", message);
  within(before, 2 ** 20);
  await read(bytes, "one").catch((error: unknown) => oneLine(error, join("one", "a.png")));
}

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

const sized = (...size: Parameters<typeof pngSize>) => pngFile(pngChunk("IHDR", pngSize(...size)), data, end);

/** The same pixels as another reading of the file gives them, and as many as the header says. */
function means(images: Images, bytes: Uint8Array): void {
  const { width, height, channels } = images;
  const pixels = pixelsOf(images);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  is(width, view.getUint32(16));
  is(height, view.getUint32(20));
  is(pixels.length, width * height * channels);
  // What follows the image's end is passed over, which the other reading does not.
  const whole = Buffer.from(bytes);
  const plain = PNG.sync.read(whole.subarray(0, whole.indexOf(Buffer.from(end)) + end.length)).data;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) {
      const alpha = plain[4 * i + 3] as number;
      is(pixels[i * channels + c], Math.round((alpha * (plain[4 * i + c] as number)) / 255 + 255 - alpha));
    }
  }
}

describe("hostile png", {
  "PngSuite's signatures: a bit reset in byte 1, 2, 4, 7, and line ends translated": async () => {
    for (const [at, value] of [
      [0, 0x09],
      [1, 0x10],
      [3, 0x07],
      [6, 0x00],
    ] as const) {
      await refused(set(valid, at, value), /expected the PNG signature/);
    }
    const text = Buffer.from(valid).toString("latin1");
    for (const [from, to] of [
      ["\n", "\r\n"],
      ["\r\n", "\n"],
      ["\r", ""],
    ] as const) {
      await refused(new Uint8Array(Buffer.from(text.replaceAll(from, to), "latin1")), /expected the PNG signature/);
    }
  },
  "PngSuite's headers: checksum, colour types 1 and 9, bit depths 0, 3 and 99": async () => {
    await refused(set(valid, 29, 0), /the CRC of the chunk at byte 8 differs/);
    for (const [depth, colour] of [
      [8, 1],
      [8, 9],
      [0, 2],
      [3, 2],
      [99, 2],
      [16, 3],
      [4, 6],
    ] as const) {
      await refused(sized(2, 2, depth, colour), /expected a valid colour type and bit depth, got /);
    }
  },
  "PngSuite's data: none, and a wrong checksum": async () => {
    await refused(pngFile(header, end), /expected image data \(IDAT\), got none/);
    await refused(set(valid, 45, (valid[45] as number) ^ 1), /the CRC of the chunk at byte 33 differs/);
  },
  "30000 × 30000 claimed by 120 bytes, before a decoder sees it": async () => {
    const claim = (width: number, height: number) => sized(width, height, 8, 6);
    is(claim(30_000, 30_000).length < 120, true);
    for (const [width, height] of [
      [30_000, 30_000],
      [2 ** 31, 2 ** 31],
      [2 ** 32 - 1, 1],
      [1, 2 ** 32 - 1],
      [0, 1],
    ] as const)
      await refused(claim(width, height), /expected 1 to 16777216 pixels, got \d+ x \d+; scale it down/);
    // As many as are allowed, but no data: its absence is seen before memory for the pixels is
    // asked for by the decoder.
    await refused(claim(300, 300), /expected 360300 bytes of image data, got 6/);
  },
  "data that is short, long, torn or of another stream": async () => {
    for (let length = 0; length < rows.length; length++) {
      await refused(pngOf(pngSize(2, 2), rows.slice(0, length)), /expected 6 bytes of image data, got \d/);
    }
    await refused(pngOf(pngSize(2, 2), [...rows, 0]), /expected 6 bytes of image data, got more/);
    const stream = deflateSync(Uint8Array.from(rows));
    for (let length = 0; length < stream.length; length++) {
      await refused(
        pngFile(header, pngChunk("IDAT", stream.subarray(0, length)), end),
        /expected 6 bytes of image data, got/,
      );
    }
    await refused(pngFile(header, pngChunk("IDAT", set(stream, stream.length - 1, 0)), end), /damaged data/);
    await refused(pngFile(header, pngChunk("IDAT", deflateSync(new Uint8Array(2 ** 26))), end), /got more/);
    await refused(pngFile(header, pngChunk("IDAT", []), end), /expected 6 bytes of image data, got/);
  },
  "a file cut at every 16th byte, and anywhere in its last 16": async () => {
    for (let length = 0; length < valid.length; length += length < valid.length - 16 ? 16 : 1) {
      await refused(valid.subarray(0, length), /a\.png: expected (the PNG signature|a whole chunk)/);
    }
  },
  "every single bit of the file": async () => {
    for (let bit = 0; bit < 8 * valid.length; bit++) {
      await refused(set(valid, bit >> 3, (valid[bit >> 3] as number) ^ (1 << (bit & 7))), /^png: /);
    }
  },
  "bytes after the image's end and after its zlib stream are passed over, and nothing else is": async () => {
    const stream = deflateSync(Uint8Array.from(rows));
    for (const count of [1, 3, 12, 1000]) {
      const more = new Uint8Array(count).fill(7);
      equal([...pixelsOf(await read(Uint8Array.of(...valid, ...more), "one"))], [10, 20, 30, 40]);
      const long = pngChunk("IDAT", [...stream, ...more]);
      equal([...pixelsOf(await read(pngFile(header, long, end), "one"))], [10, 20, 30, 40]);
      const apart = pngFile(header, pngChunk("IDAT", stream), pngChunk("IDAT", more), pngChunk("tEXt", [65, 0]), end);
      equal([...pixelsOf(await read(Uint8Array.of(...apart, ...more), "one"))], [10, 20, 30, 40]);
      // The surplus does not make up for what is missing.
      await refused(Uint8Array.of(...valid.subarray(0, -1), ...more), /CRC|cut short/);
      const short = pngChunk("IDAT", [...deflateSync(Uint8Array.from(rows.slice(1))), ...more]);
      await refused(pngFile(header, short, end), /expected 6 bytes of image data, got 5/);
    }
    equal([...pixelsOf(await read(Uint8Array.of(...valid, ...valid), "one"))], [10, 20, 30, 40]);
  },
  "chunks out of order, twice, of a wrong length or of no name": async () => {
    const colours = pngChunk("PLTE", [9, 9, 9, 200, 100, 0]);
    const indexed = pngChunk("IHDR", pngSize(2, 2, 8, 3));
    const indices = pngChunk("IDAT", deflateSync(Uint8Array.of(0, 0, 1, 0, 1, 0)));
    await refused(pngFile(data, header, end), /expected an IHDR chunk/);
    await refused(pngFile(header, header, data, end), /expected one IHDR chunk, got a second at byte 33/);
    await refused(pngFile(indexed, indices, colours, end), /expected .*PLTE/i);
    await refused(
      pngFile(indexed, colours, colours, indices, end),
      /expected one PLTE chunk .*, got another at byte 51/,
    );
    await refused(pngFile(indexed, indices, end), /expected a PLTE chunk before the image data/);
    for (const length of [0, 1, 4, 769, 771]) {
      await refused(
        pngFile(indexed, pngChunk("PLTE", new Uint8Array(length)), indices, end),
        /expected 1 to 256 colours/,
      );
    }
    await refused(
      pngFile(indexed, pngChunk("PLTE", [1, 2, 3]), indices, end),
      /cannot be decoded: index 1 not in palette/,
    );
    const [first, second] = [
      deflateSync(Uint8Array.from(rows)).subarray(0, 5),
      deflateSync(Uint8Array.from(rows)).subarray(5),
    ];
    const text = pngChunk("tEXt", [65, 0, 66]);
    await refused(
      pngFile(header, pngChunk("IDAT", first), text, pngChunk("IDAT", second), end),
      /IDAT chunks in a row/,
    );
    is((await read(pngFile(header, text, pngChunk("IDAT", first), pngChunk("IDAT", second), end), "one")).count, 1);
    await refused(pngFile(header, data, pngChunk("IEND", [0])), /expected an empty IEND/);
    for (const type of ["\0\0\0\0", "t3Xt", "a\n\u001bb"])
      await refused(pngFile(header, pngChunk(type, []), data, end), /expected four letters/);
    await refused(pngFile(header, pngChunk("ABCD", []), data, end), /expected no critical chunk but/);
  },
  "small chunks that make the decoder throw": async () => {
    await refused(pngFile(header, pngChunk("tRNS", []), data, end), /cannot be decoded/);
    await refused(pngFile(header, pngChunk("gAMA", [1]), data, end), /cannot be decoded/);
    await refused(pngOf(pngSize(2, 2), [7, 10, 20, 0, 30, 40]), /cannot be decoded: Unrecognised filter type - 7/);
  },
  "links to nothing, and what is no file": () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "a.png"), valid);
      symlinkSync(join(folder, "nothing"), join(folder, "b.png"));
      await rejects(
        loadPngFolder(folder),
        "DataError",
        /^data: expected a file at .*b\.png, got nothing; check the path$/,
      );
      rmSync(join(folder, "b.png"));
      symlinkSync("/dev/zero", join(folder, "b.png"));
      await rejects(loadPngFolder(folder), "DataError", /^data: expected a file at .*b\.png, got a folder or device$/);
      await rejects(loadPngFolder(`${folder}\0`), "DataError", /^png: cannot read the folder .*\\u0000/);
    }),
  "200 fuzzed files are read as what they mean or refused": async () => {
    const size = fc.tuple(
      fc.constantFrom(1, 2, 3, 0, 30_000, 0xffffffff),
      fc.constantFrom(1, 2, 3, 0, 30_000),
      fc.constantFrom(1, 2, 4, 8, 8, 8, 16, 3),
      fc.constantFrom(0, 2, 3, 4, 6, 1),
    );
    const chunk = fc.oneof(
      fc.tuple(
        fc.constantFrom("PLTE", "tRNS", "gAMA", "tEXt", "IDAT", "abcd", "ABCD", "IHDR"),
        fc.uint8Array({ maxLength: 12 }),
      ),
      size.map(([w, h, depth, colour]) => ["IHDR", pngSize(w, h, depth, colour)] as const),
    );
    // Every checksum is right, so that what lies behind it is reached.
    const made = fc
      .tuple(size, fc.array(chunk, { maxLength: 2 }), fc.array(fc.nat(5), { maxLength: 40 }), fc.nat(2), fc.boolean())
      .map(([[w, h, depth, colour], extra, values, interlace, fits]) => {
        const channels =
          new Map([
            [2, 3],
            [4, 2],
            [6, 4],
          ]).get(colour) ?? 1;
        const length = fits && w * h < 10 ? h * (1 + Math.ceil((w * channels * depth) / 8)) : values.length;
        const filtered = Array.from({ length }, (_, i) => values[i] ?? 0);
        return pngFile(
          pngChunk("IHDR", pngSize(w, h, depth, colour, [0, 0, interlace & 1])),
          ...extra.map(([type, body]) => pngChunk(type, body)),
          pngChunk("IDAT", deflateSync(Uint8Array.from(filtered))),
          end,
        );
      });
    const surplus = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((more) => Uint8Array.of(...valid, ...more));
    const files = fc.oneof(made, surplus, damaged(fc.constantFrom(valid, palette)), fc.constantFrom(valid, palette));
    // zlib and the decoder ask for chunks of their own, of 16 to 64 KiB each
    await fuzz({ read, means, files, seed: 105, times: 0, more: 2 ** 19 });
    match(scratch, /brenier-test-/);
  },
});
