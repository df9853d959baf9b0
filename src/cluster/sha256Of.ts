import { host } from "../adapter/web/host.ts";

/**
 * The SHA-256 of bytes as 64 hex digits, in every runtime. Coordinators, which run in Node alone
 * and need the name of what they lend at once, take `files/sha256.ts`.
 */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await host.crypto.subtle.digest("SHA-256", bytes)));
}

/** Bytes in hex digits. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
