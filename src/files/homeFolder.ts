import { homedir } from "node:os";
import { isAbsolute } from "node:path";

/**
 * The user's home folder; undefined where there is none, as in containers that run under a number
 * that no user has.
 *
 * @param find for tests only.
 */
export function homeFolder(find: () => string = homedir): string | undefined {
  try {
    const home = find();
    return isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}
