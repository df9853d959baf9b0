// Workers that come, leave and are killed, and a server and a network that fail: the same bits.

import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { versions } from "../../../src/adapter/versions.ts";
import { Cluster } from "../../../src/cluster/cluster.ts";
import { connectNats } from "../../../src/cluster/nats.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { assigning, type CellCounter, counting, type OpenCounter } from "../../../src/ot/cells/counter.ts";
import { createProblem, gatherForDevice } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { normals } from "../../ot/instances.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { type Machine, type NatsServer, proxy, startNatsServer, until, worker } from "./machines.ts";

const gpu = await testEngine();
const problemOf = (count: number) =>
  gatherForDevice(
    createProblem(normals(count, 16, 2), { nu: Float64Array.from({ length: count }, (_, i) => 1 + (i % 3)) }),
  );

/** A counter whose counts of each draw must sum to its samples. */
function summing(open: OpenCounter, sums: { checked: number }): OpenCounter {
  const watched = (counter: CellCounter): CellCounter => {
    const { beside, ask } = counter;
    counter.beside = (targets, source) => watched(beside.call(counter, targets, source));
    counter.ask = async (question, parameter, draw, options) => {
      const answer = await ask.call(counter, question as never, parameter, draw, options);
      const counts =
        question.name === counting.name
          ? (answer as Float64Array)
          : question.name === assigning.name
            ? (answer as { readonly counts: Float64Array }).counts
            : undefined;
      if (counts !== undefined) {
        sums.checked++;
        assert.is(
          counts.reduce((sum, n) => sum + n, 0),
          draw.count,
        );
      }
      return answer as never;
    };
    return counter;
  };
  return (targets, source) => watched(open(targets, source));
}

interface Stage {
  readonly server: NatsServer;
  /** The way from all machines to the server. */
  readonly network: Awaited<ReturnType<typeof proxy>>;
  readonly said: readonly string[];
  /** Starts a worker and waits until it counts. */
  readonly hire: (name: string) => Promise<Machine>;
}

/** Does something while the ranges of the next step are under way. */
const soon = (what: () => unknown): void => void setTimeout(what, 3);

/**
 * Solves a problem by workers and compares all bits with one process. `act` is called and waited
 * for after each step.
 */
async function play(
  { steps, count = 400, first = ["a"] }: { steps: number; count?: number; first?: readonly string[] },
  act: (step: number, stage: Stage) => Promise<void> | undefined,
): Promise<void> {
  const problem = problemOf(count);
  const options = { chi2: 2e-3, seed: 3, maxSteps: steps };
  const expected = await solve(gpu, problem, options);
  const server = await startNatsServer();
  const said: string[] = [];
  const network = await proxy(server.port);
  const messenger = await connectNats({ server: network.url, name: "coordinator" });
  const cluster = new Cluster(messenger, {
    version: versions().brenier,
    patience: 1500,
    say: (line) => void said.push(line),
  });
  const hired: Machine[] = [];
  const hire = async (name: string): Promise<Machine> => {
    const one = worker(network.url, name);
    hired.push(one);
    await until(() => said.some((line) => line.includes(`worker ${name} counts`)), `worker ${name}: ${one.text()}`);
    return one;
  };
  const stage = { server, network, said, hire };
  const sums = { checked: 0 };
  try {
    await Promise.all(first.map((name) => hire(name)));
    let calls = 0;
    const onStep = () => act(calls++, stage);
    const solution = await solve(summing(cluster.open, sums), problem, { ...options, onStep });
    assert.equal(solution, expected);
    assert.ok(sums.checked >= steps, `${sums.checked} draws in ${steps} steps`);
    assert.match(cluster.note, / 0 wrong$/);
  } finally {
    for (const one of hired) one.kill("SIGKILL");
    await Promise.all(hired.map(({ ended }) => ended));
    await cluster.dispose();
    network.close();
    await server.remove();
  }
}

/** A random worker is killed every two seconds for a minute, and another comes. */
async function storm(): Promise<void> {
  const random = hostRandom(7, 0);
  const alive: Promise<Machine>[] = [];
  const begin = performance.now();
  const [steps, length] = [300, 60_000];
  let [kills, last] = [0, begin];
  await play({ steps, first: ["a", "b"] }, async (step, { hire }) => {
    if (alive.length === 0) for (const name of ["c", "d"]) alive.push(hire(name));
    if (step === steps - 1) await Promise.all(alive);
    else if (performance.now() - last > 2000) {
      last = performance.now();
      const [one] = alive.splice(Math.floor(random.uniform() * alive.length), 1);
      const victim = await one;
      soon(() => victim?.kill("SIGKILL"));
      alive.push(hire(`w${kills++}`));
    }
    // Steps are spread over the minute, however fast the machine is.
    await sleep(Math.max(0, begin + (length * step) / steps - performance.now()));
  });
  assert.ok(kills > 20, `${kills} kills`);
}

describe("cluster over NATS", {
  async "workers that join, leave and are killed: one, two and three count with the bits of one process"() {
    const machines = new Map<string, Machine>();
    await play({ steps: 120 }, async (step, { hire, said }) => {
      const join = async (name: string): Promise<unknown> => machines.set(name, await hire(name));
      if (step === 10) await Promise.all([join("b"), join("c")]);
      if (step === 30) soon(() => machines.get("b")?.kill("SIGKILL"));
      if (step === 50) soon(() => machines.get("c")?.kill("SIGINT"));
      if (step === 60) assert.is((await machines.get("c")?.ended)?.code, 130, machines.get("c")?.text());
      if (step === 70) await Promise.all([join("d"), join("e")]);
      if (step === 90) soon(() => machines.get("d")?.kill("SIGKILL"));
      if (step === 119) assert.is(said.length, 5, said.join("\n"));
    });
  },

  async "a server that is stopped and started twice"() {
    await play({ steps: 60, first: ["a", "b"] }, (step, { server }) => {
      if (step !== 20 && step !== 40) return;
      soon(async () => {
        await server.stop();
        await server.start();
      });
    });
  },

  async "a network that is cut for five seconds"() {
    await play({ steps: 40, first: ["a", "b"] }, (step, { network }) => {
      if (step === 20) soon(() => network.cut(5000));
      return undefined;
    });
  },

  // Seed 7. A minute.
  ...(process.env["BRENIER_DEEP"] === "1" && { "a storm: a random worker is killed every two seconds": storm }),
});
