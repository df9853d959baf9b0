import { AUDIT_DEFAULTS } from "../audit/record/recordAudit.ts";
import type { AuditWish } from "../run/config.ts";
import { type Flag, UsageError } from "./arguments.ts";

/**
 * The flag `--audit`, also as `--audit=digests`, `--audit=every:N` and `--audit=digests,every:N`.
 */
export const auditFlag: Flag<AuditWish> = {
  value: "digests,every:N",
  help: "record every command on the GPU; digests: what came out, too; every:N: lines of every N-th step only",
  optional: true,
  parse(given, name) {
    let wish: AuditWish = AUDIT_DEFAULTS;
    const seen = new Set<string>();
    for (const word of given === "" ? [] : given.split(",")) {
      const [kind = "", number] = word.split(":");
      const every = /^[1-9]\d{0,8}$/.test(number ?? "") ? Number(number) : undefined;
      if (seen.has(kind)) throw new UsageError(`--${name}: expected ${kind} once, got ${given}`);
      if (word === "digests") wish = { ...wish, level: "digests" };
      else if (kind === "every" && every !== undefined && word === `every:${every}`) wish = { ...wish, every };
      else throw new UsageError(`--${name}: expected digests, every:N or both with a comma, got ${given}`);
      seen.add(kind);
    }
    return wish;
  },
};
