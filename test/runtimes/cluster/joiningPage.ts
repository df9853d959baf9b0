// Counts for a cluster in a page, and posts what it was told.
import { openGpu } from "../../../src/web.ts";
import { joining } from "./joining.ts";

const { fetch, location } = globalThis as unknown as {
  readonly fetch: (path: string, request: { readonly method: string; readonly body: string }) => Promise<unknown>;
  readonly location: { readonly search: string };
};
const post = (path: string, value: unknown) => fetch(path, { method: "POST", body: JSON.stringify(value) });

export async function joinAndPost(): Promise<void> {
  try {
    await post("/done", await joining(await openGpu(), location.search.slice(1).split(","), "page"));
  } catch (error) {
    await post("/failed", String((error as Error).stack ?? error));
  }
}
