// Where a record comes from: files that were dropped, or the run that is served.
import { runFile } from "../../shell/run.ts";

export interface Source {
  readonly name: string;
  /** Length of the record in bytes, where it is known. */
  readonly bytes: number | undefined;
  open(signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** The text of a kernel as it ran, by its digest; undefined where the source has none. */
  text(digest: string, signal: AbortSignal): Promise<string | undefined>;
}

const RECORD = "audit.jsonl";

/** The record among dropped files. Error where there is none. */
export function droppedSource(files: readonly File[]): Source {
  const record = files.find(({ name }) => name === RECORD) ?? files.find(({ name }) => name.endsWith(".jsonl"));
  if (record === undefined) {
    const got = files.length === 1 ? files[0]?.name : files.length === 0 ? "none" : `${files.length} others`;
    throw new Error(`files: expected audit.jsonl of a run, got ${got}; record a run with --audit, and drop its folder`);
  }
  const texts = new Map(files.map((file) => [file.name, file]));
  return {
    name: record.name,
    bytes: record.size,
    open: async () => record.stream(),
    text: async (digest) => texts.get(`${digest}.wgsl`)?.text(),
  };
}

/** The record of the run that is served. */
export const servedSource = (name: string): Source => ({
  name,
  bytes: undefined,
  async open(signal) {
    const { body } = await runFile(RECORD, signal);
    if (body === null) throw new Error("run: expected a record, got nothing");
    return body;
  },
  text: async (digest, signal) => (await runFile(`audit/${digest}.wgsl`, signal)).text(),
});

/** Whether a text has the digest that a record names: the first 16 hex digits of its SHA-256. */
export async function hasDigest(text: string, digest: string): Promise<boolean> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const hex = Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === digest;
}
