import { spawn } from "node:child_process";

/** A download that takes longer than this is given up. */
const timeLimitMs = 10 * 60_000;

/**
 * Runs a package client in the folder `cwd`.
 *
 * @param reason what to report of all that it wrote to stderr; its exit code where there is nothing
 *   to report.
 * @throws Error naming the command and why it failed: it is missing, ends with a code, or takes
 *   more than ten minutes.
 */
export async function runClient(
  program: string,
  args: readonly string[],
  cwd: string,
  reason: (said: string) => string | undefined,
): Promise<void> {
  // Node starts no .cmd file without a shell (CVE-2024-27980); the arguments are fixed words, so a
  // shell changes nothing.
  const shell = process.platform === "win32";
  const child = spawn(shell ? `${program}.cmd` : program, args, {
    cwd,
    shell,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: timeLimitMs,
    env: { ...process.env, LC_ALL: "C" },
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
  if (failure !== undefined) throw new Error(`${program} ${args.slice(0, 2).join(" ")} failed: ${failure}`);
}
