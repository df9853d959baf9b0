import { rmSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../adapter/versions.ts";
import type { ExactCells } from "../ot/exact/exact.ts";
import { fullRows } from "../ot/points.ts";
import type { Scene } from "../pictures/scene.ts";
import { codeMap } from "../report/codeMap.ts";
import type { CellsOfPlane, Curve, Facts, Figure, Histogram, Missed, Scatter } from "../report/data.ts";
import { type Masses, massHistogram } from "../report/massHistogram.ts";
import { thin } from "../report/thin.ts";
import { duration, grouped, short } from "../report/words.ts";
import type { CloudContext, CloudSummary } from "./cloud.ts";
import { type Gathered, LiveReport, REPORT } from "./liveReport.ts";
import { curvesOf, type LogLine } from "./reportParts.ts";
import { picturesIn } from "./reportPictures.ts";

/** Greatest number of cells that a report lets its reader point at. */
const MOST_CELLS = 2000;

/** Why a transport ended that did not reach its χ². */
const CAUSES: Readonly<Record<string, string>> = {
  budget: "all samples or steps were used; ask for a larger --chi2 or --budget",
  stalled: "more steps or samples would not help; ask for a larger --chi2",
  rounding: "float64 allows no smaller error",
  samples: "the source's file has too few samples: a map cannot split one",
};

/** A step of the exact solver, or of the one by samples. */
type Step = { readonly iteration: number } & (
  | { readonly maxRelativeError: number }
  | { readonly lr: number; readonly chi2?: number }
);

/**
 * The report of a transport. Such a run keeps nothing before its end and cannot be taken up again,
 * so that its curves lie in memory; nothing is left of one that fails.
 */
export class CloudReport extends LiveReport {
  readonly #context: CloudContext;
  readonly #steps: Step[] = [];
  readonly #begin = performance.now();
  #targets: Scatter | undefined;
  #masses: Histogram | undefined;
  #cells: CellsOfPlane | undefined;
  #summary: CloudSummary | undefined;

  constructor(context: CloudContext) {
    super(context.folder, context.progress, () => this.#gather());
    this.#context = context;
    const { targets } = context.problem;
    this.attempt(() => {
      this.#targets = codeMap(fullRows(targets), targets.dimension, { title: "Map of the targets", what: "targets" });
    });
  }

  step(step: Step): void {
    this.#steps.push(step);
  }

  masses(masses: Masses): void {
    this.attempt(() => {
      this.#masses = massHistogram(masses);
    });
  }

  /** The cells of a problem in the plane, and their picture. */
  cells(scene: Scene, { cells, masses }: ExactCells, asked: ArrayLike<number>): void {
    if (masses.length > MOST_CELLS) return;
    const { start, across } = cells;
    const neighbours = Array.from(masses, (_, i) =>
      Array.from(across.subarray(start[i], start[i + 1]))
        .filter((j) => j >= 0)
        .sort((a, b) => a - b),
    );
    this.#cells = { scene, masses: Array.from(masses), asked: Array.from(asked), neighbours };
  }

  /** Writes the report of a run that is done. */
  finish(summary: CloudSummary): void {
    this.#summary = summary;
    this.write({ state: "finished", next: "summary.json" });
  }

  /** Removes what was written. */
  remove(): void {
    rmSync(join(this.#context.folder, REPORT), { force: true });
  }

  #gather(): Gathered {
    const { problem, cloud, folder, gpu, sourceFile, chi2 } = this.#context;
    const source = sourceFile ?? (problem.source === "gaussian" ? "The normal distribution" : "The uniform cube");
    const how = gpu === undefined ? "exactly, on the host" : "by samples on the device";
    const large =
      this.#cells === undefined
        ? [{ title: "Cells", note: "the source's cells and the targets", file: "cells.png" }]
        : [];
    return {
      command: "transport",
      about: `${source} is moved onto ${grouped(cloud.count)} points in ${cloud.dimension} dimension${cloud.dimension === 1 ? "" : "s"} at least cost, ${how}.`,
      figures: this.#figures(),
      missed: this.#missed(),
      pictures: picturesIn(folder, large),
      curves: [...errorCurve(this.#steps), ...curvesOf(this.#steps.map(asLog), chi2)],
      codes: this.#cells === undefined ? this.#targets : undefined,
      masses: this.#masses,
      cells: this.#cells,
      tables: [],
      facts: this.#facts(),
    };
  }

  #figures(): readonly Figure[] {
    const { chi2: asked } = this.#context;
    const time = { label: "Time", value: duration((performance.now() - this.#begin) / 1000) };
    const summary = this.#summary;
    if (summary === undefined) return [{ ...time, label: "Time so far" }];
    const { chi2, chi2Interval, reached, w2, w2Confidence, emptyCells, method, samples } = summary;
    const { maxRelativeError, maxRelativeErrorFloor: floor } = summary;
    const [low, high] = w2;
    const narrow = short(low, 6) === short(high, 6);
    const sure = w2Confidence === 1 ? "bounds that hold" : `holds with ${short(w2Confidence)}`;
    return [
      {
        label: "χ² of the masses",
        value: short(chi2, 3),
        note: `${method === "exact" ? "" : `± ${short((chi2Interval[1] - chi2Interval[0]) / 2, 2)}, `}asked ${short(asked)}`,
        missed: !reached,
      },
      {
        label: "W2",
        value: narrow ? short(low, 6) : short((low + high) / 2, 4),
        note: narrow ? sure : `${short(low, 5)} to ${short(high, 5)}, ${sure}`,
      },
      {
        label: "Greatest relative error",
        value: short(maxRelativeError, 2),
        note: floor > 0 ? `of a mass as χ² was estimated; noise alone makes ${short(floor, 2)}` : "of a mass",
      },
      { label: "Empty cells", value: grouped(emptyCells), missed: emptyCells > 0 },
      ...(samples === 0
        ? []
        : [
            {
              label: "Samples",
              value: samples >= 1e6 ? `${short(samples / 1e6, 3)} M` : grouped(samples),
              note: "of the steps, and to measure χ², masses and W2",
            },
          ]),
      time,
    ];
  }

  #missed(): readonly Missed[] {
    const summary = this.#summary;
    if (summary === undefined || summary.reached) return [];
    const { chi2, chi2Interval, chi2Target, stop } = summary;
    return [
      {
        what: `χ² of ${short(chi2Target)} was asked, ${short(chi2, 3)} was reached (up to ${short(chi2Interval[1], 3)}).`,
        cause: `${stop}: ${CAUSES[stop] ?? "see summary.json"}`,
      },
    ];
  }

  #facts(): readonly Facts[] {
    const { problem, cloud, sourceFile, chi2, budget, seed, gpu, apply } = this.#context;
    const { brenier, node, webgpu } = versions();
    return [
      {
        title: "Problem",
        rows: [
          ["targets", grouped(cloud.count)],
          ["dimension", String(cloud.dimension)],
          ["with mass", grouped(problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0))],
          ["equal to an earlier one", grouped(problem.duplicates)],
          ["source", sourceFile ?? String(problem.source)],
          ...(apply === undefined ? [] : ([["mapped points", grouped(apply.cloud.count)]] as const)),
        ],
      },
      {
        title: "Settings",
        rows: [
          ["χ²", short(chi2)],
          ...(gpu === undefined
            ? []
            : ([["budget of the steps", budget === undefined ? "by χ²" : `${grouped(budget)} samples`]] as const)),
          ["seed", String(seed)],
          ...(this.#summary === undefined
            ? []
            : ([
                ["stop", this.#summary.stop],
                ["steps", grouped(this.#summary.steps)],
              ] as const)),
        ],
      },
      {
        title: "Machine",
        rows: [
          ["adapter", gpu === undefined ? "none: solved on the host" : (gpu.adapter?.name ?? "not known yet")],
          ["brenier", brenier],
          ["node", node],
          ...(gpu === undefined ? [] : ([["webgpu", webgpu]] as const)),
        ],
      },
    ];
  }
}

/** A step as the log of a training run has it. */
const asLog = (step: Step): LogLine => ("lr" in step ? { stage: "transport", ...step } : {});

/** The greatest relative error after each step of Newton's method. */
function errorCurve(steps: readonly Step[]): readonly Curve[] {
  const exact = thin(steps.filter((step) => "maxRelativeError" in step));
  if (exact.length === 0) return [];
  const values = exact.map(({ maxRelativeError }) => maxRelativeError);
  return [
    {
      title: "Greatest relative error",
      note: "of the masses after each step of Newton's method",
      xLabel: "step",
      x: exact.map(({ iteration }) => iteration),
      lines: [{ label: "error", values }],
      log: true,
    },
  ];
}
