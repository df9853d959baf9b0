// Parts of experiments as jobs over a real server: the files of one machine, whoever makes them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { versions } from "../../../src/adapter/versions.ts";
import { fitOf } from "../../../src/cluster/fit.ts";
import { type Identity, identify } from "../../../src/cluster/identity.ts";
import { createFiles, openJetStream } from "../../../src/cluster/jetstream.ts";
import { type GiveOptions, JobGiver } from "../../../src/cluster/jobGiver.ts";
import { bucketOf, SUBJECTS } from "../../../src/cluster/jobMessages.ts";
import { queueLines, queuesAt } from "../../../src/cluster/jobQueues.ts";
import { encodeMessage, newId, SUBJECT } from "../../../src/cluster/messages.ts";
import { openNats } from "../../../src/cluster/nats.ts";
import { messengerOver } from "../../../src/cluster/natsLink.ts";
import { encodeValue } from "../../../src/cluster/values.ts";
import { curvesIn } from "../../../src/experiments/lab/curves.ts";
import { comesAlong, keepFile, makersOf, offerFiles } from "../../../src/experiments/lab/jobs.ts";
import { reproduce } from "../../../src/experiments/lab/reproduce.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { together } from "../../support/together.ts";
import { EXPERIMENTS } from "./fragile.ts";
import {
  generateCredentials,
  type Machine,
  type NatsServer,
  program,
  startNatsServer,
  temporary,
  until,
} from "./machines.ts";

const gpu = await openGpu();
const identity = await identify(gpu, versions());
const conf = (folder: string, more = ""): string => `jetstream { store_dir: "${folder}", ${more} }`;
const script = join(import.meta.dirname, "partWorker.js");

/** A server with JetStream, until `body` ends. */
async function atServer(body: (stage: Stage) => Promise<void>, more = ""): Promise<void> {
  const server = await startNatsServer({ conf: conf(temporary(), more) });
  const trace = join(temporary(), "trace");
  const machines: Machine[] = [];
  const hire: Stage["hire"] = (name, tmp = temporary()) => {
    const args = [server.url, name, temporary()];
    const one = program(script, args, { env: { BRENIER_TRACE: trace, TMPDIR: tmp } });
    machines.push(one);
    return one;
  };
  try {
    const begun = (): readonly string[] => (existsSync(trace) ? readFileSync(trace, "utf8").trim().split("\n") : []);
    await body({ url: server.url, server, hire, begun });
  } finally {
    for (const one of machines) one.kill("SIGKILL");
    await Promise.all(machines.map(({ ended }) => ended));
    await server.remove();
  }
}

interface Stage {
  readonly url: string;
  readonly server: NatsServer;
  /** Starts a worker, whose temporary files are in a folder. */
  readonly hire: (name: string, tmp?: string) => Machine;
  /** The parts that workers began, one for each time. */
  readonly begun: () => readonly string[];
}

const silent = { update() {}, begin() {}, end() {} };
const options = (folder: string, name: string) => ({
  gpu,
  folder,
  dataRoot: folder,
  seed: 1,
  profile: "cpu" as const,
  experiments: EXPERIMENTS.filter((each) => each.name === name),
  names: [name],
  signal: new AbortController().signal as AbortSignal,
  progress: silent,
});

/** Runs an experiment by the workers at a server. */
async function byWorkers(
  url: string,
  folder: string,
  name: string,
  { said = [], creds, ...more }: Partial<GiveOptions> & { readonly said?: string[]; readonly creds?: string } = {},
): Promise<void> {
  const link = await openNats({ server: url, name: "coordinator", creds });
  const messenger = messengerOver(link);
  const given = { ...options(folder, name), ...(more.signal && { signal: more.signal as AbortSignal }) };
  try {
    const giver = await JobGiver.open(link, messenger, {
      set: "0123456789abcdef",
      title: name,
      identity,
      signal: given.signal,
      say: (line) => void said.push(line),
      take: (file, bytes) => keepFile(folder, file, bytes),
      isTaken: comesAlong,
      ...more,
    });
    try {
      await offerFiles(folder, giver.files);
      await reproduce({ ...given, makers: makersOf(giver, "cpu", 1) });
    } finally {
      await giver.close();
    }
  } finally {
    await messenger.close();
  }
}

/** A result without its seconds, of which only the names are kept. */
function resultIn(folder: string, name: string): object {
  const { seconds, ...result } = JSON.parse(readFileSync(join(folder, `results/${name}.json`), "utf8"));
  return { ...result, parts: Object.keys(seconds) };
}

