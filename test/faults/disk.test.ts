// A full disk, for real: a tmpfs with too little room, in a mount namespace that needs no rights.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readCheckpoint } from "../../src/run/checkpoints.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { assertSameRun, logOf, TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
/** Without a record, whose lines would fill the disk first. */
const flags = TINY.filter((flag) => flag !== "--audit");

/** Goes on with `run` on a small disk, and brings what is there afterwards back to its place. */
const SCRIPT = `set -e
mkdir small
mount -t tmpfs -o size="$KILOBYTES"k tmpfs small
cp -r run small/run
code=0
"$NODE" "$TRAIN" --resume small/run --checkpoint 3 || code=$?
rm -r run
cp -r small/run run
exit $code`;

/**
 * Fills the small disk once a run is under way, and makes room when the run says that it needs it.
 */
const LOG_SCRIPT = `set -e
mkdir log-disk
mount -t tmpfs -o size=16m tmpfs log-disk
cd log-disk
"$NODE" "$TRAIN" $FLAGS --checkpoint 1000m --out run 2>../err &
until grep -q transport run/log.jsonl 2>/dev/null || ! kill -0 $!; do sleep 0.01; done
dd if=/dev/zero of=filler bs=64k >/dev/null 2>&1 || true
until grep -q "cannot write" ../err || ! kill -0 $!; do sleep 0.01; done
rm filler
code=0
wait $! || code=$?
cat ../err >&2
cp -r run ../logged
exit $code`;

/** Draws into a folder on a disk with room for some of the pictures. */
const DRAW_SCRIPT = `set -e
mkdir draw-disk
mount -t tmpfs -o size=64k tmpfs draw-disk
code=0
"$NODE" "$GENERATE" logged --count 40 --out draw-disk/drawn || code=$?
ls -A draw-disk
exit $code`;

describe("disk", {
  async "full while a checkpoint is written: one clear line, the one before stays whole, nothing half-written is left"() {
    const begun = await command(folder, "train", [...flags, "--checkpoint", "3", "--out", "run"], {
      onError: (text, kill) => text.includes("transport") && kill("SIGKILL"),
    });
    assert.is(begun.signal, "SIGKILL");
    const run = join(folder, "run");
    const before = readCheckpoint(run, () => undefined);
    assert.ok(before !== undefined);
    // without what the kill left of a checkpoint that was being written: resuming removes it
    const kept = readdirSync(run).filter((name) => !name.endsWith(".tmp"));
    const used = kept.reduce((sum, name) => sum + statSync(join(run, name)).size, 0);
    const KILOBYTES = String(Math.ceil((used + statSync(before.path).size / 2) / 1024));
    const env = { ...process.env, KILOBYTES, NODE: process.execPath, TRAIN: join(process.cwd(), "dist", "train.js") };
    const full = spawnSync("unshare", ["-rm", "bash", "-c", SCRIPT], { cwd: folder, env, encoding: "utf8" });
    assert.is(full.status, 1, `${full.error ?? full.stderr}`);
    assert.match(
      full.stderr,
      /\ngo on with: node dist\/train\.js --resume small\/run\ntrain: write: cannot write small\/run\/checkpoint-\d+\.safetensors: ENOSPC: no space left on device, write\n$/,
    );
    assert.equal(readCheckpoint(run, () => assert.unreachable())?.checkpoint, before.checkpoint);
    assert.not.ok(readdirSync(run).some((name) => name.endsWith(".tmp") || name === "run.lock"));
    assert.not.ok(existsSync(join(run, "summary.json")));

    const resumed = await command(folder, "train", ["--resume", "run"]);
    assert.is(resumed.code, 0, resumed.err);
    const whole = await command(folder, "train", [...flags, "--out", "whole"]);
    assert.is(whole.code, 0, whole.err);
    assertSameRun(run, join(folder, "whole"));
  },

  async "full for a while after a run began: its log lacks lines, which is told once, and all else has the same bytes"() {
    // config.json tells where the images are
    const FLAGS = flags.map((flag) => (flag === "images" ? join(folder, flag) : flag)).join(" ");
    const env = { ...process.env, FLAGS, NODE: process.execPath, TRAIN: join(process.cwd(), "dist", "train.js") };
    const { status, stderr, error } = spawnSync("unshare", ["-rm", "bash", "-c", LOG_SCRIPT], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    assert.is(status, 0, `${error ?? stderr}`);
    const told = stderr.split("\n").filter((line) => line.includes("log"));
    assert.equal(told, [
      "log: cannot write run/log.jsonl: ENOSPC: no space left on device, write; the run goes on without such lines",
    ]);
    const [logged, whole] = ["logged", "whole"].map((run) => logOf(join(folder, run)));
    assert.ok((logged?.length ?? 0) < (whole?.length ?? 0));
    const lines = new Set(whole?.map((line) => JSON.stringify(line)));
    for (const line of logged ?? []) assert.ok(lines.has(JSON.stringify(line)), JSON.stringify(line));
    copyFileSync(join(folder, "whole", "log.jsonl"), join(folder, "logged", "log.jsonl"));
    assertSameRun(join(folder, "logged"), join(folder, "whole"));
  },

  "full while pictures are written into a folder: one clear line, and none of them is left"() {
    const env = { ...process.env, NODE: process.execPath, GENERATE: join(process.cwd(), "dist", "generate.js") };
    const { status, stdout, stderr } = spawnSync("unshare", ["-rm", "bash", "-c", DRAW_SCRIPT], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    assert.match(stderr, /\ngenerate: write: cannot write draw-disk\/drawn\/\d\d\.png: ENOSPC: .*\n$/);
    assert.equal([status, stdout], [1, ""]);
  },
});
