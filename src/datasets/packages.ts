import { debianFiles } from "./debianFiles.ts";
import { npmPack } from "./npmPack.ts";

/**
 * The package clients by which fetches reach the network; tests replace them and so need no
 * network. An aborted signal ends the client.
 */
export interface Packages {
  /** The gzipped tarball of the npm package `name@version`. */
  readonly npm: (spec: string, signal?: AbortSignal) => Promise<Uint8Array>;
  /** The files in `folder` of a Debian package, by name. */
  readonly debian: (name: string, folder: string, signal?: AbortSignal) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The user's own package clients. */
export const packages: Packages = { npm: npmPack, debian: debianFiles };
