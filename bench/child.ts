// A process of its own that answers one request at a time, over Node's channel between processes.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.ts";

const PATIENCE_MS = 180_000;

export class Child {
  readonly #process: ChildProcess;
  #stderr = "";

  /** Runs a compiled script, named relative to `.test-build/bench`. */
  constructor(script: string, args: readonly string[] = []) {
    this.#process = fork(join(root, ".test-build/bench", script), args, {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced", // so that NaN, infinities and typed arrays survive
      cwd: root,
    });
    this.#process.stderr?.on("data", (data: Buffer) => {
      this.#stderr = `${this.#stderr}${data}`.slice(-4000);
    });
  }

  /** Error when the process ends, or does not answer within `patience` milliseconds. */
  ask<Answer>(request: object, patience: number = PATIENCE_MS): Promise<Answer> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        act();
      };
      const fail = (message: string): void => settle(() => reject(new Error(message)));
      const timer = setTimeout(() => fail(`no answer in ${patience / 1000} s`), patience);
      child.on("message", (answer) => settle(() => resolve(answer as Answer)));
      child.on("error", (error) => fail(error.message));
      child.on("exit", (code, signal) => fail(this.#lastWords(code, signal)));
      if (child.connected) child.send(request);
      else fail(this.#lastWords(child.exitCode, child.signalCode));
    });
  }

  close(): void {
    this.#process.removeAllListeners();
    this.#process.kill("SIGKILL");
  }

  #lastWords(code: number | null, signal: string | null): string {
    const said = this.#stderr.split("\n").filter((line) => /error/i.test(line))[0];
    return `its process ended (${signal ?? `exit code ${code}`})${said === undefined ? "" : `: ${said.trim()}`}`;
  }
}
