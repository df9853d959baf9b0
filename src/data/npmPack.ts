import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A download that takes longer than this is given up. */
const timeLimitMs = 10 * 60_000;

/**
 * The tarball of a package, fetched by the user's own npm (its registry, proxy and cache) without installing anything.
 *
 * @param spec `name@version`; a fixed string of the program, never input.
 * @throws Error with npm's error code if npm is missing, fails, or takes more than ten minutes.
 */
export async function npmPack(spec: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-pack-"));
  try {
    await runNpm(
      ["pack", spec, "--ignore-scripts", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"],
      folder,
    );
    const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error(`npm pack ${spec} wrote no archive`);
    return readFileSync(join(folder, archive));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runNpm(args: readonly string[], cwd: string): Promise<void> {
  // Node starts no .cmd file without a shell (CVE-2024-27980); the arguments are fixed words, so a shell changes nothing.
  const windows = process.platform === "win32";
  const child = spawn(windows ? "npm.cmd" : "npm", args, {
    cwd,
    shell: windows,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: timeLimitMs,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk).slice(-10_000);
  });
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`${error.message}; is npm installed?`));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(/npm (?:error|ERR!) code (\S+)/.exec(said)?.[1] ?? `exit ${code ?? signal}`);
    });
  });
  if (failure !== undefined) throw new Error(`npm ${args.slice(0, 2).join(" ")} failed: ${failure}`);
}
