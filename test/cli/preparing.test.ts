import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { equal, is, match } from "uvu/assert";
import { dataCommand } from "../../src/cli/dataCommand.ts";
import { trainable } from "../../src/cli/preparing.ts";
import { loadDataset } from "../../src/datasets/dataset.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { progress } from "../../src/run/progress.ts";
import { inFolder, pixelsOf, rejects } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const telling = { say: progress({ stream: { write: () => true } }), signal: undefined };

describe("preparing", {
  "equal-sized PNG files beyond memory are prepared at their own size, with their own pixels": () =>
    inFolder(async (folder) => {
      const images = join(folder, "images");
      mkdirSync(images);
      const all = Array.from({ length: 3 }, (_, n) => Uint8Array.from({ length: 90 }, (_, i) => (50 * n + i) % 256));
      all.forEach((pixels, n) => {
        writeFileSync(join(images, `${n}.png`), encodePng({ height: 5, width: 6, channels: 3, pixels }));
      });
      is(await trainable(images, folder, telling, 270), images);
      const set = await trainable(images, folder, telling, 269);
      const { train, heldOut } = await loadDataset(set, "");
      equal([train.count, train.height, train.width, train.channels, heldOut.count], [2, 5, 6, 3, 1]);
      const found = [train, heldOut].flatMap((part) => [...pixelsOf(part)]).sort((a, b) => a - b);
      equal(
        found,
        all.flatMap((pixels) => [...pixels]).sort((a, b) => a - b),
      );
      is(await trainable(images, folder, telling, 269), set);
      is(await trainable(set, folder, telling, 0), set);
      // A picture more is another set.
      writeFileSync(
        join(images, "3.png"),
        encodePng({ height: 5, width: 6, channels: 3, pixels: all[0] as Uint8Array }),
      );
      is((await trainable(images, folder, telling, 269)) === set, false);
    }),
  "without sharp, one line says what to install, and nothing is left": () =>
    inFolder((folder) => {
      cpSync("dist", join(folder, "dist"), { recursive: true, filter: (path) => !/\.(map|d\.ts)$/.test(path) });
      cpSync("package.json", join(folder, "package.json"));
      mkdirSync(join(folder, "node_modules"));
      for (const name of ["pngjs", "webgpu"])
        symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
      mkdirSync(join(folder, "photos"));
      writeFileSync(join(folder, "photos", "a.jpg"), "");
      const args = ["dist/data.js", "prepare", "photos", "--size", "8", "--out", "set"];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      match(
        stderr,
        /^data: pictures: expected the package sharp, which decodes them, got none .*; run `npm install sharp`, or .*\n$/,
      );
      equal([status, existsSync(join(folder, "set"))], [2, false]);
    }),
  "a set that is not finished is told of": () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "preparing.jsonl"), "");
      const wanted = /: expected a finished set, got one that is being prepared; go on with the same data prepare$/;
      await rejects(loadDataset(await trainable(folder, folder, telling), ""), "DataError", wanted);
      for (const told of ["verify", "show"]) {
        const out = told === "show" ? ["--out", join(folder, "..", "never.png")] : [];
        await rejects(
          dataCommand([told, folder, ...out], () => undefined),
          "DataError",
          wanted,
        );
      }
    }),
});
