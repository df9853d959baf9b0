import { createRequire } from "node:module";
import { optionalPackage } from "../files/optionalPackage.ts";

const require = createRequire(import.meta.url);

/** The package pngjs, which is optional. MissingPackageError where it is not installed. */
export const pngjs = (): typeof import("pngjs") =>
  optionalPackage("pngjs", "PNG pictures", () => require("pngjs") as typeof import("pngjs"));
