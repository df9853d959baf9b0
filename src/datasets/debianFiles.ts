import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runClient } from "./runClient.ts";

/**
 * The files in `folder` of a package of Debian or Ubuntu, by name: fetched by apt, which verifies
 * it against the archive's signature, and unpacked into a temporary folder. Installs nothing and
 * needs no root.
 *
 * @param name a fixed string of the program, never input.
 * @throws Error with the client's own words if apt-get or dpkg-deb is missing, fails, or takes more
 *   than ten minutes; the reason of an aborted signal.
 */
export async function debianFiles(
  name: string,
  folder: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const temporary = mkdtempSync(join(tmpdir(), "brenier-deb-"));
  const reason = (said: string): string | undefined => {
    const [, words] = /^(?:E|dpkg-deb: error): (.+)$/m.exec(said) ?? [];
    return words === undefined ? undefined : `${words}${/locate package/.test(words) ? "; run `apt-get update`" : ""}`;
  };
  const options = { cwd: temporary, reason, signal };
  try {
    await runClient("apt-get", ["download", name], options);
    const archive = readdirSync(temporary).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new Error(`apt-get download ${name} wrote no package`);
    await runClient("dpkg-deb", ["-x", archive, "unpacked"], options);
    const from = join(temporary, "unpacked", folder);
    return new Map(readdirSync(from).map((file) => [file, readFileSync(join(from, file))]));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
