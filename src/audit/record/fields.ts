// What a line of audit.jsonl must hold, key by key: whatever a damaged file says, its readers get
// the types of record.ts or a message.
import { type Field, oneOf, optional, record, whole } from "../../formats/jsonRecord.ts";
import type { BufferUse, CopyLine, Digest, DispatchLine, Header, Line, SubmitLine, TransferLine } from "./record.ts";

/** Text that matches a pattern. */
const text =
  (what: string, pattern: RegExp): Field<string> =>
  (value, fail) =>
    typeof value === "string" && pattern.test(value) ? value : fail(`${what}, got ${short(value)}`);

const anyText = text("text", /^/);
const hex = (digits: number): Field<string> => text(`${digits} hex digits`, new RegExp(`^[0-9a-f]{${digits}}$`));

/** A finite number of at least `least`. */
const finite =
  (least = Number.NEGATIVE_INFINITY): Field<number> =>
  (value, fail) =>
    typeof value === "number" && Number.isFinite(value) && value >= least
      ? value
      : fail(`a finite number${least === 0 ? " of at least 0" : ""}, got ${short(value)}`);

const truth: Field<boolean> = (value, fail) =>
  typeof value === "boolean" ? value : fail(`true or false, got ${short(value)}`);

/** A finite number, or the name of a number that JSON lacks. */
const number: Field<number | string> = (value, fail) =>
  value === "NaN" || value === "Infinity" || value === "-Infinity" ? value : finite()(value, fail);

const nullable =
  <T>(field: Field<T>): Field<T | null> =>
  (value, fail) =>
    value === null ? null : field(value, fail);

const list =
  <T>(field: Field<T>): Field<readonly T[]> =>
  (value, fail) => {
    if (!Array.isArray(value)) return fail(`a list, got ${short(value)}`);
    return value.map((item: unknown, i) => field(item, (expected, key) => fail(expected, below(i, key))));
  };

const map =
  <T>(field: Field<T>): Field<Readonly<Record<string, T>>> =>
  (value, fail) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return fail(`an object, got ${short(value)}`);
    }
    const entries = Object.entries(value).map(([name, item]) => {
      return [name, field(item, (expected, key) => fail(expected, below(name, key)))] as const;
    });
    return Object.fromEntries(entries);
  };

const below = (name: string | number, key: string | undefined): string =>
  key === undefined ? String(name) : `${name}.${key}`;

const short = (value: unknown): string => {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "string"
    ? JSON.stringify(value.slice(0, 80))
    : value === undefined
      ? "nothing"
      : String(value);
};

const count = whole(0);

const digest: Field<Digest> = record<Digest>({
  sha256: hex(64),
  min: nullable(finite()),
  max: nullable(finite()),
  mean: nullable(finite()),
  nan: count,
  inf: count,
  values: list((value, fail) => {
    if (!Array.isArray(value) || value.length !== 2) return fail("a list of an index and a value");
    return [count(value[0], fail), number(value[1], fail)] as const;
  }),
});

const buffer: Field<BufferUse> = record<BufferUse>({
  name: anyText,
  access: oneOf("read", "write", "read_write"),
  tensor: count,
  offset: optional(count),
  shape: list(count),
  dtype: oneOf("f32", "u32"),
});

/** The keys of every line, in the order in which they are written. */
const placed = <const K extends string>(...kinds: readonly K[]) => ({
  seq: optional(count),
  at: finite(0),
  kind: oneOf(...kinds),
  stage: anyText,
  epoch: optional(finite()),
  step: optional(finite()),
});

const outputs = optional(map(digest));

const dispatch: Field<DispatchLine> = record<DispatchLine>({
  ...placed("dispatch"),
  op: anyText,
  kernel: anyText,
  text: hex(16),
  constants: map<number | boolean>((value, fail) => (typeof value === "boolean" ? value : finite()(value, fail))),
  params: map(number),
  specialised: optional(list(anyText)),
  buffers: list(buffer),
  workgroups: list(count),
  flops: finite(0),
  bytes: count,
  outputs,
  ns: optional(finite()),
});

const copy: Field<CopyLine> = record<CopyLine>({
  ...placed("copy"),
  op: anyText,
  buffers: list(buffer),
  bytes: count,
  outputs,
});

const transfer: Field<TransferLine> = record<TransferLine>({
  ...placed("upload", "download"),
  buffers: list(buffer),
  bytes: count,
  sha256: hex(64),
  outputs,
});

const submit: Field<SubmitLine> = record<SubmitLine>({
  ...placed("submit"),
  inUse: count,
  reserved: count,
});

const KINDS: Readonly<Record<Line["kind"], Field<Line>>> = {
  dispatch,
  copy,
  upload: transfer,
  download: transfer,
  submit,
};

/** A line after the header. */
export const lineField: Field<Line> = (value, fail) => {
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  const known = typeof kind === "string" && Object.hasOwn(KINDS, kind);
  if (!known) return fail(`${Object.keys(KINDS).join(", ")}, got ${short(kind)}`, "kind");
  return KINDS[kind as Line["kind"]](value, fail);
};

/** What is said of an adapter: text, numbers and yes or no. */
const remark: Field<string | number | boolean> = (value, fail) =>
  typeof value === "string" || typeof value === "boolean" ? value : finite()(value, fail);

/** The header of a record whose format was checked. */
export const headerField: Field<Header> = record<Header>({
  format: (value) => value as Header["format"],
  adapter: (value, fail) => {
    const { name, ...others } = map(remark)(value, fail);
    return { name: anyText(name, (expected) => fail(expected, "name")), ...others };
  },
  kernels: map<unknown>((value, fail) =>
    typeof value === "object" && value !== null ? map(remark)(value, fail) : remark(value, fail),
  ),
  versions: map(anyText),
  level: oneOf("commands", "digests"),
  every: whole(1),
  times: truth,
  peak: record({ gflops: finite(0), gbps: finite(0) }),
});
