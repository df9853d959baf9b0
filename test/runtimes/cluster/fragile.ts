// Experiments for tests of jobs: the smallest of the plane, and one whose parts wait, fail or are
// large.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Experiment, experiment } from "../../../src/experiments/lab/experiment.ts";
import { planarExperiment } from "../../../src/experiments/plane/planar.ts";

const small = {
  targets: 250,
  generated: 500,
  epochs: 1,
  batch: 100,
  hidden: 8,
  mixture: { seeds: 1, baselines: ["GAN"] },
  curve: { seeds: 1, baselines: ["GAN"] },
} as const;

/** Writes which part was begun, and how often, into the file that the environment names. */
const trace = (part: string): void => appendFileSync(process.env["BRENIER_TRACE"] as string, `${part}\n`);

/** Waits, as long as nobody stops it. */
async function wait(ms: number, signal: { readonly aborted: boolean; readonly reason: unknown }): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(10)) {
    if (signal.aborted) throw signal.reason;
  }
}

const parts = (name: string, titles: readonly ("fine" | "slow" | "broken" | "large")[]): Experiment =>
  experiment<object>({
    name,
    title: "Do parts survive?",
    data: [],
    configs: { cpu: {}, gpu: {} },
    work: () => 1e6,
    async run(workspace) {
      const all = await Promise.all(
        titles.map((part) =>
          workspace.part(part, async () => {
            trace(part);
            if (part === "slow") await wait(3000, workspace.signal);
            if (part === "broken") throw new Error("this part is broken");
            return part === "large" ? "x".repeat(4e6) : part;
          }),
        ),
      );
      // What follows needs the parts before it.
      const last = await workspace.part("last", async () => {
        trace("last");
        return all.join().length;
      });
      return { tables: [], claims: [{ claim: name, required: "", reached: String(last), met: true }], pictures: [] };
    },
  });

export const EXPERIMENTS: readonly Experiment[] = [
  planarExperiment({ cpu: small, gpu: small }),
  parts("quick", ["fine"]),
  parts("patient", ["fine", "slow"]),
  parts("fragile", ["fine", "broken"]),
  parts("large", ["large"]),
];
