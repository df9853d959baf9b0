import type { AuditOptions } from "../audit/record/recordAudit.ts";
import { type Flag, UsageError } from "./arguments.ts";

/** What `--audit` asks for. */
export type AuditWish = Required<Pick<AuditOptions, "level" | "every">>;

/** `--audit`, `--audit=digests`, `--audit=every:N`, `--audit=digests,every:N`. */
export const auditFlag: Flag<AuditWish> = {
  value: "digests,every:N",
  help: "record every command on the GPU; digests: what came out, too; every:N: lines of every N-th step only",
  optional: true,
  parse(given, name) {
    const wish = { level: "commands" as AuditWish["level"], every: 1 };
    const seen = new Set<string>();
    for (const word of given === "" ? [] : given.split(",")) {
      const [kind = "", number] = word.split(":");
      const every = /^[1-9]\d{0,8}$/.test(number ?? "") ? Number(number) : undefined;
      if (seen.has(kind)) throw new UsageError(`--${name}: expected ${kind} once, got ${given}`);
      if (word === "digests") wish.level = "digests";
      else if (kind === "every" && every !== undefined && word === `every:${every}`) wish.every = every;
      else throw new UsageError(`--${name}: expected digests, every:N or both with a comma, got ${given}`);
      seen.add(kind);
    }
    return wish;
  },
};
