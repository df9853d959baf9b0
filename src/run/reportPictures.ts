import { join } from "node:path";
import { isThere } from "../files/ownFile.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { powerOfTwo } from "../math/float64.ts";
import type { Picture } from "../report/data.ts";

/** Greatest size of a PNG that becomes part of a report, in bytes. */
const MOST = powerOfTwo(20);

/** Those of the named pictures that lie in `folder`. */
export function picturesIn(folder: string, named: readonly Omit<Picture, "png">[]): readonly Picture[] {
  return named.flatMap((each) => {
    const path = join(folder, each.file);
    if (!isThere(path)) return [];
    const bytes = readOwnBytes(path);
    return [{ ...each, png: bytes.length <= MOST ? bytes : undefined }];
  });
}
