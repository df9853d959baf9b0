import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { equal, is } from "uvu/assert";
import { createRunDirectory, defaultRunPath, JsonLines, writeJson } from "../../src/run/runDirectory.ts";
import { inFolder, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

describe("run directory", {
  "it is made with its parents, an empty one will do, a full one never": () =>
    inFolder((root) => {
      const path = join(root, "runs/a");
      createRunDirectory(path);
      createRunDirectory(path);
      is(existsSync(path), true);
      writeFileSync(join(path, "log.jsonl"), "kept");
      const message = /^run: expected a new or empty folder, got .*runs\/a with files in it; choose another$/;
      refuses(() => createRunDirectory(path), "RunDirectoryError", message);
      is(readFileSync(join(path, "log.jsonl"), "utf8"), "kept");
    }),
  "a path that cannot be used is named": () =>
    inFolder((root) => {
      const refused = (path: string, message: RegExp) =>
        refuses(() => createRunDirectory(path), "RunDirectoryError", message);
      writeFileSync(join(root, "file"), "");
      refused(join(root, "file"), /^run: cannot use the folder .*file: a file of that name is there; choose another$/);
      refused(join(root, "file/run"), /^run: cannot use the folder .*file\/run: ENOTDIR/);
      refused(join(root, "x".repeat(300)), /ENAMETOOLONG/);
      refused(join(root, "a\0b"), /^run: cannot use the folder .*null bytes/);
    }),
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
