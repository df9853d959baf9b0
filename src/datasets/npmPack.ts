import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { homeFolder } from "../files/homeFolder.ts";
import { runClient } from "./runClient.ts";

/**
 * The tarball of a package, fetched by the user's own npm (its registry, proxy and cache) without
 * installing anything.
 *
 * @param spec `name@version`; a fixed string of the program, never input.
 * @throws Error with npm's error code if npm is missing, fails, or takes more than ten minutes; the
 *   reason of an aborted signal.
 */
export async function npmPack(spec: string, signal?: AbortSignal): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-pack-"));
  try {
    await runClient(
      "npm",
      [
        "pack",
        spec,
        "--ignore-scripts",
        "--fetch-retry-mintimeout=1000",
        "--fetch-retry-maxtimeout=4000",
        ...(hasCache() ? [] : ["--cache", join(folder, "cache")]),
      ],
      { cwd: folder, signal, reason: (said) => /npm (?:error|ERR!) code (\S+)/.exec(said)?.[1] },
    );
    const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error(`npm pack ${spec} wrote no archive`);
    return readFileSync(join(folder, archive));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether npm, which ends where it cannot write its cache, has a place for it. */
function hasCache(): boolean {
  try {
    accessSync(homeFolder() ?? "", constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
