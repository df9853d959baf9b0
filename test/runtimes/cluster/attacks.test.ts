// Servers that are missing, wrong or strange, rights, and machines that mean harm.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import * as assert from "uvu/assert";
import { versions } from "../../../src/adapter/versions.ts";
import { Cluster } from "../../../src/cluster/cluster.ts";
import { encodeMessage, newId, SUBJECT } from "../../../src/cluster/messages.ts";
import { connectNats } from "../../../src/cluster/nats.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { counting } from "../../../src/ot/cells/counter.ts";
import { normals } from "../../ot/instances.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { generateCredentials, machine, type NatsServer, startNatsServer, temporary, until } from "./machines.ts";

const gpu = await testEngine();
const folder = temporary();
const credentials = generateCredentials(folder);
const open = (server: string, creds?: string, insecure?: boolean) =>
  connectNats({ server, creds, insecure, name: "test" });

async function withServer(
  options: Parameters<typeof startNatsServer>[0],
  body: (server: NatsServer) => Promise<void>,
): Promise<void> {
  const server = await startNatsServer(options);
  try {
    await body(server);
  } finally {
    await server.remove();
  }
}

/** A client that says whatever it likes with a role's credentials. */
const intruder = ({ port }: NatsServer, creds: string): Promise<NatsConnection> =>
  connect({ servers: `127.0.0.1:${port}`, authenticator: nkeyAuthenticator(readFileSync(creds)) });

