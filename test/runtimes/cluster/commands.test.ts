// The commands of a cluster from end to end: coordinator, workers and server are processes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { UsageError } from "../../../src/cli/arguments.ts";
import { transportCommand } from "../../../src/cli/transportCommand.ts";
import { writeFileAtomic } from "../../../src/files/atomicWrite.ts";
import { encodeNpy } from "../../../src/formats/npy.ts";
import { normals } from "../../ot/instances.ts";
import { describe } from "../../support/suite.ts";
import { assertSameRun, TINY, tinyFolder } from "../../support/tinyRun.ts";
import { generateCredentials, type Machine, machine, startNatsServer, temporary, until } from "./machines.ts";

const folder = temporary();
const tiny = tinyFolder();
const credentials = generateCredentials(folder);
const points = normals(500, 12, 1).values;
writeFileAtomic(join(folder, "points.npy"), encodeNpy({ shape: [500, 12], dtype: "<f4", data: points }));

const JOB = ["points.npy", "--chi2", "0.02", "--seed", "3", "--no-report", "--best-effort"];
const transport = (out: string, ...more: string[]): Machine =>
  machine("transport", [...JOB, "--out", out, ...more], { cwd: folder });
const train = (out: string, ...more: string[]): Machine => {
  const job = TINY.filter((flag) => flag !== "--audit");
  return machine("train", [...job, "--out", out, ...more], { cwd: tiny });
};
const good = async (one: Machine): Promise<string> => {
  const { code, text } = await one.ended;
  assert.is(code, 0, text);
  return text;
};
/** A file of a transport without the seconds that it took. */
const read = (out: string, name: string): string =>
  readFileSync(join(folder, out, name), "latin1").replace(/"seconds": [\d.]+/, "");
const isAt = (out: string, step: number): boolean => {
  try {
    const log = readFileSync(join(tiny, out, "log.jsonl"), "utf8");
    return log.includes(`"stage":"transport","iteration":${step},`);
  } catch {
    return false;
  }
};

/** Workers and a server with least rights, until `body` ends. */
async function site(
  body: (site: { hire: (name: string, env?: Record<string, string>) => Machine; lead: string[] }) => Promise<void>,
): Promise<void> {
  const server = await startNatsServer(credentials);
  const hired: Machine[] = [];
  try {
    await body({
      hire(name, env = {}) {
        const args = ["--server", server.url, "--creds", credentials.worker, "--name", name];
        const one = machine("worker", args, { env });
        hired.push(one);
        return one;
      },
      lead: ["--cluster", server.url, "--creds", credentials.coordinator],
    });
  } finally {
    for (const one of hired) one.kill("SIGKILL");
    await Promise.all(hired.map(({ ended }) => ended));
    await server.remove();
  }
}

describe("commands of a cluster", {
  async "transport has the bytes of one process, whoever is killed and stopped, with least rights"() {
    await good(transport("one"));
    await site(async ({ hire, lead }) => {
      const [a, b] = [hire("a"), hire("b")];
      const [, url = "", , creds = ""] = lead;
      const env = { BRENIER_CLUSTER: url, BRENIER_CREDS: creds };
      const stopped = machine("transport", [...JOB, "--out", "stopped"], { cwd: folder, env });
      await until(() => /steps, |\d steps/.test(stopped.text()), `steps: ${stopped.text()}`);
      stopped.kill("SIGINT");
      const end = await stopped.ended;
      assert.is(end.code, 130, end.text);
      const run = transport("many", ...lead, "--verify", "20%");
      await until(() => run.text().includes("worker b counts"), `worker b: ${run.text()}`);
      b.kill("SIGKILL");
      const c = hire("c");
      const text = await good(run);
      assert.match(text, /cluster: [23] workers, \d+ ranges, .* \d+ verified, 0 wrong\n/);
      assert.match(text, /\d workers?, [\d.e+]+ samples\/s, waiting \d+ %/);
      assert.equal(readdirSync(join(folder, "many")).sort(), readdirSync(join(folder, "one")).sort());
      for (const name of readdirSync(join(folder, "one"))) assert.is(read("many", name), read("one", name), name);
      for (const one of [a, c]) {
        one.kill("SIGINT");
        assert.is((await one.ended).code, 130, one.text());
      }
    });
  },

  async "train has the bytes of one process, also where the coordinator was killed and others count on"() {
    await good(train("one"));
    await site(async ({ hire, lead }) => {
      const a = hire("a");
      const killed = train("many", ...lead, "--checkpoint", "7");
      await until(() => isAt("many", 30), `step 30: ${killed.text()}`);
      killed.kill("SIGKILL");
      a.kill("SIGKILL");
      await Promise.all([killed.ended, a.ended]);
      hire("b");
      const text = await good(machine("train", ["--resume", "many", ...lead], { cwd: tiny }));
      assert.match(text, /cluster: 1 worker, \d+ ranges, .* 0 wrong\n/);
      assertSameRun(join(tiny, "many"), join(tiny, "one"));
    });
  },

  async "flags that do not go together are told of in one line"() {
    const url = "nats://127.0.0.1:4222";
    for (const [line, ...args] of [
      ["--verify: expected a share from 0% to 100%, got 2", "--verify", "2"],
      ["--mixed: expected --cluster with it, got none", "--mixed"],
      ["--verify: expected workers with the same bits, got --mixed", "--cluster", url, "--mixed", "--verify", "1%"],
      ["--reference: expected 64 digits of `worker --doctor`, got 1f", "--cluster", url, "--reference", "1f"],
      ["--reference: expected --cluster with it, got none", "--reference", "ab".repeat(32)],
      ["--reference: expected workers with", "--cluster", url, "--mixed", "--reference", "ab".repeat(32)],
      ["--apply: expected no --cluster", "--cluster", url, "--apply", join(folder, "points.npy")],
    ] as const) {
      const [, ...job] = JOB;
      const called = transportCommand([join(folder, "points.npy"), ...job, ...args], new AbortController().signal);
      const error = await called.catch((reason: unknown) => reason);
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, line);
    }
    const { code, text } = await transport("none", "--verify", "2").ended;
    assert.is(code, 2, text);
    // An empty variable is none.
    const empty = await machine("worker", [], { env: { BRENIER_CLUSTER: "" } }).ended;
    assert.is(empty.code, 2, empty.text);
    assert.match(empty.text, "--server: expected nats://HOST:PORT, got nothing");
    const audited = await train("none", "--cluster", url, "--audit").ended;
    assert.is(audited.code, 2, audited.text);
    assert.match(audited.text, "--cluster: expected no --audit, which records what this machine computes");
  },

  async "a worker with other kernels is refused, and taken with --mixed"() {
    await site(async ({ hire, lead }) => {
      const a = hire("a");
      const strict = transport("strict", ...lead);
      await until(() => strict.text().includes("worker a counts"), `worker a: ${strict.text()}`);
      const other = hire("other", { BRENIER_FAMILY: "portable" });
      const refusal = "refused: expected the kernels subgroup, got portable, whose counts may differ; --mixed takes it";
      await until(() => other.text().includes(refusal), `a refusal: ${other.text()}`);
      strict.kill("SIGINT");
      assert.match((await strict.ended).text, `worker other is ${refusal}`);
      assert.match(await good(transport("mixed", ...lead, "--mixed")), "adapters differ: statistics, not bits");
      assert.match(read("mixed", "summary.json"), '"mixed": true');
      a.kill("SIGINT");
      other.kill("SIGINT");
      await Promise.all([a.ended, other.ended]);
    });
  },
});
