/** Where progress goes: `process.stderr`, or a recorder in a test. */
export interface ProgressStream {
  write(text: string): unknown;
  on?(event: "error", listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Options of `progress`; a test passes its own clock. */
export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** Whether to rewrite one line. Default: whether `stream` is a terminal. */
  readonly isTty?: boolean;
  /** The time in milliseconds of any clock that never goes back. */
  readonly now?: () => number;
}

/** Shows the user how far a stage of work is. */
export interface Progress {
  /** Reports `done` of `total` steps. It may be called at any rate and writes only at intervals. */
  update(done: number, total: number, text: string): void;
  /** Begins a stage without steps, with a line that the next one replaces. */
  begin(text: string): void;
  /** Ends the stage with a line that stays; the next `update` begins another. */
  end(text: string): void;
}

const terminalMs = 100;
const plainMs = 5000;

/**
 * On a terminal this is one line, rewritten at most ten times a second and cut to the terminal's
 * width; elsewhere it is a plain line at once and then one at most every five seconds. Each line
 * shows steps, percentage, steps per second and the time left, computed from the stage's first
 * update. A stream that fails, such as a closed pipe, is not written to again: progress never ends
 * the work.
 */
export function progress({
  stream,
  isTty = stream.isTTY === true,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  let stage: { readonly start: number; readonly from: number; done: number; written: number } | undefined;
  let broken = false;
  stream.on?.("error", () => {
    broken = true;
  });

  const write = (text: string) => {
    if (broken) return;
    try {
      stream.write(text);
    } catch {
      broken = true;
    }
  };

  return {
    update(done, total, text) {
      const time = now();
      if (stage === undefined || done < stage.done) {
        stage = { start: time, from: done, done, written: Number.NEGATIVE_INFINITY };
      }
      stage.done = done;
      if (time - stage.written < (isTty ? terminalMs : plainMs)) return;
      stage.written = time;
      const line = progressLine(done, total, (1000 * (done - stage.from)) / (time - stage.start), oneLine(text));
      write(isTty ? `\r${cut(line, stream.columns)}\u001b[K` : `${line}\n`);
    },
    begin(text) {
      stage = undefined;
      write(isTty ? `\r${cut(oneLine(text), stream.columns)}\u001b[K` : `${oneLine(text)}\n`);
    },
    end(text) {
      stage = undefined;
      write(isTty ? `\r${oneLine(text)}\u001b[K\n` : `${oneLine(text)}\n`);
    },
  };
}

/** @param rate steps per second; zero or not finite while unknown. */
function progressLine(done: number, total: number, rate: number, text: string): string {
  const share = total > 0 ? `${Math.floor((100 * done) / total)}%` : "";
  const known = Number.isFinite(rate) && rate > 0;
  const speed = known ? `${rate >= 100 ? Math.round(rate) : Number(rate.toPrecision(3))}/s` : "";
  const left = known && done < total ? `${clock((total - done) / rate)} left` : "";
  return [`${done}/${total}`, share, speed, left, text].filter((part) => part !== "").join("  ");
}

/** Seconds as m:ss or h:mm:ss. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The text without line ends and escape sequences, since it may contain a path or an error. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}

/**
 * Cuts a line to the terminal's width less one column, as terminals wrap when the last one is
 * filled.
 */
function cut(line: string, width = 80): string {
  const columns = width || 80; // some pseudo-terminals report 0
  const characters = [...line];
  return characters.length < columns ? line : characters.slice(0, Math.max(0, columns - 1)).join("");
}
