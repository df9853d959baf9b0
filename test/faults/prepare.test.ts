// A preparation that is killed, or runs out of disk, for real.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-prepare-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "in"));
for (let n = 0; n < 900; n++) {
  const pixels = Uint8Array.from({ length: 24 * 20 }, (_, i) => (n * 7 + i * 3) % 256);
  writeFileSync(join(folder, "in", `${n}.png`), encodePng({ height: 20, width: 24, channels: 1, pixels }));
}
const args = (out: string) => ["prepare", "in", "--size", "16", "--out", out];
const images = (out: string): Buffer => readFileSync(join(folder, out, "images.npy"));

/** Prepares on a disk that is too small, and brings what is there afterwards to `full`. */
const SCRIPT = `set -e
mkdir small
mount -t tmpfs -o size=600k tmpfs small
code=0
"$NODE" "$DATA" prepare in --size 16 --out small/full || code=$?
cp -r small/full full
exit $code`;

describe("prepare", {
  async "killed with kill -9, and on a disk that is full, it goes on from whole pictures and ends with the same bytes"() {
    const whole = await command(folder, "data", args("whole"));
    assert.is(whole.code, 0, whole.err);
    assert.is(whole.out, "whole: [900, 16, 16, 3] bytes, 90 pictures held out\n");

    let kill: () => void = () => undefined;
    const looking = setInterval(() => {
      const journal = join(folder, "killed", "preparing.jsonl");
      if (existsSync(journal) && readFileSync(journal, "utf8").split("\n").length > 256) kill();
    }, 5);
    const killed = await command(folder, "data", args("killed"), { onStart: (end) => (kill = () => end("SIGKILL")) });
    clearInterval(looking);
    assert.is(killed.signal, "SIGKILL");
    assert.not.ok(existsSync(join(folder, "killed", "set.json")));
    // One that is killed as it begins leaves nothing but its lock.
    mkdirSync(join(folder, "early"));
    copyFileSync(join(folder, "killed", "run.lock"), join(folder, "early", "run.lock"));
    const early = await command(folder, "data", args("early"));
    assert.is(early.code, 0, early.err);
    assert.ok(images("early").equals(images("whole")));
    assert.equal(readdirSync(join(folder, "early")).sort(), ["images.npy", "set.json"]);
    const resumed = await command(folder, "data", args("killed"));
    assert.is(resumed.code, 0, resumed.err);
    assert.ok(images("killed").equals(images("whole")));
    assert.equal(readdirSync(join(folder, "killed")).sort(), ["images.npy", "set.json"]);
    const again = await command(folder, "data", args("killed"));
    assert.is(
      again.err,
      "data: --out: expected a new or empty folder, got killed with files in it; choose another; see --help\n",
    );
    assert.is(again.code, 2);

    const env = { ...process.env, NODE: process.execPath, DATA: join(process.cwd(), "dist", "data.js") };
    const full = spawnSync("unshare", ["-rm", "bash", "-c", SCRIPT], { cwd: folder, env, encoding: "utf8" });
    assert.is(full.status, 1, `${full.error ?? full.stderr}`);
    assert.match(
      full.stderr,
      /\ndata: prepare: cannot write small\/full\/(images\.npy\.part|preparing\.jsonl): ENOSPC: .*; make room, and give the same command again\n$/,
    );
    assert.equal(readdirSync(join(folder, "full")).sort(), ["images.npy.part", "preparing.jsonl"]);
    const room = await command(folder, "data", args("full"));
    assert.is(room.code, 0, room.err);
    assert.ok(images("full").equals(images("whole")));
  },
});
