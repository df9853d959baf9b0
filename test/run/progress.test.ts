import { equal, is, match } from "uvu/assert";
import { progress } from "../../src/run/progress.ts";
import { describe } from "../support/suite.ts";

/** A stream that records, a clock that is set, and the progress that uses both. */
function recorder(isTty: boolean, columns?: number) {
  const written: string[] = [];
  const listeners: ((error: Error) => void)[] = [];
  const clock = { ms: 0 };
  const stream = {
    columns,
    write: (text: string) => written.push(text),
    on: (_event: "error", listener: (error: Error) => void) => listeners.push(listener),
  };
  return { written, listeners, clock, shown: progress({ stream, isTty, now: () => clock.ms }) };
}

describe("progress", {
  "a terminal has one line, rewritten ten times a second": () => {
    const { written, clock, shown } = recorder(true);
    for (clock.ms = 0; clock.ms <= 1000; clock.ms += 10) shown.update(clock.ms / 10, 400, "train");
    shown.end("trained");
    is(written.length, 12);
    is(written[0], "\r0/400  0%  train\u001b[K");
    is(written[10], "\r100/400  25%  100/s  0:03 left  train\u001b[K");
    is(written[11], "\rtrained\u001b[K\n");
  },
  "a file has plain lines, at most one in five seconds": () => {
    const { written, clock, shown } = recorder(false);
    for (clock.ms = 0; clock.ms <= 12_000; clock.ms += 1000) shown.update(clock.ms / 1000, 8000, "loss 0.5");
    shown.end("done");
    equal(written, [
      "0/8000  0%  loss 0.5\n",
      "5/8000  0%  1/s  2:13:15 left  loss 0.5\n",
      "10/8000  0%  1/s  2:13:10 left  loss 0.5\n",
      "done\n",
    ]);
  },
  "a stage that begins anew, or resumes in its middle, is timed from there": () => {
    const { written, clock, shown } = recorder(true);
    shown.update(900, 1000, "a");
    clock.ms = 1000;
    shown.update(910, 1000, "a");
    match(written.at(-1) ?? "", /910\/1000 {2}91% {2}10\/s {2}0:09 left/);
    shown.update(5, 10, "b");
    is(written.at(-1), "\r5/10  50%  b\u001b[K");
    shown.end("b done");
    shown.update(0, 0, "c");
    is(written.at(-1), "\r0/0  c\u001b[K");
  },
  "a stage without steps is named at once, and its line is rewritten on a terminal": () => {
    for (const [isTty, lines] of [
      [true, ["\r1/2  50%  a\u001b[K", "\rcalibration\u001b[K", "\r2/2  100%  b\u001b[K"]],
      [false, ["1/2  50%  a\n", "calibration\n", "2/2  100%  b\n"]],
    ] as const) {
      const { written, shown } = recorder(isTty);
      shown.update(1, 2, "a");
      shown.begin("calibration");
      shown.update(2, 2, "b");
      equal(written, lines);
    }
  },
  "lines are cut to the terminal and hold no control characters": () => {
    const { written, shown } = recorder(true, 20);
    shown.update(1, 2, "naïve\u001b[2J\nname of a file");
    is(written[0], "\r1/2  50%  naïve [2J\u001b[K");
    shown.end("x".repeat(50));
    is(written[1], `\r${"x".repeat(50)}\u001b[K\n`); // what stays is whole
    const zero = recorder(true, 0); // as some pseudo-terminals say
    zero.shown.update(1, 2, "a");
    is(zero.written[0], "\r1/2  50%  a\u001b[K");
  },
  "a closed pipe ends the display, not the work": () => {
    const late = recorder(false);
    late.shown.update(1, 2, "a");
    for (const listener of late.listeners) listener(Object.assign(new Error("EPIPE"), { code: "EPIPE" }));
    late.shown.end("b");
    is(late.written.length, 1);
    let tries = 0;
    const stream = {
      write: () => {
        tries++;
        throw new Error("EPIPE");
      },
    };
    const shown = progress({ stream, isTty: false, now: () => 0 });
    shown.update(1, 2, "a");
    shown.end("b");
    is(tries, 1);
  },
});
