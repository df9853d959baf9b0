import { fileURLToPath } from "node:url";

/** The project's folder, seen from where the compiled bench lies. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));
