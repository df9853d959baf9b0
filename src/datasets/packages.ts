import { debianFiles } from "./debianFiles.ts";
import { npmPack } from "./npmPack.ts";

/**
 * What fetches reach the outside by; tests put their own in place, so that they need no network.
 */
export interface Packages {
  /** The gzipped tarball of the npm package `name@version`. */
  readonly npm: (spec: string) => Promise<Uint8Array>;
  /** The files in `folder` of a Debian package, by name. */
  readonly debian: (name: string, folder: string) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The user's own package clients. */
export const packages: Packages = { npm: npmPack, debian: debianFiles };
