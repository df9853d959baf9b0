// `brenier/cluster`: a page of Chromium and a program of Deno count for coordinators in Node.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { versions } from "../../../src/adapter/versions.ts";
import { Cluster } from "../../../src/cluster/cluster.ts";
import { connectNats } from "../../../src/cluster/nats.ts";
import { counting } from "../../../src/ot/cells/counter.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { inBrowser } from "../browsers.ts";
import { DENO } from "../programs.ts";
import { DRAW, HEIGHTS, type Joined, TARGETS } from "./joining.ts";
import { generateCredentials, type NatsServer, startNatsServer, temporary } from "./machines.ts";

const { bundle } = (await import(pathToFileURL(resolve("scripts/bundle.mjs")).href)) as {
  readonly bundle: (program: string) => Promise<string>;
};
const folder = temporary();
const credentials = generateCredentials(folder);
/** A seed that the server takes, and one that it does not. */
const seeds = [credentials, generateCredentials(temporary())].map(({ worker }) => readFileSync(worker, "utf8").trim());
const built = resolve(".test-build/test/runtimes/cluster");

/** Counts of the draw by whoever there is, until `isEnough`. */
async function counted(
  server: NatsServer,
  { signal, ...options }: { readonly version?: string; readonly mixed?: boolean; readonly signal?: AbortSignal },
  isEnough: (cluster: Cluster, said: readonly string[]) => boolean,
): Promise<{ readonly counts: readonly number[]; readonly note: string; readonly said: readonly string[] }> {
  const said: string[] = [];
  const messenger = await connectNats({ server: server.url, creds: credentials.coordinator, name: "coordinator" });
  const version = versions().brenier;
  const cluster = new Cluster(messenger, { version, say: (line) => void said.push(line), ...options });
  try {
    using cells = cluster.open(TARGETS, "gaussian");
    cells.setHeights(HEIGHTS);
    let counts: Float64Array;
    do {
      // Two at a time, so that each of two workers has one.
      const both = [0, 1].map(() => cells.ask(counting, undefined, DRAW, { signal }));
      [counts = new Float64Array()] = await Promise.all(both);
    } while (!isEnough(cluster, said));
    return { counts: [...counts], note: cluster.note, said };
  } finally {
    await cluster.dispose();
  }
}

/** Share of the samples that lie in other cells. */
const distance = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, count, i) => sum + Math.abs(count - (other[i] as number)), 0) / 2 / DRAW.count;

/** What is told of each server and its credentials that `joining` tries in vain. */
const ERRORS = [
  "cluster: expected ws://HOST:PORT or wss://HOST:PORT, got nats://127.0.0.1:4222",
  "cluster: expected a server without a password in its address; give `creds`",
  "cluster: expected credentials for 192.0.2.1, which is another machine, got none; give `creds`, or `insecure`",
  "cluster: expected TLS at 192.0.2.1, got none; configure `tls` there, or give ws://… and `insecure`",
  "cluster: expected a NATS server at 127.0.0.1:1, got none",
  "takes, got none",
  "creds: expected a .creds file or the seed of a user's nkey, SU…, got something else",
  "takes, got those in creds",
  "joinCluster: expected a `name` of 1 to 100 characters, got 101",
  "cluster: expected ws://HOST:PORT or wss://HOST:PORT, got ws://127.0.0.1:",
  "joinCluster: expected a string as `creds`, got 5",
  "joinCluster: expected a `name` of 1 to 100 characters, got 0",
  "joinCluster: expected a boolean as `insecure`, got the text",
  "joinCluster: expected a function as `onMessage`, got the text",
];

describe("a page as a worker", {
  async "is built from examples/cluster/page, with the client that its package.json names"() {
    const example = "examples/cluster/page";
    const { dependencies } = JSON.parse(readFileSync(`${example}/package.json`, "utf8"));
    const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.is(dependencies["@nats-io/nats-core"], peerDependencies["@nats-io/nats-core"]);
    const page = readFileSync(`${example}/index.html`, "utf8");
    for (const [, name = ""] of page.matchAll(/name="(\w+)"/g)) assert.ok(["server", "creds"].includes(name), name);
    assert.match(page, 'src="main.js"');
    assert.match(await bundle(readFileSync(`${example}/main.js`, "utf8")), "joinCluster: expected");
  },

  async "counts with its bits, alone and beside Deno, and is told why it is refused"() {
    const server = await startNatsServer({ ...credentials, webSocket: "no_tls: true" });
    try {
      const from = JSON.stringify(join(built, "joiningPage.js"));
      const program = `import { joinAndPost } from ${from};\nawait joinAndPost();`;
      writeFileSync(join(folder, "page.js"), await bundle(program));
      const place = `/page/?${[server.webSocket, ...seeds].join()}`;
      const end = new AbortController();
      const { signal } = end;
      const stop = (error: unknown): void => end.abort(error);
      const page = inBrowser("chromium", { "/": folder }, place, "ws://127.0.0.1:*") as Promise<Joined>;
      page.catch(stop);
      const alone = await counted(server, { signal }, () => true);
      // The page comes back to a server that was away.
      await server.stop();
      await server.start();
      const args = ["run", "-A", "--no-lock", join(built, "joiningDeno.js"), server.webSocket, ...seeds];
      const start = async (): Promise<Joined> => JSON.parse((await promisify(execFile)(DENO, args)).stdout);
      let deno: Promise<Joined> | undefined;
      const strict = await counted(server, { signal }, (_, said) => {
        // The page is the first, whose bits the other lacks.
        deno ??= start();
        deno.catch(stop);
        return said.some((line) => line.includes("worker deno is refused: "));
      });
      let rounds = 0;
      const mixed = await counted(server, { signal, mixed: true }, ({ isMixed }) => isMixed && ++rounds > 10);
      // A coordinator of another version refuses both, at which they end.
      const never = counted(server, { signal, version: "0.0.1" }, () => true);
      const [inPage, inDeno] = (await Promise.all([page, deno])) as [Joined, Joined];
      end.abort(new Error("enough"));
      await rejects(never, "enough");
      // The bits of each device alone, and where both counted nearly the same.
      assert.equal(alone.counts, inPage.counts);
      assert.equal(strict.counts, inPage.counts);
      for (const [name, end] of Object.entries({ page: inPage, deno: inDeno })) {
        assert.is(end.end, "enough", name);
        assert.ok(end.progress.ranges >= 1, `${name}: ${end.progress.ranges} ranges`);
        assert.is(end.progress.samples, end.progress.ranges * DRAW.count, name);
        assert.ok(end.told.some((line) => line === `refused: expected brenier 0.0.1, got ${versions().brenier}`));
        for (const [i, expected] of ERRORS.entries()) assert.match(end.errors[i] ?? "", expected, name);
      }
      assert.match(mixed.note, "adapters differ: statistics, not bits");
      for (const counts of [mixed.counts, inDeno.counts]) assert.ok(distance(counts, inPage.counts) <= 0.01);
    } finally {
      await server.remove();
    }
  },
});
