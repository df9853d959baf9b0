// A rule of extension in a file: its numbers as JSON in the metadata, mass centres as tensors.
import { DataError } from "../../formats/error.ts";
import { finiteFloat32 } from "../../formats/float32.ts";
import { type Field, oneOf, optional, parseJson, parseJsonRecord, whole } from "../../formats/jsonRecord.ts";
import type { SafeTensor, SafeTensors } from "../../formats/safetensors.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";
import { checkRule, type Rule } from "../../ot/extension/rule.ts";
import { angleAt } from "../../ot/map/graph.ts";
import { float64 } from "./transportFile.ts";

/** A number from `least` to `most`. */
const between =
  (least: number, most: number): Field<number> =>
  (value, fail) =>
    typeof value === "number" && value >= least && value <= most
      ? value
      : fail(`a number from ${least} to ${most}, got ${typeof value === "number" ? value : "another kind"}`);

const angle = optional(between(0, Math.PI));
const cells = optional(whole(1, 1024));
const neighbours = optional(whole(1, 1024));
const spread = optional(between(0, 1));

/** The numbers of each rule, by its name. */
const FIELDS = {
  plain: { name: oneOf("plain") },
  facet: { name: oneOf("facet"), angle, cells, lift: optional(between(1e-30, 1e30)) },
  local: { name: oneOf("local"), neighbours, spread, seed: optional(whole(0)) },
  chart: { name: oneOf("chart"), neighbours, spread },
  paper: { name: oneOf("paper"), angle, cells },
} as const;

/** The text and the tensors of a rule; the quantile of an angle becomes its number. */
export function encodeRule(
  rule: Rule,
  count: number,
): { readonly text: string; readonly tensors: Readonly<Record<string, SafeTensor>> } {
  checkRule(rule);
  if (rule.name !== "chart" && rule.name !== "paper") {
    const { quantile, graph } = rule.name === "facet" && typeof rule.angle === "object" ? rule.angle : {};
    const plain = graph === undefined ? rule : { ...rule, angle: angleAt(graph, quantile as number) };
    return { text: JSON.stringify(plain), tensors: {} };
  }
  const { centres, ...plain } = rule;
  return {
    text: JSON.stringify(plain),
    tensors: {
      centres: { shape: [count, centres.centres.length / count], data: centres.centres },
      centreCounts: { shape: [count], data: centres.counts },
    },
  };
}

/** The rule of a file with `count` targets of dimension `latent`. DataError for anything else. */
export function ruleIn(
  file: SafeTensors,
  name: string,
  { count, latent }: { readonly count: number; readonly latent: number },
): Rule {
  const where = `${name}: rule`;
  const text = encodeUtf8(file.metadata.get("rule") ?? "null");
  const { name: got } = Object(parseJson(text, where)) as { readonly name?: unknown };
  const known = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
  const named = known.find((rule) => rule === got);
  if (named === undefined) throw new DataError(`${where}: expected a name among ${known.join(", ")}, got another`);
  const rule = parseJsonRecord<object>(text, where, FIELDS[named] as never) as Rule;
  if (rule.name !== "chart" && rule.name !== "paper") return rule;
  const centres = finiteFloat32(file, name, "centres", [count, latent]) as Float32Array<ArrayBuffer>;
  return { ...rule, centres: { centres, counts: float64(file, name, "centreCounts", count) } };
}
