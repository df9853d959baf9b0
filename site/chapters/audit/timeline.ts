// Commands over time, a lane for each kind. It is a slider: arrow keys go from command to command.
import { svg } from "../../shell/elements.ts";
import { type Command, type Kind, kindOf, kindsOf } from "./read.ts";

const [LANE, BAR, AXIS, PADDING] = [31, 11, 26, 8];
/** Kinds with a lane of their own; the last lane has all others. */
const LANES = 11;
const OTHERS = "others";
/** Ticks of the axis at most. */
const TICKS = 6;

export class Timeline {
  readonly element: SVGSVGElement = svg("svg", {
    class: "timeline",
    tabindex: 0,
    role: "slider",
    "aria-label": "Commands: arrow keys go from one to the next, plus and minus zoom, 0 shows all",
  });
  readonly #onSelect: (at: number) => void;
  readonly #observer = new ResizeObserver(() => this.#draw());
  readonly #mark = svg("path", { class: "mark" });
  #commands: readonly Command[] = [];
  #lanes: readonly Kind[] = [];
  /** The lane of each command. */
  #laneOf = new Uint8Array(0);
  #selected = 0;
  /** The times that are seen, in milliseconds. */
  #range: readonly [number, number] = [0, 1];

  constructor(onSelect: (at: number) => void) {
    this.#onSelect = onSelect;
    this.#observer.observe(this.element);
    this.element.addEventListener("click", (event) => this.#onClick(event));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  show(commands: readonly Command[]): void {
    const kinds = kindsOf(commands);
    const rest = kinds.slice(LANES);
    const sum = (key: "commands" | "flops" | "bytes"): number => rest.reduce((all, kind) => all + kind[key], 0);
    const others = { name: OTHERS, ms: undefined, commands: sum("commands"), flops: sum("flops"), bytes: sum("bytes") };
    this.#commands = commands;
    this.#lanes = [...kinds.slice(0, LANES), ...(rest.length > 0 ? [others] : [])];
    const lanes = new Map(this.#lanes.map(({ name }, lane) => [name, lane]));
    this.#laneOf = Uint8Array.from(commands, (command) => lanes.get(kindOf(command)) ?? LANES);
    this.#whole();
  }

  select(at: number): void {
    this.#selected = at;
    const time = this.#commands[at]?.at ?? 0;
    const [from, to] = this.#range;
    if (time < from || time > to) {
      const half = (to - from) / 2;
      this.#range = [time - half, time + half];
      this.#draw();
    }
    this.#showMark();
  }

  /** What is seen becomes so many times as long, around the command that is selected. */
  zoom(factor: number): void {
    const [from, to] = this.#range;
    const middle = this.#commands[this.#selected]?.at ?? (from + to) / 2;
    const half = Math.max(1e-3, (factor * (to - from)) / 2);
    this.#range = [middle - half, middle + half];
    this.#draw();
  }

  whole(): void {
    this.#whole();
  }

  dispose(): void {
    this.#observer.disconnect();
  }

  #whole(): void {
    const [first, last] = [this.#commands[0]?.at ?? 0, this.#commands.at(-1)?.at ?? 1];
    this.#range = [first, Math.max(last, first + 1e-3)];
    this.#draw();
  }

  get #width(): number {
    return Math.max(240, this.element.clientWidth);
  }

  #x(time: number): number {
    const [from, to] = this.#range;
    return PADDING + ((time - from) / (to - from)) * (this.#width - 2 * PADDING);
  }

  #draw(): void {
    const width = this.#width;
    const height = this.#lanes.length * LANE + AXIS;
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.element.setAttribute("height", String(height));
    const columns = this.#lanes.map(() => new Set<number>());
    for (const [i, { at }] of this.#commands.entries()) {
      const x = Math.round(this.#x(at));
      if (x >= PADDING && x <= width - PADDING) columns[this.#laneOf[i] as number]?.add(x);
    }
    this.element.replaceChildren(
      ...this.#ticks(width, height),
      ...this.#lanes.flatMap(({ name, commands, ms }, lane) => {
        const top = lane * LANE + LANE - BAR - 3;
        const bars = [...(columns[lane] ?? [])].map((x) => `M${x} ${top}v${BAR}`).join("");
        const time = ms === undefined ? "" : `, ${ms < 10 ? ms.toFixed(2) : Math.round(ms).toLocaleString("en")} ms`;
        return [
          svg("text", { x: PADDING, y: top - 4 }, `${name}, ${commands.toLocaleString("en")}${time}`),
          svg("path", { class: "bars", d: bars, stroke: `var(--c${lane % 10})` }),
        ];
      }),
      this.#mark,
    );
    this.#showMark();
  }

