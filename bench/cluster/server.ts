import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A nats-server on loopback, at a free port, with a folder of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** Ends it by its own pid and removes its folder. */
  readonly stop: () => Promise<void>;
}

const ports = (folder: string): string | undefined => {
  const file = readdirSync(folder).find((name) => name.endsWith(".ports"));
  try {
    return (JSON.parse(readFileSync(join(folder, file ?? ""), "utf8")) as { readonly nats: readonly string[] }).nats[0];
  } catch {
    return undefined; // not yet, or not yet whole
  }
};

/** Starts a nats-server; `more` is added to its configuration. */
export async function startServer(more = ""): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-nats-"));
  const config = join(folder, "server.conf");
  writeFileSync(config, `listen: "127.0.0.1:-1"\nports_file_dir: "${folder}"\nlog_file: "${folder}/log"\n${more}\n`);
  const child: ChildProcess = spawn("nats-server", ["-c", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  child.once("exit", (code) => {
    failure ??= new Error(`nats-server: expected a start, got its end with ${code}; see ${folder}/log`);
  });
  for (;;) {
    const url = ports(folder);
    if (url !== undefined && child.pid !== undefined) {
      const stop = async (): Promise<void> => {
        child.kill("SIGTERM");
        await ended;
        rmSync(folder, { recursive: true, force: true });
      };
      return { url, pid: child.pid, stop };
    }
    if (failure !== undefined) throw failure;
    await sleep(10);
  }
}
