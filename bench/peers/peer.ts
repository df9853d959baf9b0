// The bench's side of a peer's process.
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Arrays, Case } from "../case.ts";
import type { Sample } from "../measure.ts";
import { root } from "../root.ts";

/** The two ways in which a peer is waited for. */
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

/** Why a peer has no time: it cannot be loaded at all, or something else went wrong. */
export class PeerError extends Error {
  readonly kind: "not loaded" | "not run";
  constructor(message: string, kind: PeerError["kind"] = "not run") {
    super(message);
    this.kind = kind;
  }
}

const PATIENCE_MS = 180_000;

export class Peer {
  readonly name: string;
  readonly #child: ChildProcess;
  #stderr = "";

  constructor(name: string) {
    this.name = name;
    const silent = ["ignore", "ignore", "pipe", "ipc"] as const;
    this.#child = fork(join(root, ".test-build/bench/peers/child.js"), { stdio: [...silent], cwd: root });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#stderr = `${this.#stderr}${data}`.slice(-4000);
    });
  }

  /** Loads the peer, runs the case once and returns what it computed. */
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
    this.#child.removeAllListeners();
    this.#child.kill("SIGKILL");
  }

  #ask(request: Request): Promise<Answer> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const end = (error: PeerError | null, answer?: Answer): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (error !== null || answer === undefined) reject(error);
        else resolve(answer);
      };
      const timer = setTimeout(() => end(new PeerError(`no answer in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
      child.on("message", (answer: Answer) => {
        if ("notLoaded" in answer) end(new PeerError(answer.notLoaded, "not loaded"));
        else if ("error" in answer) end(new PeerError(answer.error));
        else end(null, answer);
      });
      child.on("error", (error) => end(new PeerError(error.message)));
      child.on("exit", (code, signal) => end(new PeerError(this.#lastWords(code, signal))));
      if (child.connected) child.send(request);
      else end(new PeerError(this.#lastWords(child.exitCode, child.signalCode)));
    });
  }

  #lastWords(code: number | null, signal: string | null): string {
    const said = this.#stderr.split("\n").filter((line) => /error/i.test(line))[0];
    return `its process ended (${signal ?? `exit code ${code}`})${said === undefined ? "" : `: ${said.trim()}`}`;
  }
}
