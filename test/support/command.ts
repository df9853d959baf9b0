import { spawn } from "node:child_process";
import { join } from "node:path";

const root = process.cwd();

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a built entry such as "train" in `folder`; Dawn's own warnings are left out of `err`. `onError` sees stderr as it comes. */
export function command(
  folder: string,
  entry: string,
  args: readonly string[],
  { env = {}, onError }: { env?: Record<string, string>; onError?: (text: string, kill: () => void) => void } = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "dist", `${entry}.js`), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data;
      onError?.(err, () => child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: err.replace(/^Warning: max.*\n/gm, "") }));
  });
}
