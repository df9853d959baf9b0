import { sha256 } from "../files/sha256.ts";
import { type Identity, traitsOf } from "./identity.ts";

/** A name of all who are of one version and give the same bits. */
export const fitOf = (who: Identity): string => sha256(JSON.stringify([who.brenier, ...traitsOf(who)])).slice(0, 16);
