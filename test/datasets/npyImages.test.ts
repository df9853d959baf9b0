import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { equal } from "uvu/assert";
import { loadDataset } from "../../src/datasets/dataset.ts";
import { openNpyImages } from "../../src/datasets/npyImages.ts";
import { encodeNpy } from "../../src/formats/npy.ts";
import { describe } from "../support/suite.ts";
import { inFolder, pixelsOf, refuses, rejects } from "./fixture.ts";

/** A file whose header says what the text says, before these bytes. */
function npy(header: string, data: Uint8Array): Uint8Array {
  const text = Buffer.from(`\x93NUMPY\x01\x00..${header.padEnd(117)}\n`, "latin1");
  text.writeUInt16LE(118, 8);
  return Buffer.concat([text, data]);
}

const described = (descr: string, shape: string, data: Uint8Array, order = "False") =>
  npy(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`, data);

describe("npy images", {
  "bytes of three or four axes are read as they are": () =>
    inFolder((folder) => {
      const path = join(folder, "a.npy");
      const data = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
      for (const [shape, height, width, channels] of [
        [[3, 2, 2], 2, 2, 1],
        [[3, 2, 2, 1], 2, 2, 1],
        [[2, 1, 2, 3], 1, 2, 3],
      ] as const) {
        writeFileSync(path, encodeNpy({ shape, dtype: "|u1", data }));
        const images = openNpyImages(path);
        equal([images.count, images.height, images.width, images.channels], [shape[0], height, width, channels]);
        equal([...pixelsOf(images)], [...data]);
      }
    }),
  "floats of every width and byte order are pixels in [0, 1]": () =>
    inFolder((folder) => {
      const path = join(folder, "a.npy");
      const values = [0, 0.25, 0.5, 1];
      const big = Buffer.alloc(16);
      for (const [i, value] of values.entries()) big.writeFloatBE(value, 4 * i);
      const half = Uint8Array.of(0, 0, 0, 0x34, 0, 0x38, 0, 0x3c);
      for (const bytes of [
        encodeNpy({ shape: [2, 1, 2], dtype: "<f4", data: Float32Array.from(values) }),
        encodeNpy({ shape: [2, 1, 2], dtype: "<f8", data: Float64Array.from(values) }),
        described(">f4", "(2, 1, 2)", big),
        described("<f2", "(2, 1, 2)", half),
      ]) {
        writeFileSync(path, bytes);
        const images = openNpyImages(path);
        equal([...images.batch([1, 0])], [0.5, 1, 0, 0.25]);
        equal([...images.bytes([1, 0])], [128, 255, 0, 64]);
      }
    }),
  "a file is a set: every tenth is held out": () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.NPY");
      writeFileSync(
        path,
        encodeNpy({ shape: [20, 1, 1], dtype: "|u1", data: Uint8Array.from({ length: 20 }, (_, i) => i) }),
      );
      const { train, heldOut } = await loadDataset(path, "nowhere");
      equal([train.count, ...pixelsOf(heldOut)], [18, 9, 19]);
    }),
  "another rank, type, order or length, and values out of range are one line": () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.npy");
      const data = new Uint8Array(12);
      const wanted = /a\.npy: expected uint8 pictures, or floats in \[0, 1\], of shape \[N, height, width\] or /;
      for (const [bytes, message] of [
        [encodeNpy({ shape: [12], dtype: "|u1", data }), wanted],
        [encodeNpy({ shape: [3, 4], dtype: "|u1", data }), wanted],
        [encodeNpy({ shape: [1, 2, 3, 2], dtype: "|u1", data }), wanted],
        [encodeNpy({ shape: [0, 2, 3, 1], dtype: "|u1", data: new Uint8Array() }), wanted],
        [encodeNpy({ shape: [3, 1, 1], dtype: "<i4", data: new Int32Array(3) }), /got "<i4" of \[3, 1, 1\]$/],
        [described("|b1", "(3, 2, 2)", data), /got "\|b1" of/],
        [described("|u1", "(3, 2, 2)", data, "True"), /expected C order, got Fortran's; save it again/],
        [
          described("|u1", "(4, 2, 2)", data),
          /expected 144 bytes for \[4, 2, 2\] of \|u1, got 140; the file is not whole/,
        ],
        [data, /expected the bytes \\x93NUMPY first/],
      ] as const) {
        writeFileSync(path, bytes);
        refuses(() => openNpyImages(path), "DataError", message);
      }
      for (const [wrong, advice] of [
        [1.5, "divide by the greatest value"],
        [-0.1, "mend it"],
        [Number.NaN, "mend it"],
        [Number.POSITIVE_INFINITY, "mend it"],
      ] as const) {
        const values = Float32Array.of(0, 1, 1, 1, wrong, 0);
        writeFileSync(path, encodeNpy({ shape: [3, 1, 2], dtype: "<f4", data: values }));
        await rejects(
          loadDataset(path, ""),
          "DataError",
          new RegExp(`expected floats in \\[0, 1\\], got [-.\\w]+ in picture 2; ${advice}, or save uint8$`),
        );
      }
      await rejects(loadDataset(join(folder, "no.npy"), ""), "DataError", /expected a file at .*no\.npy, got nothing/);
    }),
});
