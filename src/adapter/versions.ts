import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { RELEASE } from "./release.ts";

/**
 * Versions of the software that a run's numbers depend on; `webgpu` is an optional package, and
 * "none" where it is not installed.
 */
export function versions(): Readonly<Record<"brenier" | "node" | "webgpu", string>> {
  const read = (path: string | URL): string => (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  return {
    brenier: RELEASE,
    node: process.versions.node,
    webgpu: webgpuVersion(read),
  };
}

function webgpuVersion(read: (path: string) => string): string {
  try {
    return read(createRequire(import.meta.url).resolve("webgpu/package.json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return "none";
  }
}

/** A file that is shipped with the package, by its path from the package's root. */
export const packageFile = (path: string): URL => new URL(path, ownPackage());

/** The package.json above this file, wherever the build put this file. */
function ownPackage(): URL {
  for (let at = new URL("package.json", import.meta.url); ; at = new URL("../package.json", at)) {
    if (existsSync(at) || at.href === new URL("../package.json", at).href) return at;
  }
}
