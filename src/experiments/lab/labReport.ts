import { join } from "node:path";
import type { Curve, Facts, Figure, Missed, Table } from "../../report/data.ts";
import { duration, grouped, short } from "../../report/words.ts";
import { type Gathered, LiveReport } from "../../run/liveReport.ts";
import { picturesIn } from "../../run/reportPictures.ts";
import { JsonLines, readJsonLines } from "../../run/runDirectory.ts";
import type { ProfileName } from "../../run/settings.ts";
import type { Experiment } from "./experiment.ts";
import { cell, type Machine, type Result, readResults } from "./report.ts";
import { CHI2, RATE, type Told, type WorkspaceOptions } from "./workspace.ts";

/** The file beside the results that keeps what trainings and transports told, for their curves. */
const CURVES = "curves.jsonl";
/** Points that are kept of one curve, about. */
const POINTS = 100;
/** Curves that are shown: the last ones. */
const MOST_CURVES = 12;

/** What is run, and where. */
type LabContext = Pick<WorkspaceOptions, "folder" | "dataRoot" | "seed" | "progress"> & {
  readonly experiments: readonly Experiment[];
  readonly names: readonly string[];
  readonly profile: ProfileName;
};

/**
 * The report of a folder of experiments. Everything comes from files: the results, and the curves
 * from curves.jsonl, which grows as trainings and transports tell of their steps. What is done
 * again after a stop comes twice there, and the later line counts.
 */
export class LabReport extends LiveReport {
  readonly #context: LabContext;
  readonly #machine: Machine;
  readonly #log: JsonLines;
  #last: { readonly what: string; readonly step: number } = { what: "", step: 0 };

  constructor(context: LabContext, machine: Machine) {
    super(context.folder, context.progress, () => this.#gather());
    this.#context = context;
    this.#machine = machine;
    this.#log = new JsonLines(join(context.folder, CURVES));
  }

  /** Keeps what was told, if it is not too close to what was kept before. */
  tell(told: Told): void {
    const { what, step } = this.#last;
    const key = `${told.experiment} ${told.what}`;
    const close = key === what && told.step > step && told.step - step < told.of / POINTS && told.step < told.of;
    if (close) return;
    this.#last = { what: key, step: told.step };
    try {
      this.#log.write({ ...told });
    } catch {
      // A curve lacks a point; the report, which then cannot be written either, tells of it.
    }
  }

  close(): void {
    this.#log.close();
  }

  #gather(): Gathered {
    const { folder, names, experiments, profile, seed } = this.#context;
    const results = readResults(join(folder, "results"), names);
    const curves = curvesIn(join(folder, CURVES));
    return {
      command: "reproduce",
      resume: `node dist/reproduce.js ${experiments.map(({ name }) => name).join(" ")} --profile ${profile} --seed ${seed} --out ${folder}`,
      about: `The claims of “A Geometric Understanding of Deep Learning”, measured by ${grouped(experiments.length)} experiment${experiments.length === 1 ? "" : "s"}.`,
      figures: this.#figures(results),
      missed: results.flatMap(missedOf),
      pictures: picturesIn(
        folder,
        results.flatMap(({ title, findings }) =>
          findings.pictures.map(({ file, caption }) => ({ title, note: caption, file: `pictures/${file}` })),
        ),
      ),
      curves: curves.slice(-MOST_CURVES),
      curvesNote:
        curves.length <= MOST_CURVES
          ? undefined
          : `The last ${MOST_CURVES} of ${grouped(curves.length)}; ${CURVES} among the files has the points of all.`,
      tables: results.flatMap(tablesOf),
      facts: this.#facts(results),
    };
  }

