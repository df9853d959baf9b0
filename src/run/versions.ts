import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Versions that a run's numbers depend on. */
export function versions(): Readonly<Record<"brenier" | "node" | "webgpu", string>> {
  const read = (path: string | URL): string => (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  return {
    brenier: read(new URL("../../package.json", import.meta.url)),
    node: process.versions.node,
    webgpu: read(createRequire(import.meta.url).resolve("webgpu/package.json")),
  };
}