  #ticks(width: number, height: number): SVGElement[] {
    const [from, to] = this.#range;
    const rough = (to - from) / TICKS;
    const decade = Number(`1e${Math.floor(Math.log10(rough))}`);
    const step = [1, 2, 5, 10].map((digit) => digit * decade).find((each) => each >= rough) ?? rough;
    const parts: SVGElement[] = [];
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const x = this.#x(time);
      const text = `${Number((time / 1000).toPrecision(8))} s`;
      parts.push(
        svg("path", { class: "tick", d: `M${x.toFixed(1)} 0V${height - AXIS + 6}` }),
        ...(x < width - 40 ? [svg("text", { x: x.toFixed(1), y: height - 4, "text-anchor": "middle" }, text)] : []),
      );
    }
    return parts;
  }

  #showMark(): void {
    const command = this.#commands[this.#selected];
    if (command === undefined) return;
    const x = this.#x(command.at);
    const lane = this.#laneOf[this.#selected] as number;
    const seen = x >= 0 && x <= this.#width;
    const top = lane * LANE + LANE - BAR - 3;
    const line = `M${x.toFixed(1)} 0V${this.#lanes.length * LANE + 4}`;
    this.#mark.setAttribute("d", seen ? `${line}M${(x - 4).toFixed(1)} ${top - 1}h8v${BAR + 2}h-8z` : "");
    for (const [name, value] of Object.entries({
      valuemin: 0,
      valuemax: this.#commands.length - 1,
      valuenow: this.#selected,
      valuetext: `command ${command.seq}, ${kindOf(command)}`,
    })) {
      this.element.setAttribute(`aria-${name}`, String(value));
    }
  }

  #onClick(event: MouseEvent): void {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * this.#width;
    const y = ((event.clientY - top) / height) * (this.#lanes.length * LANE + AXIS);
    const lane = Math.floor(y / LANE);
    let [best, away] = [-1, Number.POSITIVE_INFINITY];
    for (const [i, { at }] of this.#commands.entries()) {
      if (lane < this.#lanes.length && this.#laneOf[i] !== lane) continue;
      const off = Math.abs(this.#x(at) - x);
      if (off < away) [best, away] = [i, off];
    }
    if (best >= 0) this.#onSelect(best);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const last = this.#commands.length - 1;
    const to = (at: number): void => this.#onSelect(Math.max(0, Math.min(last, at)));
    const step = event.shiftKey ? 100 : 1;
    switch (event.key) {
      case "ArrowRight":
        to(this.#selected + step);
        break;
      case "ArrowLeft":
        to(this.#selected - step);
        break;
      case "ArrowDown":
        to(this.#same(1));
        break;
      case "ArrowUp":
        to(this.#same(-1));
        break;
      case "Home":
        to(0);
        break;
      case "End":
        to(last);
        break;
      case "+":
      case "=":
        this.zoom(0.5);
        break;
      case "-":
        this.zoom(2);
        break;
      case "0":
        this.whole();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** The next or the last command of the lane that is selected. */
  #same(step: 1 | -1): number {
    const lane = this.#laneOf[this.#selected];
    for (let i = this.#selected + step; i >= 0 && i < this.#commands.length; i += step) {
      if (this.#laneOf[i] === lane) return i;
    }
    return this.#selected;
  }
}
