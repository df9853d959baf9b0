import { spawn } from "node:child_process";
import { join } from "node:path";

const root = process.cwd();

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a built entry such as "train" in `folder`. Dawn's own warnings are left out of `err`;
 * `onError` receives stderr as it arrives.
 */
export function command(
  folder: string,
  entry: string,
  args: readonly string[],
  {
    env = {},
    onStart,
    onError,
  }: {
    env?: Record<string, string>;
    onStart?: (kill: (signal?: NodeJS.Signals) => void) => void;
    onError?: (text: string, kill: (signal?: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "dist", `${entry}.js`), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = (signal: NodeJS.Signals = "SIGINT"): void => void child.kill(signal);
    onStart?.(kill);
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data;
      onError?.(err, kill);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err: err.replace(/^Warning: max.*\n/gm, "") }));
  });
}
