// The longest tasks of a page's main thread, by Chromium's own trace.
import { chromium } from "playwright-core";
import { CHROMIUM_FLAGS, type Site, serveSite } from "../../test/runtimes/browsers.ts";
import { CHROMIUM } from "../../test/runtimes/programs.ts";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, and those in which the thread had a core. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** A task: milliseconds of a core, and from its begin to its end. */
export interface Piece {
  readonly cpu: number;
  readonly wall: number;
}

/** The tasks of each part that `work` of a page does, the longest first. */
export async function piecesOf<N extends string>(
  site: Site,
  path: string,
  names: readonly N[],
): Promise<Readonly<Record<N, readonly Piece[]>>> {
  const { origin, close } = await serveSite(site);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...CHROMIUM_FLAGS] });
  try {
    const page = await browser.newPage({ bypassCSP: true }); // playwright evaluates texts
    await page.goto(`${origin}${path}`);
    await page.waitForFunction("globalThis.work");
    const found: [N, readonly Piece[]][] = [];
    for (const name of names) {
      const cdp = await browser.newBrowserCDPSession();
      const events: TraceEvent[] = [];
      cdp.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
      const categories = ["disabled-by-default-devtools.timeline", "blink.user_timing"];
      await cdp.send("Tracing.start", {
        transferMode: "ReportEvents",
        traceConfig: { includedCategories: categories, excludedCategories: ["*"] },
      });
      await page.evaluate(`work(${JSON.stringify(name)})`);
      const complete = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
      await cdp.send("Tracing.end");
      await complete;
      await cdp.detach();
      found.push([name, tasksIn(events)]);
    }
    return Object.fromEntries(found) as Record<N, readonly Piece[]>;
  } finally {
    await browser.close();
    close();
  }
}

/** The tasks between the marks `begin` and `end`, on their thread. */
function tasksIn(events: readonly TraceEvent[]): readonly Piece[] {
  const [begin, end] = ["begin", "end"].map((mark) => events.find(({ name }) => name === mark));
  if (begin === undefined || end === undefined) throw new Error("trace: expected the marks of a page's work, got none");
  return events
    .filter(({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && pid === begin.pid && tid === begin.tid)
    .filter(({ ts }) => ts >= begin.ts && ts <= end.ts)
    .map(({ dur = Number.NaN, tdur = Number.NaN }) => ({ cpu: tdur / 1000, wall: dur / 1000 }))
    .sort((a, b) => b.cpu - a.cpu);
}