  #figures(results: readonly Result[]): readonly Figure[] {
    const claims = results.flatMap(({ findings }) => findings.claims);
    const missed = claims.filter(({ met }) => !met).length;
    const seconds = results.reduce((sum, result) => sum + secondsOf(result), 0);
    return [
      {
        label: "Experiments",
        value: grouped(results.length),
        note: `of ${grouped(this.#context.experiments.length)}`,
      },
      { label: "Claims reached", value: grouped(claims.length - missed), note: `of ${grouped(claims.length)}` },
      { label: "Claims missed", value: grouped(missed), missed: missed > 0 },
      ...(seconds > 0 ? [{ label: "Time in finished parts", value: duration(seconds) }] : []),
    ];
  }

  #facts(results: readonly Result[]): readonly Facts[] {
    const { profile, seed, dataRoot } = this.#context;
    const { adapter, driver, processor, cores, brenier, node, webgpu } = this.#machine;
    return [
      {
        title: "Settings",
        rows: [
          ["profile", profile],
          ["seed", String(seed)],
          ["data", dataRoot],
        ],
      },
      {
        title: "Machine",
        rows: [
          ["adapter", adapter],
          ...(adapter.includes(driver) ? [] : [["driver", driver] as const]),
          ["processor", `${processor}, ${cores} cores`],
          ["brenier", brenier],
          ["node", node],
          ["webgpu", webgpu],
        ],
      },
      ...results.map(({ experiment, seconds }) => ({
        title: `Time of ${experiment}`,
        rows: Object.entries(seconds).map(([name, each]) => [name, duration(each)] as const),
      })),
    ];
  }
}

const secondsOf = ({ seconds }: Result): number => Object.values(seconds).reduce((sum, each) => sum + each, 0);

const missedOf = ({ findings }: Result): readonly Missed[] =>
  findings.claims
    .filter(({ met }) => !met)
    .map(({ claim, required, reached, cause }) => ({
      what: `${claim}: asked ${required}, reached ${reached}.`,
      cause: cause ?? "",
    }));

/** The claims of an experiment, and its tables. */
function tablesOf({ title, findings }: Result): readonly Table[] {
  const { claims, tables } = findings;
  const held: Table = {
    title,
    columns: [
      { name: "Claim", kind: "text" },
      { name: "Asked", kind: "text" },
      { name: "Reached", kind: "text" },
      { name: "", kind: "text" },
    ],
    rows: claims.map(({ claim, required, reached, met }) => ({
      cells: [claim, required, reached, met ? "reached" : "missed"],
      missed: !met,
    })),
  };
  return [
    ...(claims.length === 0 ? [] : [held]),
    ...tables.map(({ title: name, note, columns, rows }): Table => {
      const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === "number"));
      return {
        title: `${title} ${name}`,
        note,
        columns: columns.map(({ name: head, published }, i) => ({
          name: published === undefined ? head : `${head} (published: ${published})`,
          kind: isNumber[i] === true ? "number" : "text",
        })),
        rows: rows.map((row) => ({ cells: row.map((value, i) => cell(value, columns[i])) })),
      };
    }),
  ];
}

/** The curves of the file, a line for each value that was told. */
function curvesIn(path: string): readonly Curve[] {
  const all = new Map<string, Told[]>();
  for (const line of readJsonLines(path) as readonly unknown[] as readonly Told[]) {
    const key = `${line.experiment}: ${line.what}`;
    // What was done again replaces what was told of it before.
    all.set(key, [...(all.get(key) ?? []).filter(({ step }) => step < line.step), line]);
  }
  return [...all].map(([title, told]): Curve => {
    const names = [...new Set(told.flatMap(({ values }) => Object.keys(values)))];
    const lines = names.map((label) => ({
      label,
      values: told.map(({ values }) => values[label] ?? null),
      apart: label === RATE,
    }));
    const last = told.at(-1);
    const left = last === undefined || last.step >= last.of ? "" : `, of ${short(last.of, 9)} steps`;
    return {
      title,
      note: `${told.length} points${left}`,
      xLabel: "step",
      x: told.map(({ step }) => step),
      lines,
      log: names.includes(CHI2),
    };
  });
}
