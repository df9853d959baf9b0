import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** What tells a process from all others, also from those of other machines that share its files. */
export interface Identity {
  readonly pid: number;
  /** The machine's name, for messages: containers and machines may have the same one. */
  readonly host: string;
  /**
   * Within which process numbers mean the same: on Linux the boot of a kernel and its process
   * namespace, which differs between containers; elsewhere the machine's name. Empty where the
   * system does not tell.
   */
  readonly space: string;
  /** When it was started, since the system reuses numbers; empty where it does not tell. */
  readonly started: string;
}

/** The identity of this process. */
export function ownIdentity(): Identity {
  return { pid: process.pid, host: hostname(), space: ownSpace(), started: startOf(process.pid) };
}

/**
 * Whether a process of this process's own space is running. True also where the system does not
 * tell.
 */
export function isRunning({ pid, started }: Identity): boolean {
  const now = startOf(pid); // read first, so that one that ends in between is not taken for running
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return started === "" || now === "" || now === started;
}

function ownSpace(): string {
  if (process.platform !== "linux") return `host ${hostname()}`;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `boot ${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

/**
 * On Linux, the process's start in ticks since the boot, or "ended" for a process that was not yet
 * reaped; elsewhere, and where /proc shows other numbers than this process's own, "".
 */
function startOf(pid: number): string {
  try {
    if (readlinkSync("/proc/self") !== String(process.pid)) return "";
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The process name before the last ")" may contain any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
