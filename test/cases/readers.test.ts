// Files as users have them: each is read to the right numbers, or refused by what it is.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { equal, is, match } from "uvu/assert";
import { loadPngFolder } from "../../src/datasets/pngFolder.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { readMasses, readPointCloud } from "../../src/run/pointCloud.ts";
import { pixelsOf, pngChunk, pngFile, pngSize, refuses } from "../datasets/fixture.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-cases-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** Asserts that a file is read as these rows, with a note for each pattern. */
function reads(name: string, content: string | Uint8Array, rows: number[][], ...notes: RegExp[]): void {
  const said: string[] = [];
  const cloud = readPointCloud(join(folder, put(name, content)), (text) => said.push(text));
  equal([cloud.count, cloud.dimension, ...cloud.rows], [rows.length, rows[0]?.length, ...rows.flat()], name);
  is(said.length, notes.length, said.join("\n"));
  notes.forEach((pattern, i) => {
    match(said[i] as string, pattern);
  });
}

function refused(name: string, content: string | Uint8Array, message: RegExp): void {
  refuses(() => readPointCloud(join(folder, put(name, content)), () => {}), "DataError", message);
}

/** A .npy file as the format defines it; `data` by bytes. */
function npy(descr: string, shape: string, data: readonly number[], fortran = "False"): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`.padEnd(117);
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0, ...Buffer.from(`${header}\n`), ...data);
}
const f8 = (...values: number[]): number[] => [...new Uint8Array(Float64Array.from(values).buffer)];

const TRIANGLE = [
  [0, 0],
  [1, 0],
  [0, 1],
];
const SQUARE = [...TRIANGLE, [1, 1]];
const header = /skipped line 1, a header: /;
const index = /column 1 counts the rows from [01], as an index of pandas or R does/;

describe("cases of readers", {
  "a first row is never lost in silence": async () => {
    refused(
      "minus.csv",
      "\u22121,\u22122\n0,0\n1,1\n2,2\n",
      /minus\.csv: expected a number in line 1, column 1, got "\u22121", a minus/,
    );
    refused("na.csv", "NA,NA\n0,0\n1,0\n0,1\n", /line 1, column 1, got "NA", a missing value/);
    refused("hex.csv", "0x1,0x2\n0,0\n1,1\n", /line 1, column 1, got "0x1", a hexadecimal number/);
    refused("underscore.csv", "1_000,2_000\n0,0\n", /line 1, column 1, got "1_000", underscores/);
    refused("fortran.csv", "1.0D+00,2.0D+00\n0,0\n", /line 1, column 1, got "1\.0D\+00", an exponent of Fortran/);
    refused("empty.csv", ",\n0,0\n", /line 1, column 1, got an empty cell/);
    reads("header.csv", "x,y\n0,0\n1,0\n0,1\n", TRIANGLE, /skipped line 1, a header: "x", "y"$/);
    const lost = await command(folder, "transport", ["minus.csv", "--exact", "--out", "never"]);
    equal([lost.code, lost.out, lost.err.split("\n").length], [4, "", 2], lost.err);
    const said = await command(folder, "transport", ["header.csv", "--exact", "--out", "said"]);
    is(said.code, 0, said.err);
    match(said.err, /^csv: header\.csv: skipped line 1, a header: "x", "y"$/m);
    match(said.out, /W2 1\.14943;/);
  },
  "separators, quotes, comments, blank lines and a last comma": () => {
    reads("blank.csv", "0,0\n\n1,0\n0,1\n", TRIANGLE);
    reads("comment.csv", "# my points\n0,0\n1,0\n0,1\n", TRIANGLE);
    reads("comma.csv", '"x, mm","y, mm"\n0,0\n1,0\n0,1\n', TRIANGLE, /a header: "x, mm", "y, mm"$/);
    reads("newline.csv", '"x\nmm",y\n0,0\n1,0\n', TRIANGLE.slice(0, 2), header);
    reads("semicolon.csv", "x;y\n0;0\n1;0\n0;1\n", TRIANGLE, header);
    reads("space.csv", "0 0\n1 0\n0 1\n", TRIANGLE);
    reads("tab.csv", "0\t0\n1\t0\n0\t1\n", TRIANGLE);
    reads("space.txt", "0 0\n1 0\n0 1\n", TRIANGLE);
    reads("tab.TSV", "0\t0\n1\t0\n0\t1\n", TRIANGLE);
    reads("savetxt.txt", "# x y\n0.0e+00 0.0e+00\n1.0e+00 0.0e+00\n0.0e+00 1.0e+00\n", TRIANGLE);
    reads("trailing.csv", "0,0,\n1,0,\n0,1,\n", TRIANGLE, /separator at the end of lines: 2 columns$/);
    refused("decimal.csv", "0,5;0,1\n1,5;0,2\n", /line 1, column 1, got "0,5", a decimal comma/);
    equal(
      readMasses(join(folder, put("m.txt", "mass\n1\n3\n")), 2, () => {}),
      Float64Array.of(1, 3),
    );
  },
  "an index of pandas or R": () => {
    const counted = (from: number) => TRIANGLE.map((row, i) => [i + from, ...row]);
    reads("pandas.csv", ",x,y\n0,0.0,0.0\n1,1.0,0.0\n2,0.0,1.0\n", counted(0), header, index);
    reads("r.csv", '"","V1","V2"\n"1",0,0\n"2",1,0\n"3",0,1\n', counted(1), header, index);
    refused("write.table.txt", '"V1" "V2"\n"1" 0 0\n"2" 1 0\n', /got 3; if R wrote it, save it with row\.names=FALSE$/);
  },
  "what NumPy saves": async () => {
    const flat = SQUARE.flat();
    const columns = [0, 1].flatMap((c) => SQUARE.map((row) => row[c] as number));
    const wide = (width: number) => flat.flatMap((value) => [value, ...new Array<number>(width - 1).fill(0)]);
    for (const [descr, data] of [
      ["'|b1'", flat],
      ["'|i1'", flat],
      ["'|u1'", flat],
      ["'<i2'", wide(2)],
      ["'<u2'", wide(2)],
      ["'<u4'", wide(4)],
      ["'<u8'", wide(8)],
      ["'>i4'", flat.flatMap((value) => [0, 0, 0, value])],
      ["'<f2'", flat.flatMap((value) => [0, value * 0x3c])],
      ['"<f8"', f8(...flat)],
    ] as const) {
      reads("kind.npy", npy(descr, "(4, 2)", data), SQUARE);
    }
    reads("fortran.npy", npy("'<f8'", "(4, 2)", f8(...columns), "True"), SQUARE);
    reads("column.npy", npy("'<f8'", "(4, 1)", f8(0, 1, 2, 3), "True"), [[0], [1], [2], [3]]);
    reads("long.npy", npy("'<f8'", "(4L, 2L)", f8(...flat)), SQUARE);
    refused(
      "struct.npy",
      npy("[('x', '<f8'), ('y', '<f8')]", "(4,)", f8(...flat)),
      /got a structured array, with named fields/,
    );
    refused("object.npy", npy("'|O'", "(4, 2)", [0x80, 4, 0x95, 0x29]), /got "\|O", an array of Python objects/);
    put("many.npz", Uint8Array.of(0x50, 0x4b, 3, 4, ...new Uint8Array(22), 5, 0, 0, 0, ...Buffer.from("a.npy")));
    const { code, err } = await command(folder, "transport", ["many.npz", "--exact", "--out", "never"]);
    is(code, 4, err);
    match(err, /^transport: npy: many\.npz: expected one array, got a zip, .*numpy\.load\("many\.npz"\)\["a"\]\)\n$/);
  },
  "pictures with something after their end, and folders of other things": async () => {
    const [size, stream] = [pngChunk("IHDR", pngSize(2, 2)), deflateSync(Uint8Array.of(0, 10, 20, 0, 30, 40))];
    const end = pngChunk("IEND", []);
    mkdirSync(join(folder, "surplus"));
    put("surplus/a.png", Uint8Array.of(...pngFile(size, pngChunk("IDAT", stream), end), 10));
    put("surplus/b.png", pngFile(size, pngChunk("IDAT", [...stream, 0, 0, 0]), end));
    const notes: string[] = [];
    const images = await loadPngFolder(join(folder, "surplus"), { note: (text) => notes.push(text) });
    equal([...pixelsOf(images)], [10, 20, 30, 40, 10, 20, 30, 40]);
    match(
      notes.join("\n"),
      /^png: passed over bytes after the end of the image in 2 of 2 files, first .*a\.png \(1\)$/,
    );
    const shown = await command(folder, "data", ["show", "surplus", "--out", "shown.png"]);
    is(shown.code, 0, shown.err);
    match(shown.err, /^png: passed over bytes after the end/);
    mkdirSync(join(folder, "jpg"));
    put("jpg/a.jpg", "");
    mkdirSync(join(folder, "classes/cats"), { recursive: true });
    for (const [name, message] of [
      ["jpg", /^data: png: expected files \*\.png in jpg, got none but 1 picture of another format \(\.jpg\); prepare/],
      [
        "classes",
        /^data: png: expected files \*\.png in classes, got none but 1 folder \(cats\); prepare them: node dist\/data/,
      ],
    ] as const) {
      const { code, err } = await command(folder, "data", ["verify", name]);
      is(code, 4, err);
      match(err, message);
    }
  },
  "messages that can be acted on": async () => {
    mkdirSync(join(folder, "two"));
    const picture = encodePng({
      height: 16,
      width: 16,
      channels: 1,
      pixels: Uint8Array.from({ length: 256 }, (_, i) => i),
    });
    for (const name of ["a", "b"]) put(`two/${name}.png`, picture);
    const few = await command(folder, "train", ["--data", "two", "--batch", "2", "--out", "never"]);
    equal(
      [few.code, few.err],
      [
        4,
        "train: two: expected at least one batch of 2 training images, got 1; " +
          "add pictures, of which one in ten, at least one, is held out\n",
      ],
    );
    const seed = await command(folder, "train", ["--seed", "9007199254740992", "--out", "never"]);
    equal(
      [seed.code, seed.err],
      [
        2,
        "train: --seed: expected an integer of at least 0 and at most 9007199254740991, got 9007199254740992; see --help\n",
      ],
    );
    mkdirSync(join(folder, "mnist/train-images-idx3-ubyte"), { recursive: true });
    const once = await command(folder, "data", ["show", "mnist", "--dir", "mnist"]);
    equal(
      [once.code, once.err],
      [4, "data: expected a file at mnist/train-images-idx3-ubyte, got a folder or device\n"],
    );
  },
});