/** Counts of 60 cells by a worker process, while `meanwhile` goes on. */
async function counted(
  server: NatsServer,
  meanwhile: (run: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const one = machine("worker", ["--server", server.url, "--name", "a", "--creds", credentials.worker]);
  const cluster = new Cluster(await open(server.url, credentials.coordinator), { version: versions().brenier });
  try {
    const targets = normals(60, 16, 2);
    using cells = new Cells(gpu, targets);
    using remote = cluster.open(targets, "gaussian");
    const draw = { seed: 1, stream: 3, first: 0, count: 300_000 };
    for (const each of [cells, remote]) each.setHeights(new Float64Array(60));
    const expected = await cells.count(draw);
    const asked = remote.ask(counting, undefined, draw);
    await meanwhile(cluster.run);
    assert.equal(await asked, expected, one.text());
  } finally {
    await cluster.dispose();
    one.kill("SIGKILL");
    await one.ended;
  }
}

describe("a cluster in bad company", {
  async "has one clear line and the exit code for servers and credentials that are wrong"() {
    const doctor = (...args: string[]) => machine("worker", ["--doctor", ...args]).ended;
    await withServer(credentials, async ({ url, port }) => {
      const text = (name: string, content: string): string => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      const foreign = generateCredentials(temporary()).worker;
      await rejects(open(url), `cluster: expected credentials that 127.0.0.1:${port} takes, got none`);
      await rejects(open(url, foreign), `takes, got those in ${foreign}`);
      await rejects(open(url, text("x.nk", "hello")), "x.nk: expected a .creds file or the seed of a user's nkey");
      await rejects(open(`tls://127.0.0.1:${port}`, credentials.worker), `expected TLS at 127.0.0.1:${port}, got none`);
      // An address by which this machine is reached and that does not look like this machine.
      await rejects(open(`nats://127.1:${port}`), "expected credentials for 127.1");
      await rejects(open(`nats://127.1:${port}`, credentials.worker), `expected TLS at 127.1:${port}, got none`);
      await (await open(`nats://127.1:${port}`, credentials.worker, true)).close();
      const cluster = new Cluster(await open(url, credentials.worker), { version: versions().brenier });
      using cells = cluster.open(normals(60, 16, 2), "gaussian");
      const asked = () => cells.ask(counting, undefined, { seed: 1, stream: 3, first: 0, count: 512 });
      for (let times = 0; times < 2; times++)
        await rejects(asked(), "expected the right to a subject, got permissions");
      await cluster.dispose();
      for (const [code, line, ...args] of [
        [2, "expected nats://HOST:PORT or tls://HOST:PORT, got http://x", "--server", "http://x"],
        [2, "expected nats://HOST:PORT or tls://HOST:PORT, got nats://x/y", "--server", "nats://x/y"],
        [2, "without a password in its address; give --creds FILE", "--server", "nats://u:p@127.0.0.1:4222"],
        [4, "/nonexistent: expected a file with credentials, got none", "--server", url, "--creds", "/nonexistent"],
        [1, "expected a NATS server at 127.0.0.1:1, got none (ECONNREFUSED)", "--server", "nats://127.0.0.1:1"],
      ] as const) {
        const ended = await doctor(...args);
        assert.is(ended.code, code, ended.text);
        assert.is(ended.text.trimEnd().split("\n").length, 1, ended.text);
        assert.match(ended.text, line);
      }
      const { code, text: all } = await doctor("--server", url, "--creds", credentials.worker);
      assert.is(code, 0, all);
      for (const line of ["server       nats-server", "round trip", "streams", "score bits"]) assert.match(all, line);
    });
  },

  async "ends where the server hangs, and with the error of whoever listens"() {
    await withServer({}, async (server) => {
      const [one, other, idle] = await Promise.all([open(server.url), open(server.url), open(server.url)]);
      one.listen("x", () => {
        throw new Error("not understood");
      });
      await one.flush();
      other.publish("x", Uint8Array.of(1));
      assert.is((await one.lost).message, "not understood");
      // The client still hears its server, so that it can end.
      await Promise.all([one.close(), other.close()]);
      process.kill(server.pid() as number, "SIGSTOP");
      await sleep(100); // all its threads
      try {
        const late = sleep(20_000, "late", { ref: false });
        assert.is(await Promise.race([idle.close().then(() => "closed"), late]), "closed");
      } finally {
        process.kill(server.pid() as number, "SIGCONT");
      }
    });
  },

  async "takes TLS only with a certificate that is trusted, and of that host"() {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const args = ["req", "-x509", ...curve, "-nodes", "-days", "2", ...subject, "-keyout", key, "-out", cert];
    execFileSync("openssl", args, { stdio: "ignore" });
    await withServer({ conf: `tls { cert_file: "${cert}", key_file: "${key}" }\n` }, async ({ port }) => {
      await rejects(
        open(`tls://localhost:${port}`),
        `expected a certificate for localhost:${port} that this machine trusts`,
      );
      const doctor = (host: string) =>
        machine("worker", ["--doctor", "--server", `tls://${host}:${port}`], { env: { NODE_EXTRA_CA_CERTS: cert } })
          .ended;
      const [right, wrong] = await Promise.all([doctor("localhost"), doctor("127.0.0.1")]);
      assert.is(right.code, 0, right.text);
      assert.match(right.text, "TLS          yes");
      assert.is(wrong.code, 1, wrong.text);
      assert.match(wrong.text, "does not match certificate");
    });
  },

  async "names the setting where messages may not be large enough, and goes by small ones"() {
    await withServer({ conf: "max_payload: 1000\n" }, ({ url, port }) =>
      rejects(open(url), `expected \`max_payload\` of 127.0.0.1:${port} of at least 4096, got 1000`),
    );
    await withServer({ ...credentials, conf: `max_payload: 4096\n${credentials.conf}` }, (server) => counted(server));
  },

  async "lets nobody say or hear more than the role needs"() {
    await withServer(credentials, async (server) => {
      const id = newId();
      const [worker, coordinator] = [
        [SUBJECT.want, SUBJECT.need(id), SUBJECT.answer(id)],
        [SUBJECT.to(id), SUBJECT.piece(id)],
      ];
      for (const [creds, says, hears, foreign] of [
        [credentials.worker, worker, coordinator, "$JS.API.STREAM.DELETE.BRENIER_JOBS"],
        [credentials.coordinator, coordinator, worker, "$SYS.REQ.SERVER.PING"],
      ] as const) {
        const client = await intruder(server, creds);
        const refused: string[] = [];
        void (async () => {
          for await (const status of client.status()) {
            if (status.type === "error") refused.push(status.error.message.toLowerCase());
          }
        })();
        const callback = (): void => undefined;
        for (const subject of says) client.publish(subject, "x");
        for (const subject of hears) client.subscribe(subject, { callback });
        await client.flush();
        await sleep(20);
        assert.equal(refused, []);
        const [never, unheard] = [
          [...hears, "other", foreign],
          [...says, ">", "brenier.>", "$SYS.>", "$JS.>"],
        ];
        for (const subject of never) client.publish(subject, "x");
        for (const subject of unheard) client.subscribe(subject, { callback });
        await client.flush();
        await until(() => refused.length >= never.length + unheard.length, "as many refusals");
        for (const subject of never)
          assert.ok(refused.some((line) => line.includes(`publish to "${subject.toLowerCase()}"`)));
        for (const subject of unheard)
          assert.ok(
            refused.some((line) => line.includes(`subscription to "${subject.toLowerCase()}"`)),
            subject,
          );
        await client.close();
      }
    });
  },

  async "counts right among hostile messages, and takes no memory by what they claim"() {
    // Seed 9; counts are whole, so that there is no tolerance.
    const random = hostRandom(9, 0);
    const upTo = (n: number): number => Math.floor(n * random.uniform());
    await withServer(credentials, (server) =>
      counted(server, async (run) => {
        const client = await intruder(server, credentials.worker);
        const before = process.memoryUsage().rss;
        const subjects = [SUBJECT.want, SUBJECT.need(run), SUBJECT.answer(run)];
        for (let n = 0; n < 3000; n++) {
          const bytes = Uint8Array.of(1, 2, 3);
          const worker = newId();
          const message = [
            encodeMessage({ worker, number: upTo(40), at: 0, size: 2 ** 40, bytes }),
            encodeMessage({ worker, number: upTo(40), at: upTo(9), size: 9, bytes }),
            encodeMessage({ worker, number: upTo(40), error: "x".repeat(upTo(2000)) }),
            encodeMessage({ worker, name: "x".repeat(upTo(90)), identity: { brenier: versions().brenier } }),
            encodeMessage({ digest: "ab".repeat(32), at: 2 ** 50 }),
            Uint8Array.from({ length: upTo(300) }, () => upTo(256)),
          ][n % 6] as Uint8Array;
          if (upTo(3) === 0 && message.length > 0) message[upTo(message.length)] = upTo(256);
          client.publish(subjects[upTo(3)] as string, message);
          if (n % 100 === 0) await client.flush();
        }
        await client.flush();
        await client.close();
        const grown = process.memoryUsage().rss - before;
        assert.ok(grown <= 100e6, `${grown} bytes`);
      }),
    );
  },
});
