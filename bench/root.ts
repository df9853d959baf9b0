import { fileURLToPath } from "node:url";

/** The project's folder, relative to that of the compiled bench. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));
