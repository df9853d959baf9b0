// Where the programs of other runtimes are.
import { existsSync } from "node:fs";
import { join } from "node:path";

const packages = join(process.cwd(), "test/runtimes/node_modules");

export const NODE_22: string = join(packages, "node22/bin/node");
export const NODE_24: string = join(packages, "node24/bin/node");
export const BUN: string = join(packages, ".bin/bun");
/** The program itself, since Deno's install script does not run. */
export const DENO: string = join(packages, "@deno/linux-x64-glibc/deno");

const first = (paths: readonly string[]): string => paths.find((path) => existsSync(path)) ?? (paths[0] as string);

export const CHROMIUM: string = first(["/usr/bin/chromium", "/usr/bin/google-chrome"]);
export const FIREFOX: string = first(["/usr/bin/firefox-esr", "/usr/bin/firefox"]);
