// `npm run cluster -- [--workers N] [--websocket]`: a cluster on this machine to try out. It starts
// a nats-server on loopback with generated credentials and workers, runs a small transport by them
// and by one process, compares the bytes, and ends all that it started. With --websocket the server
// also listens to pages of this machine, and stays until Ctrl-C.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { main, root, Stop } from "./command.mjs";
import { setup } from "./setup.mjs";

const USAGE = `npm run cluster -- [FLAGS]: a cluster on this machine to try out

  --workers N  how many workers count (default 2)
  --websocket  the server also listens to pages of this machine, and stays until Ctrl-C
  --help, -h   print this`;
const POINTS = 200;
const DIMENSION = 4;
const MOST_WORKERS = 64;

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

await main(async () => {
  const { workers, webSocket, help } = asked();
  if (help) {
    console.log(USAGE);
    return;
  }
  setup();
  // It needs packages, which the set-up installs.
  const { generateCredentials, startNatsServer } = await import("./nats-server.mjs");
  const folder = mkdtempSync(join(tmpdir(), "brenier-cluster-"));
  /** @type {import("./nats-server.mjs").NatsServer | undefined} */
  let server;
  const stop = () => void running.forEach((child) => void child.kill("SIGINT"));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  try {
    const { coordinator, worker, ...conf } = generateCredentials(folder);
    server = await startNatsServer({ ...conf, ...(webSocket && { webSocket: "no_tls: true" }) });
    console.log(`nats-server: ${server.url}, process ${server.pid()}, credentials for two roles in ${folder}`);
    writeFileSync(join(folder, "points.csv"), cloud());
    const at = ["--server", server.url, "--creds", worker];
    await run("doctor", "worker", [...at, "--doctor"]);
    const ends = Array.from({ length: workers }, (_, i) => {
      return start(`worker ${i + 1}`, "worker", [...at, "--name", `${i + 1}`]);
    });
    const job = [join(folder, "points.csv"), "--chi2", "0.1", "--seed", "1", "--no-report"];
    const by = ["--cluster", server.url, "--creds", coordinator, "--verify", "5%"];
    await run("coordinator", "transport", [...job, "--out", join(folder, "many"), ...by]);
    stop();
    await Promise.all(ends);
    await run("one process", "transport", [...job, "--out", join(folder, "one")]);
    const files = ["heights.npy", "masses.npy", "centres.npy"];
    const other = files.find((name) => !bytes(folder, "many", name).equals(bytes(folder, "one", name)));
    if (other !== undefined) throw new Stop(`cluster: expected ${other} with the bytes of one process, got others`);
    console.log(`${files.join(", ")}: the same bytes by ${workers} workers and by one process`);
    if (webSocket) await untilStopped(server, { coordinator, worker });
  } finally {
    stop();
    await Promise.all([...running].map((child) => once(child, "close")));
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

function asked() {
  let [given, webSocket, help] = ["", false, false];
  try {
    const { values } = parseArgs({
      options: {
        workers: { type: "string", default: "2" },
        websocket: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    [given, webSocket, help] = [values.workers, values.websocket, values.help];
  } catch (error) {
    throw new Stop(`cluster: ${/** @type {Error} */ (error).message}`, 2);
  }
  const workers = /^\d+$/.test(given) ? Number(given) : 0;
  if (workers >= 1 && workers <= MOST_WORKERS) return { workers, webSocket, help };
  throw new Stop(`cluster: expected \`--workers\` from 1 to ${MOST_WORKERS}, got ${given}`, 2);
}

/**
 * Leaves the server to pages until Ctrl-C.
 * @param {import("./nats-server.mjs").NatsServer} server
 * @param {{ coordinator: string, worker: string }} seeds files
 */
async function untilStopped({ url, webSocket }, { coordinator, worker }) {
  console.log(`pages: ${webSocket}, the seed is in ${worker}; their adapters differ from this program's, so`);
  console.log(`  node dist/transport.js POINTS --cluster ${url} --creds ${coordinator} --mixed`);
  console.log("Ctrl-C ends the server");
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
}

/** A file of a transport. @param {string} folder @param {string} out @param {string} name */
function bytes(folder, out, name) {
  return readFileSync(join(folder, out, name));
}

/** Points on a curve, one a line. */
function cloud() {
  const row = (/** @type {number} */ i) =>
    Array.from({ length: DIMENSION }, (_, k) => Math.sin((i * (k + 1)) / POINTS + k).toFixed(5)).join(",");
  return `${Array.from({ length: POINTS }, (_, i) => row(i)).join("\n")}\n`;
}

/**
 * Starts a built entry and prints its lines after its name; its exit code.
 * @param {string} name
 * @param {string} entry
 * @param {readonly string[]} args
 * @returns {Promise<number | null>}
 */
function start(name, entry, args) {
  const child = spawn(process.execPath, [join(root, "dist", `${entry}.js`), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.on("data", (data) => {
      const lines = `${rest}${data}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (!line.startsWith("Warning: max")) console.log(`${name}: ${line}`);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
}

/**
 * Runs a built entry to its end; a `Stop` where it fails.
 * @param {string} name
 * @param {string} entry
 * @param {readonly string[]} args
 */
async function run(name, entry, args) {
  const code = await start(name, entry, args);
  if (code !== 0) throw new Stop(`cluster: ${entry} ended with ${code}, see above`, code ?? 1);
}
