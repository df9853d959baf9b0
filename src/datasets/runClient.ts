import { spawn } from "node:child_process";
import { homeFolder } from "../files/homeFolder.ts";
import { throwIfAborted } from "../kernels/signal.ts";

/** A download that takes longer than this is stopped. */
const timeLimitMs = 10 * 60_000;

export interface ClientOptions {
  readonly cwd: string;
  /**
   * Picks the part of the client's stderr to report; where it returns undefined, the exit code is
   * reported.
   */
  readonly reason: (said: string) => string | undefined;
  /** Once aborted, it ends the client. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs a package client.
 *
 * @throws Error naming the command and why it failed: it is missing, ends with a code, or takes
 *   more than ten minutes; the reason of an aborted signal.
 */
export async function runClient(
  program: string,
  args: readonly string[],
  { cwd, reason, signal }: ClientOptions,
): Promise<void> {
  throwIfAborted(signal);
  // Node starts no .cmd file without a shell (CVE-2024-27980); the arguments are fixed words, so a
  // shell changes nothing.
  const shell = process.platform === "win32";
  const child = spawn(shell ? `${program}.cmd` : program, args, {
    cwd,
    shell,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: timeLimitMs,
    signal,
    env: { ...process.env, LC_ALL: "C", HOME: homeFolder() ?? cwd }, // npm ends without a home
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk).slice(-10_000);
  });
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`${error.message}; is ${program} installed?`));
    child.on("close", (code, signal) => {
      resolve(code === 0 ? undefined : (reason(said) ?? `exit ${code ?? signal}`));
    });
  });
  throwIfAborted(signal);
  if (failure !== undefined) throw new Error(`${program} ${args.slice(0, 2).join(" ")} failed: ${failure}`);
}
