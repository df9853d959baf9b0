// Starts a nats-server for tests, benches and `npm run cluster`, in a temporary folder of its own.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nkeys } from "@nats-io/transport-node";
import { packages } from "./browsers.mjs";
import { root, Stop } from "./command.mjs";

const WAIT_MS = 10_000;

/**
 * A server under way. `stop` ends it; `start` starts it again under the same address, and `remove`
 * ends it and removes its folder.
 * @typedef {{
 *   url: string, port: number, webSocket: string, folder: string, pid: () => number | undefined,
 *   start: () => Promise<void>, stop: () => Promise<void>, remove: () => Promise<void>
 * }} NatsServer
 */

/** The program. Throws a `Stop` that says what to do where there is none. */
export function natsServer() {
  const found = packages["nats-server"].find((program) => existsSync(program));
  if (found !== undefined) return found;
  throw new Stop("cluster: expected nats-server, got none; run `apt-get install nats-server`, or see https://nats.io");
}

/**
 * Starts a server on 127.0.0.1 on a free port, unless `listen` is another address.
 * @param {{
 *   listen?: string, conf?: string, env?: Record<string, string>, folder?: string,
 *   webSocket?: string
 * }} [options] `conf` is added to its configuration, `env` to its environment; `folder` exists;
 *   `webSocket` has it listen to pages of this machine at a second port, as these settings say
 * @returns {Promise<NatsServer>}
 */
export async function startNatsServer({ listen = "127.0.0.1", conf = "", env = {}, ...options } = {}) {
  const { webSocket } = options;
  const program = natsServer();
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "brenier-nats-"));
  const path = join(folder, "server.conf");
  const log = join(folder, "server.log");
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  let ports = { nats: -1, webSocket: -1 };
  /** @type {Promise<unknown>} */
  let ended = Promise.resolve();

  const start = async () => {
    const pages = webSocket === undefined ? "" : `websocket { listen: "127.0.0.1:${ports.webSocket}", ${webSocket} }\n`;
    const text = `listen: "${listen}:${ports.nats}"\nports_file_dir: "${folder}"\nlog_file: "${log}"\n${pages}${conf}`;
    writeFileSync(path, text, { mode: 0o600 });
    const started = spawn(program, ["-c", path], { stdio: "ignore", env: { ...process.env, ...env } });
    child = started;
    ended = new Promise((resolve) => void started.once("exit", resolve));
    for (const begin = performance.now(); performance.now() - begin < WAIT_MS; await sleep(10)) {
      if (started.exitCode !== null) break;
      const found = portsIn(folder, started.pid);
      if (found === undefined) continue;
      ports = found;
      return;
    }
    throw new Error(`nats-server did not start: ${existsSync(log) ? readFileSync(log, "utf8") : "no log"}`);
  };
  const stop = async () => {
    child?.kill("SIGTERM");
    await ended;
  };
  const remove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  const { nats: port } = ports;
  const urls = { url: `nats://127.0.0.1:${port}`, webSocket: `ws://127.0.0.1:${ports.webSocket}` };
  return { ...urls, port, folder, pid: () => child?.pid, start, stop, remove };
}

/**
 * The ports in the file that the server writes; -1 where it does not listen.
 * @param {string} folder
 * @param {number | undefined} pid
 */
function portsIn(folder, pid) {
  const file = readdirSync(folder).find((name) => name.endsWith(`_${pid}.ports`));
  if (file === undefined) return undefined;
  try {
    const { nats, websocket } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const [first, second] = [nats, websocket].map((urls) => Number(urls === undefined ? -1 : new URL(urls[0]).port));
    return { nats: Number(first), webSocket: Number(second) };
  } catch {
    return undefined; // it is being written
  }
}

/**
 * What a server needs so that coordinator and workers each have their own credentials and the least
 * rights, by examples/cluster/accounts.conf. `coordinator` and `worker` are files with seeds.
 * @param {string} folder a folder of the caller's, for the files
 */
export function generateCredentials(folder) {
  /** @param {string} name */
  const user = (name) => {
    const key = nkeys.createUser();
    const file = join(folder, `${name}.nk`);
    writeFileSync(file, key.getSeed(), { mode: 0o600 });
    chmodSync(file, 0o600);
    return { file, key: key.getPublicKey() };
  };
  const [coordinator, worker] = [user("coordinator"), user("worker")];
  return {
    conf: readFileSync(join(root, "examples/cluster/accounts.conf"), "utf8"),
    env: { BRENIER_COORDINATOR: coordinator.key, BRENIER_WORKER: worker.key },
    coordinator: coordinator.file,
    worker: worker.file,
  };
}
