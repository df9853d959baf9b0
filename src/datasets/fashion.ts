import { pause } from "../adapter/pause.ts";
import { gunzip } from "../codecs/gzip.ts";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";
import type { DataFile } from "./dataFile.ts";
import type { Packages } from "./packages.ts";

/**
 * The four files of Fashion-MNIST, unpacked, with their canonical SHA-256. Their names and format
 * are those of MNIST.
 */
export const fashionFiles: readonly DataFile[] = [
  {
    name: "train-images-idx3-ubyte",
    sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  },
  {
    name: "train-labels-idx1-ubyte",
    sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  },
  {
    name: "t10k-images-idx3-ubyte",
    sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  },
  {
    name: "t10k-labels-idx1-ubyte",
    sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  },
];

/** The Debian and Ubuntu package that holds them. */
export const fashionPackage = "dataset-fashion-mnist";

const sourceFolder = "usr/share/datasets/fashion-mnist";

/**
 * The files of `fashionPackage` by name. Debian compresses them anew, so only the unpacked bytes
 * are canonical.
 */
export async function obtainFashion(
  { debian }: Packages,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const packed = await debian(fashionPackage, sourceFolder, signal);
  const files = new Map<string, Uint8Array>();
  for (const { name } of fashionFiles) {
    await pause(signal);
    const bytes = packed.get(`${name}.gz`);
    if (bytes === undefined) {
      throw new DataError(`fetch: ${fashionPackage}: expected ${sourceFolder}/${name}.gz inside, got none`);
    }
    files.set(name, gunzip(bytes, `${name}.gz`, { maxBytes: powerOfTwo(28) }));
  }
  return files;
}
