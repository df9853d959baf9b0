// The bench's side of a peer's process.
import { readFileSync } from "node:fs";
import type { Arrays, Case } from "../case.ts";
import { Child } from "../child.ts";
import type { Sample } from "../measure.ts";

/**
 * The two ways to wait for a peer: as it does by itself, and with this library's naps between
 * polls.
 */
type Wait = "shipped" | "napping";

export type Request =
  | {
      readonly do: "prepare";
      readonly peer: string;
      readonly name: string;
      readonly shape: string;
      readonly folder: string;
    }
  | { readonly do: "time"; readonly wait: Wait; readonly budget: number };
export type Answer =
  | { readonly results: Readonly<Record<string, string>> }
  | { readonly samples: readonly Sample[] }
  | { readonly notLoaded: string }
  | { readonly error: string };

/** Thrown when a peer has no times: it cannot be loaded at all, or something else went wrong. */
export class PeerError extends Error {
  readonly kind: "not loaded" | "not run";
  constructor(message: string, kind: PeerError["kind"] = "not run") {
    super(message);
    this.kind = kind;
  }
}

export class Peer {
  readonly name: string;
  readonly #child = new Child("peers/child.js");

  constructor(name: string) {
    this.name = name;
  }

  /** Loads the peer, runs the case once and returns the results. */
  async prepare({ name, shape }: Case, folder: string): Promise<Arrays> {
    const answer = await this.#ask({ do: "prepare", peer: this.name, name, shape, folder });
    if (!("results" in answer)) throw new PeerError("an answer without results");
    const entries = Object.entries(answer.results).map(([key, path]) => {
      const { buffer, byteOffset, byteLength } = readFileSync(path);
      return [key, new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))] as const;
    });
    return Object.fromEntries(entries);
  }

  async time(wait: Wait, budget: number): Promise<readonly Sample[]> {
    const answer = await this.#ask({ do: "time", wait, budget });
    if (!("samples" in answer)) throw new PeerError("an answer without samples");
    return answer.samples;
  }

  close(): void {
    this.#child.close();
  }

  async #ask(request: Request): Promise<Answer> {
    const answer = await this.#child.ask<Answer>(request).catch((error: Error) => {
      throw new PeerError(error.message);
    });
    if ("notLoaded" in answer) throw new PeerError(answer.notLoaded, "not loaded");
    if ("error" in answer) throw new PeerError(answer.error);
    return answer;
  }
}
