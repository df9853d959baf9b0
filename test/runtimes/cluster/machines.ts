// Real servers, workers in processes of their own, and a network between them that can be cut.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Where it listens to pages. */
  readonly webSocket: string;
  readonly folder: string;
  readonly pid: () => number | undefined;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export interface Credentials {
  readonly conf: string;
  readonly env: Readonly<Record<string, string>>;
  /** Files with seeds. */
  readonly coordinator: string;
  readonly worker: string;
}

export const { startNatsServer, generateCredentials } = (await import(
  pathToFileURL(resolve("scripts/nats-server.mjs")).href
)) as {
  readonly startNatsServer: (options?: {
    readonly listen?: string;
    readonly conf?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly webSocket?: string;
  }) => Promise<NatsServer>;
  readonly generateCredentials: (folder: string) => Credentials;
};

const folders = new Set<string>();
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder, which is removed when the process ends. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "brenier-cluster-"));
  folders.add(folder);
  return folder;
}

const started = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

export interface Machine {
  readonly kill: (signal: NodeJS.Signals) => void;
  /** What it wrote, once it has ended, and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
  /** What it has written so far. */
  readonly text: () => string;
}

/** Starts a built entry, such as "worker", with one thread of the CPU driver. */
export const machine = (entry: string, args: readonly string[], options: Surroundings = {}): Machine =>
  program(resolve("dist", `${entry}.js`), args, options);

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a script in the same way. */
export function program(
  path: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: Surroundings = {},
): Machine {
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    env: { ...process.env, LP_NUM_THREADS: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  let text = "";
  const add = (data: Buffer): void => {
    text += data;
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  const plain = (): string => text.replace(/^Warning: max.*\n/gm, "");
  const ended = new Promise<{ code: number | null; text: string }>((done) => {
    child.once("close", (code) => {
      started.delete(child);
      done({ code, text: plain() });
    });
  });
  return { kill: (signal) => void child.kill(signal), ended, text: plain };
}

export const worker = (url: string, name: string, ...more: string[]): Machine =>
  machine("worker", ["--server", url, "--name", name, ...more]);

/** Waits for what comes within three minutes, on a machine that is busy with others as well. */
export async function until(isThere: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < 9000; n++, await sleep(20)) if (isThere()) return;
  throw new Error(`expected ${what} within three minutes`);
}

/** A way to a port of this machine that can be cut for a while. */
export async function proxy(port: number): Promise<{
  readonly url: string;
  readonly cut: (ms: number) => Promise<void>;
  readonly close: () => void;
}> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address() as { readonly port: number };
  return {
    url: `nats://127.0.0.1:${address.port}`,
    async cut(ms) {
      isCut = true;
      for (const socket of open) socket.destroy();
      await sleep(ms);
      isCut = false;
    },
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
