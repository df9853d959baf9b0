import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { equal, is } from "uvu/assert";
import { defaultRunPath, JsonLines, writeJson } from "../../src/run/runDirectory.ts";
import { inFolder, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

describe("run directory", {
  "the default path is the time, with a number when taken": () =>
    inFolder((root) => {
      const now = new Date(Date.UTC(2026, 10, 21, 22, 5, 31, 999));
      is(defaultRunPath(now), join("runs", "2026-11-21T22-05-31"));
      for (const name of ["2026-11-21T22-05-31", "2026-11-21T22-05-31-2", "2026-11-21T22-05-31-3"]) {
        is(defaultRunPath(now, root), join(root, name));
        mkdirSync(join(root, name));
      }
    }),
  "a log is a line a record, on disk at once": () =>
    inFolder((root) => {
      const path = join(root, "log.jsonl");
      const log = new JsonLines(path);
      log.write({ step: 1, loss: 0.5 });
      is(readFileSync(path, "utf8"), '{"step":1,"loss":0.5}\n');
      log.write({ step: 2, loss: Number.NaN, text: "a\nb" });
      log.close();
      log.close();
      is(readFileSync(path, "utf8"), '{"step":1,"loss":0.5}\n{"step":2,"loss":"NaN","text":"a\\nb"}\n');
      refuses(() => log.write({}), "Error", /^log: .*log\.jsonl is closed$/);
      refuses(() => new JsonLines(join(root, "no/log.jsonl")), "Error", /^log: cannot open .*log\.jsonl: ENOENT/);
    }),
  "a torn last line stays the only bad one": () =>
    inFolder((root) => {
      const path = join(root, "log.jsonl");
      appendFileSync(path, '{"step":1}\n{"st');
      const log = new JsonLines(path);
      log.write({ step: 2 });
      log.close();
      equal(readFileSync(path, "utf8").split("\n"), ['{"step":1}', '{"st', '{"step":2}', ""]);
    }),
  "JSON for people is written whole": () =>
    inFolder((root) => {
      writeJson(join(root, "config.json"), { seed: 1, bad: Number.POSITIVE_INFINITY });
      is(readFileSync(join(root, "config.json"), "utf8"), '{\n  "seed": 1,\n  "bad": "Infinity"\n}\n');
      equal(readdirSync(root), ["config.json"]);
      refuses(() => writeJson(join(root, "no/a.json"), 1), "Error", /^write: cannot write .*a\.json: ENOENT/);
    }),
});
