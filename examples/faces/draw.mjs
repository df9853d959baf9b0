// Draws cartoon faces as PNG files: FOLDER/HAIR/00000.png and so on, 128 × 128, for `data prepare`.
//   npm ci && node draw.mjs FOLDER [COUNT]
// Face number n is that of the seed `brenier-n`, so that everybody draws the same ones. Faces that
// are there already are not drawn again.
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { createAvatar } from "@dicebear/core";
import * as openPeeps from "@dicebear/open-peeps";
import sharp from "sharp";

const [folder, countText = "15000"] = process.argv.slice(2);
const count = Number(countText);
if (folder === undefined || !(Number.isInteger(count) && count >= 1 && count <= 100_000)) {
  console.error(
    "usage: node draw.mjs FOLDER [COUNT], with a count from 1 to 100000 (default 15000)",
  );
  process.exit(2);
}
const SIZE = 128;
const backgroundColor = ["b6e3f4", "c0aede", "d1d4f9", "ffd5dc", "ffdfbf"];

/** @param {number} n */
async function draw(n) {
  const avatar = createAvatar(openPeeps, { seed: `brenier-${n}`, size: SIZE, backgroundColor });
  const { head } = /** @type {{ head: string }} */ (avatar.toJson().extra);
  const path = join(folder, head, `${String(n).padStart(5, "0")}.png`);
  if (existsSync(path)) return;
  mkdirSync(join(folder, head), { recursive: true });
  await sharp(Buffer.from(avatar.toString()))
    .flatten({ background: "white" })
    .png()
    .toFile(`${path}.part`);
  renameSync(`${path}.part`, path);
}

const AT_ONCE = 64;
for (let first = 0; first < count; first += AT_ONCE) {
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => draw(first + i)),
  );
  if (process.stderr.isTTY)
    process.stderr.write(`\r${Math.min(first + AT_ONCE, count)} of ${count} faces`);
}
if (process.stderr.isTTY) process.stderr.write("\n");
console.log(`${count} faces in ${folder}`);