/** The curves of a folder's report, in the order of their titles. */
const curvesOf = (folder: string): readonly object[] =>
  [...curvesIn(folder)].sort((one, other) => (one.title < other.title ? -1 : 1));

const isRunning = async (url: string, file: string, who: string): Promise<void> => {
  const link = await openNats({ server: url, name: "watch" });
  for (let n = 0; ; n++) {
    const lines = (await queuesAt(link.connection)).flatMap(queueLines);
    if (lines.some((line) => line.includes(`running  ${file}  ${who}`))) break;
    if (n === 60) throw new Error(`expected ${who} at ${file}, got ${lines.join("\n")}`);
  }
  await link.connection.close();
};

describe("reproduce by workers", {
  "planar has the files of one process, but for seconds"() {
    return atServer(async ({ url, hire }) => {
      const [alone, many] = [temporary(), temporary()];
      const workers = [hire("a"), hire("b")];
      await reproduce({ ...options(alone, "planar"), report: true });
      const said: string[] = [];
      await byWorkers(url, many, "planar", { said });
      assert.equal(resultIn(many, "planar"), resultIn(alone, "planar"));
      for (const folder of ["pictures", "parts/planar"]) {
        assert.equal(readdirSync(join(many, folder)), readdirSync(join(alone, folder)));
      }
      for (const picture of readdirSync(join(alone, "pictures"))) {
        const bytes = (folder: string): Buffer => readFileSync(join(folder, "pictures", picture));
        assert.ok(bytes(many).equals(bytes(alone)), picture);
      }
      const made = workers.map((one) => one.text().match(/made parts/g)?.length ?? 0);
      assert.is(
        made.reduce((sum, n) => sum + n, 0),
        8,
        workers.map((one) => one.text()).join("\n"),
      );
      assert.ok(
        made.every((n) => n > 0),
        `parts made: ${made}`,
      );
      // The trainings of the workers have their curves.
      assert.ok(curvesOf(many).length > 0);
      assert.equal(curvesOf(many), curvesOf(alone));
      // Nothing is left at the server.
      const link = await openNats({ server: url, name: "look" });
      const { manager } = await openJetStream(link);
      const { streams } = await manager.getAccountInfo();
      assert.is(streams, 1);
      await link.connection.close();
    });
  },

  "a part that fails three times is reported, and the rest goes on, in spite of what others send"() {
    return atServer(async ({ url, hire, begun }) => {
      const folder = temporary();
      const said: string[] = [];
      const worker = hire("a");
      const link = await openNats({ server: url, name: "hostile" });
      const other = "fedcba9876543210";
      const subject = (n: number): string => SUBJECTS.job(fitOf(identity), other, `x${n}`);
      const running = byWorkers(url, folder, "fragile", { said });
      const failed = rejects(running, "parts/fragile/broken.json failed 3 times: a: this part is broken");
      await until(() => begun().length > 0, "a part");
      // Jobs that are none, and one that no experiment has.
      const stores = await openJetStream(link);
      await createFiles(stores, bucketOf(other));
      const job = { set: other, file: "parts/x/y.json", about: { experiment: "none" } };
      const jobs = [Uint8Array.of(6, 9, 9), encodeValue({ ...job, file: "../../x" }), encodeValue(job)];
      for (const [n, bytes] of jobs.entries()) await stores.client.publish(subject(n), bytes);
      const stranger = { ...identity, brenier: "0.0.1" } as Identity;
      const want = { worker: newId(), name: "old", identity: stranger as never };
      link.connection.publish(SUBJECT.want, encodeMessage(want));
      link.connection.publish(SUBJECTS.told("0123456789abcdef"), Uint8Array.of(1, 2, 3));
      await failed;
      assert.equal(readdirSync(join(folder, "parts/fragile")), ["fine.json"]);
      assert.equal([...begun()].sort(), ["broken", "broken", "broken", "fine"]);
      assert.ok(
        said.some((line) => line.includes("worker old gets no parts: expected brenier")),
        said.join("\n"),
      );
      await until(() => worker.text().includes("expected an experiment that this version has"), worker.text());
      assert.is(worker.text().match(/dropped a job that is none/g)?.length, 2, worker.text());
      await link.connection.close();
    });
  },

  "of two coordinators that begin at the same time at most one goes on"() {
    return atServer(async ({ url, hire }) => {
      hire("a");
      const both = await Promise.allSettled([0, 1].map(() => byWorkers(url, temporary(), "patient")));
      const refused = both.filter((each) => each.status === "rejected");
      assert.ok(refused.length > 0);
      for (const { reason } of refused) assert.match(reason.message, "expected no other coordinator of patient at");
    });
  },

  async "a worker without a part leaves nothing behind, not even one that is killed"() {
    await atServer(async ({ hire }) => {
      const tmp = temporary();
      const idle = hire("a", tmp);
      await until(() => idle.text().includes("a: ready"), "a worker");
      await sleep(1000);
      idle.kill("SIGKILL");
      await idle.ended;
      assert.equal(readdirSync(tmp), []);
    });
  },

  "no JetStream and a full object store have one line each"() {
    return atServer(async ({ url, hire }) => {
      const folder = temporary();
      hire("a");
      await rejects(byWorkers(url, folder, "large"), "expected room for parts/large/large.json of 40");
      const bare = await startNatsServer();
      const link = await openNats({ server: bare.url, name: "bare" });
      await rejects(openJetStream(link), "expected JetStream at 127.0.0.1:");
      await link.connection.close();
      await bare.remove();
    }, "max_file: 3MB");
  },

  async "the least rights of each role are enough"() {
    const keys = generateCredentials(temporary());
    const server = await startNatsServer({ conf: `${conf(temporary())}\n${keys.conf}`, env: keys.env });
    const trace = join(temporary(), "trace");
    const worker = program(script, [server.url, "a", temporary(), keys.worker], { env: { BRENIER_TRACE: trace } });
    await byWorkers(server.url, temporary(), "quick", { creds: keys.coordinator });
    worker.kill("SIGINT");
    assert.is((await worker.ended).code, 130, worker.text());
    await server.remove();
  },

  ...together({
    "a part of a worker that is killed is made by another, and one that is given back at once"() {
      return atServer(async ({ url, hire, begun }) => {
        const folder = temporary();
        const killed = hire("a");
        const running = byWorkers(url, folder, "patient", { patience: 1500 });
        await isRunning(url, "parts/patient/slow.json", "a");
        killed.kill("SIGKILL");
        // A second coordinator, while the first has nobody who could end its work.
        await rejects(byWorkers(url, temporary(), "patient"), "expected no other coordinator of patient at");
        const tmp = temporary();
        const stopped = hire("b", tmp);
        await isRunning(url, "parts/patient/slow.json", "b");
        assert.is(readdirSync(tmp).length, 1);
        hire("c");
        stopped.kill("SIGINT");
        assert.is((await stopped.ended).code, 130);
        assert.equal(readdirSync(tmp), []);
        await running;
        assert.equal([...begun()].sort(), ["fine", "last", "slow", "slow", "slow"]);
        assert.equal(readdirSync(join(folder, "parts/patient")), ["fine.json", "last.json", "slow.json"]);
      });
    },

    "a coordinator that stopped, and one that was killed, goes on where it was"() {
      return atServer(async ({ url, hire, begun }) => {
        const folder = temporary();
        hire("a");
        const stop = new AbortController();
        const stopped = byWorkers(url, folder, "patient", { signal: stop.signal });
        await isRunning(url, "parts/patient/slow.json", "a");
        stop.abort(new Error("enough"));
        await rejects(stopped, "enough");
        // Nobody hears of the part that is under way.
        await until(() => begun().includes("slow"), "a slow part");
        await sleep(3500);
        await byWorkers(url, folder, "patient");
        assert.equal([...begun()].sort(), ["fine", "last", "slow"]);
      });
    },

    "a server that is stopped and started twice loses no part and makes none a second time"() {
      return atServer(async ({ url, server, hire, begun }) => {
        const folder = temporary();
        const workers = [hire("a"), hire("b")];
        const running = byWorkers(url, folder, "patient", { patience: 4000 });
        await isRunning(url, "parts/patient/slow.json", "");
        await server.stop();
        await server.start();
        // The second time it is away when the part is done.
        await sleep(1000);
        await server.stop();
        await sleep(2500);
        await server.start();
        await running;
        assert.equal([...begun()].sort(), ["fine", "last", "slow"], workers.map((one) => one.text()).join("\n"));
        assert.equal(readdirSync(join(folder, "parts/patient")), ["fine.json", "last.json", "slow.json"]);
      });
    },
  }),
});
