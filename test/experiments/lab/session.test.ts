// Machines that each make some files of an experiment, and share them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { type Experiment, experiment } from "../../../src/experiments/lab/experiment.ts";
import { comesAlong, keepFile, Making, offerFiles } from "../../../src/experiments/lab/jobs.ts";
import { type Makers, reproduce } from "../../../src/experiments/lab/reproduce.ts";
import type { Shelf } from "../../../src/experiments/lab/session.ts";
import { encodePng } from "../../../src/pictures/imageGrid.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const gpu = await openGpu();
const root = mkdtempSync(join(tmpdir(), "brenier-session-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
const folderOf = (name: string): string => mkdtempSync(join(root, name));

/** Two stages of parts, of which the second needs the first and a trained result. */
function staged(): { readonly made: Experiment; readonly done: string[] } {
  const done: string[] = [];
  const made = experiment<{ readonly scale: number }>({
    name: "staged",
    title: "Do parts meet?",
    data: [],
    configs: { cpu: { scale: 2 }, gpu: { scale: 2 } },
    work: () => 1e6,
    async run(workspace, { scale }) {
      const train = () =>
        workspace.result("number", { scale }, async (path) => {
          done.push("number");
          writeFileSync(path, String(7 * scale));
        });
      const first = await Promise.all(
        ["one", "two"].map((name, i) =>
          workspace.part(name, async () => {
            done.push(name);
            await train();
            const pixels = new Uint8Array(4).fill(i);
            return { i, file: workspace.picture(name, encodePng({ height: 2, width: 2, channels: 1, pixels })) };
          }),
        ),
      );
      const number = Number(readFileSync(await train(), "utf8"));
      const last = await workspace.part("last", async () => {
        done.push("last");
        return number + first.length;
      });
      const claims = [{ claim: "sum", required: "16", reached: String(last), met: last === 16 }];
      return { tables: [], claims, pictures: first.map(({ file }) => ({ file, caption: file })) };
    },
  });
  return { made, done };
}

const shelf = (): Shelf & { readonly files: Map<string, Uint8Array> } => {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    get: async (file) => files.get(file),
    has: async (file) => files.has(file),
    async put(file, bytes) {
      if (!files.has(file)) files.set(file, bytes);
    },
  };
};

const silent = { update() {}, begin() {}, end() {} };
const signal = new AbortController().signal;
const lab = (folder: string, made: Experiment) => ({
  ...{ gpu, folder, dataRoot: folder, seed: 1, profile: "cpu" as const },
  ...{ experiments: [made], names: [made.name], signal, progress: silent },
});
const about = { experiment: "staged", profile: "cpu", seed: 1 };

describe("sessions", {
  async "several machines make the files that one makes, each once"() {
    const [alone, together] = [folderOf("alone"), folderOf("together")];
    const one = staged();
    await reproduce(lab(alone, one.made));
    const many = staged();
    const common = shelf();
    const makings = ["a", "b"].map((name) => {
      const folder = folderOf(name);
      return new Making({
        gpu,
        folder,
        dataRoot: folder,
        experiments: [many.made],
        signal,
        progress: silent,
        say() {},
      });
    });
    let turn = 0;
    const makers: Makers = {
      async make(_, file, __, check) {
        await (makings[turn++ % 2] as Making).make("set", file, about, common);
        for (const [name, bytes] of common.files) if (comesAlong(name)) keepFile(together, name, bytes);
        const bytes = common.files.get(file) as Uint8Array;
        check(bytes);
        keepFile(together, file, bytes);
      },
      rest: async () => undefined,
    };
    await reproduce({ ...lab(together, many.made), makers });
    await Promise.all(makings.map((making) => making.close()));
    const result = (folder: string): object => {
      const { seconds, ...rest } = JSON.parse(readFileSync(join(folder, "results/staged.json"), "utf8"));
      return { ...rest, parts: Object.keys(seconds) };
    };
    assert.equal(result(together), result(alone));
    for (const sub of ["pictures", "parts/staged", "trained"]) {
      assert.equal(readdirSync(join(together, sub)), readdirSync(join(alone, sub)), sub);
    }
    // Both parts of the first stage are under way at once, and neither has the result yet.
    assert.equal([...new Set(many.done)].sort(), ["last", "number", "one", "two"]);
    for (const part of ["one", "two", "last"]) assert.is(many.done.filter((each) => each === part).length, 1, part);
    // What is there is not made again, by whomever.
    const later = shelf();
    await offerFiles(together, later);
    assert.equal([...later.files.keys()].sort(), [...common.files.keys()].filter((file) => !comesAlong(file)).sort());
  },

  async "jobs that no experiment has fail in one line"() {
    const folder = folderOf("wrong");
    const { made } = staged();
    const options = { gpu, folder, dataRoot: folder, experiments: [made], signal, progress: silent, say() {} };
    const making = new Making(options);
    const make = (more: object) => making.make("set", "parts/staged/none.json", { ...about, ...more }, shelf());
    await rejects(make({ experiment: "../x" }), "expected an experiment that this version has, got ../x");
    for (const wrong of [{ profile: "tpu" }, { seed: -1 }, { seed: "1" }]) {
      await rejects(make(wrong), "jobs: expected a profile and a seed, got others");
    }
    await making.close();
  },
});
