// Runs that are stopped and taken up again end with the bytes of a run that was never stopped.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/run/checkpoint.ts";
import { command, type Result } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { assertSameRun, FILES, TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const train = (args: readonly string[], options = {}): Promise<Result> => command(folder, "train", args, options);
const path = (...names: string[]): string => join(folder, ...names);
const checkpoints = (run: string): string[] => readdirSync(path(run)).filter((name) => name.startsWith("checkpoint-"));

const whole = await train([...TINY, "--out", "whole"]);
assert.is(whole.code, 0, whole.err);
assert.equal(readdirSync(path("whole")).sort(), FILES);

describe("resume", {
  async "Ctrl-C and SIGTERM in any stage save, exit 130 and 143, and the rest is the same bit for bit"() {
    for (const [signal, code, text] of [
      ["SIGINT", 130, "autoencoder  kernel"],
      ["SIGTERM", 143, "transport"],
      ["SIGINT", 130, "autoencoder: loss"], // as the training ends: in the calibration
      ["SIGTERM", 143, "transport: chi²"], // as the transport ends: while samples are drawn
    ] as const) {
      const run = `${signal}-${text.replaceAll(/\W+/g, "-")}`;
      let sent = false;
      const stopped = await train([...TINY, "--out", run], {
        onError(err: string, kill: (s: NodeJS.Signals) => void) {
          if (sent || !err.includes(text)) return;
          sent = true;
          kill(signal);
        },
      });
      assert.ok(sent, stopped.err);
      assert.is(stopped.code, code, stopped.err);
      assert.match(stopped.err, `go on with: node dist/train.js --resume ${run}\ntrain: interrupted by ${signal}\n`);
      assert.is(checkpoints(run).length > 0, true, `${run} has no checkpoint`);
      assert.not.ok(existsSync(path(run, "summary.json")));
      assert.not.ok(existsSync(path(run, "run.lock")));
      const resumed = await train(["--resume", run]);
      assert.is(resumed.code, 0, resumed.err);
      assert.is(resumed.out, whole.out.replaceAll("whole", run));
      assertSameRun(path(run), path("whole"));
    }
  },

  async "a finished run is said to be complete; flags that would change a run are refused"() {
    const again = await train(["--resume", "whole"]);
    assert.equal([again.code, again.out, again.err], [0, "whole is complete\n", ""]);
    const changed = await train(["--resume", "whole", "--seed", "2"]);
    assert.is(changed.code, 2);
    assert.is(
      changed.err,
      "train: --seed: expected no such flag with --resume, which takes all from whole/config.json; see --help\n",
    );
    const missing = await train(["--resume", "nowhere"]);
    assert.is(missing.code, 4);
    assert.match(missing.err, /^train: .*nowhere\/config\.json/);
    for (const wrong of ["0", "-1", "1.5", "0m", "x", "1h"]) {
      const { code, err } = await train([...TINY, `--checkpoint=${wrong}`, "--out", "wrong"]);
      assert.is(code, 2, wrong);
      assert.match(err, "--checkpoint: expected steps such as 500 or minutes such as 2m");
    }
    assert.is((await train([...TINY, "--keep", "0", "--out", "wrong"])).code, 2);
    assert.not.ok(existsSync(path("wrong")));
  },

  async "each checkpoint is a beginning: of all that were kept, every tenth ends with the same bytes"() {
    const kept = await train([...TINY, "--checkpoint", "7", "--keep", "all", "--out", "kept"]);
    assert.is(kept.code, 0, kept.err);
    const all = checkpoints("kept").sort();
    assert.ok(all.length >= 44, `${all.length} checkpoints`);
    assertSameRun(path("kept"), path("whole"), all);
    for (let i = 0; i < all.length; i += 10) {
      const run = `from-${i}`;
      cpSync(path("kept"), path(run), { recursive: true });
      for (const name of [...all.slice(i + 1), ...FILES.filter((file) => !/audit|config|log|reals|recon/.test(file))])
        rmSync(path(run, name));
      const resumed = await train(["--resume", run]);
      assert.is(resumed.code, 0, resumed.err);
      assertSameRun(path(run), path("whole"));
    }
    rmSync(path("kept", "summary.json"));
  },

  async "the last two checkpoints stay; damaged ones are told of, and the one before goes on"() {
    const stopped = await train([...TINY, "--checkpoint", "5", "--out", "damaged"], {
      onError: (err: string, kill: (s: NodeJS.Signals) => void) => err.includes("transport") && kill("SIGKILL"),
    });
    assert.is(stopped.signal, "SIGKILL");
    const two = checkpoints("damaged").sort();
    assert.is(two.length, 2);
    const newest = path("damaged", two[1] as string);
    const bytes = readFileSync(newest);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(newest, bytes);
    const resumed = await train(["--resume", "damaged"]);
    assert.is(resumed.code, 0, resumed.err);
    assert.match(resumed.err, `damaged checkpoint: damaged/${two[1]}: expected the bytes that its sha256`);
    assert.match(resumed.err, "going back to the one before");
    assertSameRun(path("damaged"), path("whole"));
  },

  async "without a whole checkpoint, and for other images or another config, it says so and changes nothing"() {
    const kept = checkpoints("kept").sort();
    const copy = (run: string): void => {
      cpSync(path("kept"), path(run), { recursive: true });
      for (const name of kept.slice(0, -1)) rmSync(path(run, name));
    };
    copy("torn");
    const torn = path("torn", kept.at(-1) as string);
    writeFileSync(torn, readFileSync(torn).subarray(0, 1000));
    const none = await train(["--resume", "torn"]);
    assert.is(none.code, 4, none.err);
    assert.match(none.err, "torn: expected a whole checkpoint, got 1 damaged; remove them to begin the run again\n");
    assert.ok(existsSync(torn));

    copy("edited");
    const config = path("edited", "config.json");
    writeFileSync(config, readFileSync(config, "utf8").replace('"chi2": 0.5', '"chi2": 0.6'));
    const edited = await train(["--resume", "edited"]);
    assert.is(edited.code, 4, edited.err);
    assert.match(edited.err, "expected the config of this run");

    copy("other");
    const picture = path("images", "00.png");
    const before = readFileSync(picture);
    writeFileSync(picture, readFileSync(path("images", "01.png")));
    const other = await train(["--resume", "other"]);
    writeFileSync(picture, before);
    assert.is(other.code, 4, other.err);
    assert.match(other.err, "expected the training images of this run");
  },

  async "a checkpoint of another version is refused; one of another Node goes on, and says that bits may differ"() {
    const last = checkpoints("kept").sort().at(-1) as string;
    for (const [key, code, message] of [
      ["brenier", 4, "expected the brenier of this run, "],
      ["node", 0, "node was 1.2.3, is "],
    ] as const) {
      const run = `other-${key}`;
      cpSync(path("kept"), path(run), { recursive: true });
      const checkpoint = decodeCheckpoint(readFileSync(path("kept", last)), last);
      const origin = { ...checkpoint.origin, [key]: "1.2.3" };
      writeFileSync(path(run, last), encodeCheckpoint({ ...checkpoint, origin }));
      const resumed = await train(["--resume", run]);
      assert.is(resumed.code, code, resumed.err);
      assert.match(resumed.err, message);
      assert.is(existsSync(path(run, "summary.json")), code === 0);
    }
  },
});
