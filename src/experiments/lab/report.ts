import { readdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { checkFormat } from "../../formats/checkFormat.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";
import { duration } from "../../report/words.ts";
import type { ProfileName } from "../../run/settings.ts";
import type { Claim, Column, Findings, Table } from "./experiment.ts";
import { readJson } from "./json.ts";

/** The format of a `Result`; results of brenier 0.1.0 do not name a format. */
export const RESULT = "brenier.result.2";

/** The findings of one experiment and everything that they depend on, stored as a JSON file. */
export interface Result {
  readonly format: typeof RESULT;
  readonly experiment: string;
  readonly title: string;
  readonly profile: ProfileName;
  readonly seed: number;
  readonly config: unknown;
  readonly machine: Machine;
  /** Seconds of each part. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly findings: Findings;
}

/** The machine and software that numbers and times depend on. */
export interface Machine {
  readonly adapter: string;
  readonly driver: string;
  readonly processor: string;
  readonly cores: number;
  readonly brenier: string;
  readonly node: string;
  readonly webgpu: string;
}

/**
 * The results in a folder, in the order of `names`; those of unknown experiments come last.
 * FormatError for a file that is not a result of this version.
 */
export function readResults(folder: string, names: readonly string[]): readonly Result[] {
  const found = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => readResult(join(folder, file)));
  const place = ({ experiment }: Result): number => {
    const at = names.indexOf(experiment);
    return at < 0 ? names.length : at;
  };
  return found.sort((a, b) => place(a) - place(b));
}

/** The result in a file; FormatError for one that is not of this version. */
export function readResult(path: string): Result {
  const found = readJson(path) as Result | null;
  checkFormat(path, RESULT, found?.format, "remove it, or measure it again");
  return found as Result;
}

/**
 * Writes the report on the results. `pictures` is the folder of their pictures, relative to the
 * report.
 */
export function writeReport(path: string, results: readonly Result[], pictures: string): void {
  writeFileAtomic(path, encodeUtf8(report(results, pictures)));
}

/** The report in Markdown. Every number in it comes from the results. */
export function report(results: readonly Result[], pictures: string): string {
  const claims = results.flatMap(({ findings }) => findings.claims);
  const missed = claims.filter(({ met }) => !met);
  return [
    "# Results",
    "",
    `Written by \`npm run reproduce\` from the JSON in \`${pictures}\`. ${claims.length} claims were put to the test, ` +
      `${claims.length - missed.length} reached, ${missed.length} missed.`,
    "Columns marked *published* are other people's numbers, not measurements of this project.",
    "",
    ...results.flatMap((result) => section(result, pictures)),
  ].join("\n");
}

function section(result: Result, pictures: string): string[] {
  const { experiment, title, profile, seed, machine, seconds, config, findings } = result;
  const all = Object.values(seconds).reduce((sum, s) => sum + s, 0);
  const driver = machine.driver === machine.adapter ? "" : `${machine.driver}; `;
  const parts = Object.entries(seconds).map(([name, s]) => `${name} ${duration(s)}`);
  return [
    `## ${title}`,
    "",
    `\`npm run reproduce -- ${experiment} --profile ${profile} --seed ${seed}\` spent ${duration(all)} in its parts on ${machine.adapter} ` +
      `(${driver}${machine.processor}, ${machine.cores} cores), brenier ${machine.brenier}: ${parts.join(", ")}. A classifier or codes that another experiment trained are not counted.`,
    "",
    `Config: \`${JSON.stringify(config)}\``,
    "",
    ...(findings.claims.length === 0 ? [] : [...claimLines(findings.claims), ""]),
    ...findings.tables.flatMap((table) => [...tableLines(table), ""]),
    ...findings.pictures.flatMap(({ file, caption }) => [`![${caption}](${pictures}/${file})`, "", caption, ""]),
  ];
}

function claimLines(claims: readonly Claim[]): string[] {
  return [
    "| claim | asked | reached | |",
    "|---|---|---|---|",
    ...claims.map(({ claim, required, reached, met, cause }) => {
      const missed = cause === undefined ? "**missed**" : `**missed**: ${cause}`;
      return `| ${claim} | ${required} | ${reached} | ${met ? "reached" : missed} |`;
    }),
  ];
}

function tableLines({ title, note, columns, rows }: Table): string[] {
  const head = columns.map(({ name, published }) =>
    published === undefined ? name : `*published* ${name} (${published})`,
  );
  return [
    `**${title}**`,
    "",
    ...(note === undefined ? [] : [note, ""]),
    `| ${head.join(" | ")} |`,
    `|${columns.map(() => "---|").join("")}`,
    ...rows.map((row) => `| ${row.map((value, i) => cell(value, columns[i])).join(" | ")} |`),
  ];
}

/** A value of a table as text, with the decimal places of its column. */
export function cell(value: number | string | null, column: Column | undefined): string {
  if (value === null) return "–";
  return typeof value === "string" ? value : value.toFixed(column?.digits ?? 0);
}
