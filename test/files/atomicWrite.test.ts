import * as fs from "node:fs";
import { join } from "node:path";
import { equal, is, match } from "uvu/assert";
import { AtomicFile, type AtomicFileSystem, writeFileAtomic } from "../../src/files/atomicWrite.ts";
import { inFolder, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const before = Uint8Array.of(1, 2, 3);
const after = Uint8Array.of(4, 5, 6, 7);

/**
 * The real file system, whose n-th call (from 1) fails as a full disk does; it counts the calls.
 */
function failing(n: number): { readonly fs: AtomicFileSystem; readonly calls: () => number } {
  let calls = 0;
  const guard =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      calls++;
      if (calls === n) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      return call(...args);
    };
  const guarded: AtomicFileSystem = {
    openSync: guard((path: string, flags: string) => fs.openSync(path, flags)),
    writeSync: guard((file: number, bytes: Uint8Array, at: number) => fs.writeSync(file, bytes, at)),
    fsyncSync: guard(fs.fsyncSync),
    closeSync: fs.closeSync,
    renameSync: guard(fs.renameSync),
    rmSync: fs.rmSync,
  };
  return { fs: guarded, calls: () => calls };
}

describe("atomic write", {
  "a file is written and replaced, nothing else is left": () =>
    inFolder((folder) => {
      const path = join(folder, "file");
      writeFileAtomic(path, before);
      writeFileAtomic(path, after);
      equal([...fs.readFileSync(path)], [...after]);
      writeFileAtomic(path, new Uint8Array(0));
      is(fs.statSync(path).size, 0);
      equal(fs.readdirSync(folder), ["file"]);
    }),
  "what a killed process left is removed when it is an hour old, nothing else": () =>
    inFolder((folder) => {
      const [old, young, other] = [".x.npy.12.0a1b2c3d.tmp", ".x.npy.13.0a1b2c3d.tmp", ".x.npy.tmp"];
      for (const name of [old, young, other]) fs.writeFileSync(join(folder, name), "half");
      const time = Date.now() / 1000 - 3700;
      for (const name of [old, other]) fs.utimesSync(join(folder, name), time, time);
      writeFileAtomic(join(folder, "file"), after);
      equal(fs.readdirSync(folder).sort(), [young, other, "file"].sort());
    }),
  "a file in several writes appears at the end, or never": () =>
    inFolder((folder) => {
      const path = join(folder, "file");
      for (const done of [false, true]) {
        const file = new AtomicFile(path);
        file.write(before);
        file.write(after);
        equal(fs.existsSync(path), false);
        if (done) file.finish();
        else file.abandon();
        file.abandon();
        equal(fs.readdirSync(folder), done ? ["file"] : []);
      }
      equal([...fs.readFileSync(path)], [...before, ...after]);
    }),
  "a write in pieces is completed": () =>
    inFolder((folder) => {
      const writeSync = (file: number, bytes: Uint8Array, at: number) => fs.writeSync(file, bytes, at, 1);
      writeFileAtomic(join(folder, "file"), after, { ...fs, writeSync });
      equal([...fs.readFileSync(join(folder, "file"))], [...after]);
    }),
  "whichever call fails, the file is the old one or the new one": () =>
    inFolder((folder) => {
      const path = join(folder, "file");
      const whole = failing(0);
      writeFileAtomic(path, before, whole.fs);
      for (let n = 1; n <= whole.calls(); n++) {
        writeFileAtomic(path, before);
        refuses(() => writeFileAtomic(path, after, failing(n).fs), "Error", /^write: cannot write .*file: ENOSPC/);
        match(fs.readFileSync(path).toString("hex"), /^(010203|04050607)$/);
        if (n <= 4) equal([...fs.readFileSync(path)], [...before]);
        equal(fs.readdirSync(folder), ["file"]);
      }
    }),
  "a failure names the path": () =>
    inFolder((folder) => {
      refuses(
        () => writeFileAtomic(join(folder, "no/file"), after),
        "Error",
        /^write: cannot write .*no\/file: ENOENT/,
      );
      fs.mkdirSync(join(folder, "taken"));
      refuses(() => writeFileAtomic(join(folder, "taken"), after), "Error", /^write: cannot write .*taken: /);
      equal(fs.readdirSync(folder), ["taken"]);
    }),
});
