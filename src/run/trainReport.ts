import { statSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../adapter/versions.ts";
import { type AuditSummary, summarise } from "../audit/read/summary.ts";
import { datasetSourceOf } from "../datasets/sources.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { codeMap } from "../report/codeMap.ts";
import type { Facts, Figure, Histogram, Missed, Scatter } from "../report/data.ts";
import { type Masses, massHistogram } from "../report/massHistogram.ts";
import { duration, grouped, moment, percent, short } from "../report/words.ts";
import type { RunContext } from "./context.ts";
import { type Gathered, LiveReport } from "./liveReport.ts";
import {
  auditTable,
  curvesOf,
  type LogLine,
  type StageMemory,
  type StageSeconds,
  secondsOfAll,
  secondsSoFar,
  stagesTable,
} from "./reportParts.ts";
import { picturesIn } from "./reportPictures.ts";
import { readJsonLines } from "./runDirectory.ts";

/** The numbers of a finished run that its report shows. */
export interface TrainResult {
  readonly chi2: number;
  readonly chi2Deviation: number;
  readonly emptyCells: number;
  readonly reconstructionMse: number;
  readonly trainingLoss: number;
  readonly shareExtended: number;
  readonly transport: { readonly stop: string; readonly samples: number; readonly steps: number };
  readonly audit?: { readonly digest: string; readonly commands: number } | undefined;
}

/** Why a transport ended that did not reach its χ². */
const CAUSES: Readonly<Record<string, string>> = {
  budget: "all samples were used; ask for a larger --chi2",
  stalled: "more samples were unlikely to help; ask for a larger --chi2",
  steps: "all steps were used; ask for a larger --chi2",
};

/**
 * The report of a training run. Its curves come from log.jsonl and its pictures from their files,
 * so that the report of a run that was taken up again shows all of it; codes and masses are
 * computed again by every run.
 */
export class TrainReport extends LiveReport {
  readonly #context: RunContext;
  #seconds: StageSeconds = {};
  #memory: Readonly<Record<string, StageMemory>> = {};
  #codes: Scatter | undefined;
  #masses: Histogram | undefined;
  #result: TrainResult | undefined;
  #audit: AuditSummary | undefined;

  constructor(context: RunContext) {
    super(context.folder, context.progress, () => this.#gather());
    this.#context = context;
  }

  /** Notes the seconds and the memory of all stages so far. */
  stage(seconds: StageSeconds, memory: Readonly<Record<string, StageMemory>>): void {
    this.#seconds = seconds;
    this.#memory = memory;
  }

  codes(values: Float32Array): void {
    const { config, data } = this.#context;
    this.attempt(() => {
      this.#codes = codeMap(values, config.model.latent, {
        title: "Map of the codes",
        what: "codes of the training pictures",
        labels: data.train.labels,
      });
    });
  }

  masses(masses: Masses): void {
    this.attempt(() => {
      this.#masses = massHistogram(masses);
    });
  }

  /** Writes the report of a run that is done. */
  async finish(result: TrainResult, seconds: StageSeconds): Promise<void> {
    const { config, folder, signal } = this.#context;
    this.#seconds = seconds;
    this.#result = result;
    try {
      if (config.audit !== undefined) this.#audit = await summarise(folder, { signal });
    } catch (error) {
      throwIfAborted(signal);
      this.lost(error);
    }
    this.write({ state: "finished", next: "summary.json" });
  }

  #gather(): Gathered {
    const { config, data, folder } = this.#context;
    const log = readJsonLines(join(folder, "log.jsonl"));
    const seconds = secondsSoFar(this.#seconds, log);
    const { latent } = config.model;
    const noise = config.source === "gaussian" ? "Gaussian noise" : "uniform noise";
    const set = datasetSourceOf(config.data) === undefined ? config.data : `the set ${config.data}`;
    return {
      command: "train",
      resume: `node dist/train.js --resume ${folder}`,
      about:
        `${grouped(data.train.count)} pictures of ${set} are learnt in ${grouped(config.epochs)} ` +
        `epoch${config.epochs === 1 ? "" : "s"}, ${noise} is moved onto their codes of dimension ${latent}, ` +
        `and ${grouped(config.samples)} new pictures are drawn.`,
      figures: this.#figures(log, seconds),
      missed: this.#missed(),
      pictures: picturesIn(folder, [
        { title: "Reals", note: "held-out pictures", file: "reals.png" },
        { title: "Reconstructions", note: "the same through encoder and decoder", file: "reconstructions.png" },
        { title: "Samples", note: `drawn from ${noise}`, file: "samples.png" },
      ]),
      curves: curvesOf(log, config.chi2),
      codes: this.#codes,
      masses: this.#masses,
      tables: [...stagesTable(seconds, this.#memory), ...(this.#audit === undefined ? [] : [auditTable(this.#audit)])],
      facts: this.#facts(),
    };
  }

  #figures(log: readonly LogLine[], seconds: StageSeconds): readonly Figure[] {
    const { config } = this.#context;
    const result = this.#result;
    const last = (key: string): number | undefined =>
      log.map((line) => line[key]).findLast((value) => typeof value === "number") as number | undefined;
    const loss = result?.trainingLoss ?? last("loss");
    const chi2 = result?.chi2 ?? last("chi2");
    const all = secondsOfAll(seconds);
    const deviation = result === undefined ? "" : ` ± ${short(2 * result.chi2Deviation, 2)}`;
    return [
      ...(chi2 === undefined
        ? []
        : [
            {
              label: "χ² of the masses",
              value: short(chi2, 3),
              note: `${deviation}, asked ${short(config.chi2)}`.replace(/^, | (?=±)/, ""),
              missed: result !== undefined && result.transport.stop in CAUSES,
            },
          ]),
      ...(loss === undefined ? [] : [{ label: "Loss", value: short(loss), note: "of the last steps" }]),
      ...(result === undefined
        ? []
        : [
            {
              label: "Reconstruction error",
              value: short(result.reconstructionMse, 3),
              note: "mean square over held-out pixels",
            },
            {
              label: "Share extended",
              value: percent(result.shareExtended),
              note: "of the samples mix two codes",
            },
            {
              label: "Empty cells",
              value: grouped(result.emptyCells),
              note: `of ${grouped(this.#context.data.train.count)}`,
              missed: result.emptyCells > 0,
            },
          ]),
      ...(all > 0 ? [{ label: result === undefined ? "Time so far" : "Time", value: duration(all) }] : []),
    ];
  }

  #missed(): readonly Missed[] {
    const result = this.#result;
    if (result === undefined) return [];
    const { stop } = result.transport;
    const cause = CAUSES[stop];
    const asked = short(this.#context.config.chi2);
    return [
      ...(cause === undefined
        ? []
        : [{ what: `χ² of ${asked} was asked, ${short(result.chi2, 3)} was reached.`, cause: `${stop}: ${cause}` }]),
      ...(result.emptyCells === 0
        ? []
        : [
            {
              what: `${grouped(result.emptyCells)} cells got no sample.`,
              cause: "Their codes are never drawn; a smaller --chi2 moves the cells on.",
            },
          ]),
    ];
  }

  #facts(): readonly Facts[] {
    const { config, data, folder, gpu } = this.#context;
    const { height, width, channels, latent, network } = config.model;
    const { family } = gpu.choice.kernels as { readonly family?: unknown };
    const { brenier, node, webgpu } = versions();
    return [
      {
        title: "Data",
        rows: [
          ["set", config.data],
          ["training pictures", grouped(data.train.count)],
          ["held-out pictures", grouped(data.heldOut.count)],
          ["size", `${height} × ${width} × ${channels}`],
          ["classes", data.train.labels === undefined ? "unknown" : String(new Set(data.train.labels).size)],
        ],
      },
      {
        title: "Settings",
        rows: [
          ["epochs", grouped(config.epochs)],
          ["batch", grouped(config.batch)],
          ["learning rate", `${short(config.learningRate)} at its peak`],
          ["network", network ?? "small"],
          ["codes", `${latent} dimensions`],
          ["source", config.source],
          ["χ²", short(config.chi2)],
          [
            "extension",
            `${config.extension}, angle up to ${short(config.theta)}, up to ${percent(config.share ?? 1)} of the draws`,
          ],
          ["samples", grouped(config.samples)],
          ["seed", String(config.seed)],
          ["profile", config.profile],
        ],
      },
      {
        title: "Machine",
        rows: [
          ["adapter", gpu.adapter.name],
          ...(gpu.adapter.name.includes(gpu.adapter.driver) ? [] : [["driver", gpu.adapter.driver] as const]),
          ["kernels", `${family === undefined ? "" : `${String(family)}, `}chosen by ${gpu.choice.by}`],
          ["brenier", brenier],
          ["node", node],
          ["webgpu", webgpu],
        ],
      },
      {
        title: "Run",
        rows: [
          ["begun", moment(statSync(join(folder, "config.json")).mtimeMs)],
          ...(this.#result === undefined
            ? []
            : ([
                ["transport", `${this.#result.transport.stop} after ${grouped(this.#result.transport.steps)} steps`],
                ["its samples", grouped(this.#result.transport.samples)],
              ] as const)),
          ...(this.#result?.audit === undefined
            ? []
            : ([
                ["audited commands", grouped(this.#result.audit.commands)],
                ["audit digest", this.#result.audit.digest],
              ] as const)),
        ],
      },
    ];
  }
}
