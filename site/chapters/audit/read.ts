// A record, read as a stream up to a limit.
import type { Header, Line } from "../../../src/audit/record/record.ts";
import { RecordParser } from "../../../src/audit/record/recordParser.ts";
import type { Source } from "./source.ts";

/** Commands that are kept at most, and bytes of their lines. */
export const MOST_COMMANDS = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Bytes between two reports. */
const REPORT = 1 << 20;

/** A command of the hash chain. */
export type Command = Exclude<Line, { readonly kind: "submit" }> & { readonly seq: number };

/** Some commands of a record, one after another. */
export interface Part {
  readonly header: Header;
  readonly commands: readonly Command[];
  /** Commands without a number, which are left out: those that save and resume the run. */
  readonly unnumbered: number;
  /** Whether more follow, or else whether the record ends inside a line. */
  readonly end: "more" | "cut" | "whole";
}

/** How far the reading is. */
export interface Reading {
  readonly bytes: number;
  readonly commands: number;
}

/**
 * The commands from number `from` on, at most MOST_COMMANDS. It yields how far it is after each
 * megabyte. DataError for what is no record.
 */
export async function* readPart(
  source: Source,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Reading, Part, undefined> {
  const parser = new RecordParser(source.name);
  const reader = (await source.open(signal)).getReader();
  const commands: Command[] = [];
  let [bytes, kept, told, unnumbered] = [0, 0, 0, 0];
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) {
        return { header: parser.requireHeader(), commands, unnumbered, end: parser.torn ? "cut" : "whole" };
      }
      for (const { line, text } of parser.push(value)) {
        if (line === undefined || line.kind === "submit") continue;
        const { seq } = line;
        if (seq === undefined) unnumbered++;
        if (seq === undefined || seq < from) continue;
        if (commands.length >= MOST_COMMANDS || kept > MOST_BYTES) {
          return { header: parser.requireHeader(), commands, unnumbered, end: "more" };
        }
        commands.push({ ...line, seq });
        kept += text.length;
      }
      bytes += value.length;
      if (bytes - told < REPORT) continue;
      told = bytes;
      yield { bytes, commands: commands.length };
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** The name under which a command is counted: that of its kernel, or what else it is. */
export const kindOf = (command: Command): string => (command.kind === "dispatch" ? command.kernel : command.kind);

/** Commands of one kind. */
export interface Kind {
  readonly name: string;
  readonly commands: number;
  /** Milliseconds on the GPU; undefined where none were recorded. */
  readonly ms: number | undefined;
  readonly flops: number;
  readonly bytes: number;
}

/** All kinds, those that took most time first, else those with most operations. */
export function kindsOf(commands: readonly Command[]): readonly Kind[] {
  const found = new Map<
    string,
    { name: string; commands: number; ms: number | undefined; flops: number; bytes: number }
  >();
  for (const command of commands) {
    const name = kindOf(command);
    const kind = found.get(name) ?? { name, commands: 0, ms: undefined, flops: 0, bytes: 0 };
    found.set(name, kind);
    kind.commands++;
    kind.bytes += command.bytes;
    if (command.kind !== "dispatch") continue;
    kind.flops += command.flops;
    if (command.ns !== undefined) kind.ms = (kind.ms ?? 0) + command.ns / 1e6;
  }
  return [...found.values()].sort(
    (a, b) => (b.ms ?? 0) - (a.ms ?? 0) || b.flops - a.flops || b.bytes - a.bytes || b.commands - a.commands,
  );
}
