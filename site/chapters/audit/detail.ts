// One command: what it was, what it read and wrote, its kernel and that kernel's reference.
import type { Digest } from "../../../src/audit/record/record.ts";
import { html } from "../../shell/elements.ts";
import { type Command, kindOf } from "./read.ts";
import { hasDigest, type Source } from "./source.ts";

/** The texts of all kernels, which are loaded with the first command that is shown. */
interface Sources {
  readonly kernels: Readonly<
    Record<
      string,
      { readonly ops: readonly string[]; readonly shader: readonly string[]; readonly reference: readonly string[] }
    >
  >;
  readonly texts: Readonly<Record<string, string>>;
}

let loaded: Promise<Sources> | undefined;
const sources = (): Promise<Sources> => {
  loaded ??= fetch("sources.json").then((answer) => answer.json() as Promise<Sources>);
  return loaded;
};

const number = (value: number | string | null): string =>
  value === null ? "–" : typeof value === "string" ? value : Number(value.toPrecision(6)).toString().replace("-", "−");
const amount = (value: number, unit: string): string => {
  const [power, name] = value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / (power as number)).toPrecision(4))} ${name}${unit}`;
};

export class Detail {
  readonly element: HTMLElement = html("div", { class: "detail" });
  readonly #wgsl = code("WGSL");
  readonly #reference = code("Reference");
  readonly #signal: AbortSignal;
  #source: Source | undefined;
  /** The kernel whose texts are shown or awaited. */
  #shown = "";

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Shows a command. The texts of its kernel follow. */
  async show(command: Command, source: Source): Promise<void> {
    const { stage, epoch, step, seq, at } = command;
    const place = [
      `Command ${seq.toLocaleString("en")}`,
      `${stage}${epoch === undefined ? "" : `, epoch ${epoch}`}${step === undefined ? "" : `, step ${step}`}`,
      `at ${(at / 1000).toFixed(4)} s`,
    ];
    const op = "op" in command ? command.op : command.kind;
    const kernel = kindOf(command);
    this.element.replaceChildren(
      html(
        "div",
        { class: "sheet" },
        html("p", { class: "place", "data-place": "" }, place.join(" · ")),
        html("h2", { "data-command": "" }, op === kernel ? op : `${op} (${kernel})`),
        html(
          "dl",
          { class: "facts" },
          ...factsOf(command).flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]),
        ),
        buffersOf(command),
      ),
      ...(command.kind === "dispatch"
        ? [html("div", { class: "texts" }, this.#wgsl.element, this.#reference.element)]
        : []),
    );
    if (command.kind !== "dispatch") return;
    const key = `${command.kernel} ${command.text}`;
    if (this.#shown === key && this.#source === source) return;
    [this.#shown, this.#source] = [key, source];
    const [all, text] = [await sources(), await source.text(command.text, this.#signal)];
    const known = Object.hasOwn(all.kernels, kernel) ? all.kernels[kernel] : undefined;
    if (this.#shown !== key) return;
    const files = (paths: readonly string[]): string =>
      paths.map((path) => `// ${path}\n\n${all.texts[path] ?? ""}`).join("\n\n");
    const has = (path: string): boolean => all.texts[path]?.includes(`export const ${op}`) === true;
    const reference = (known?.reference ?? []).toSorted((a, b) => Number(has(b)) - Number(has(a)));
    if (text !== undefined) {
      const same = await hasDigest(text, command.text);
      const held = same ? "with its digest" : `which is not what the record names: ${command.text}`;
      this.#wgsl.set(`WGSL as it ran, ${held}`, text, same ? "" : "bad");
    } else {
      const why = known === undefined ? "drop the folder of the run to see its text" : "before it was specialised";
      this.#wgsl.set(`WGSL of ${kernel}, ${why}`, files(known?.shader ?? []));
    }
    const ops = known === undefined || known.ops.length === 0 ? "" : `, through ${known.ops.join(", ")}`;
    this.#reference.set(
      known === undefined ? "A kernel of the program's own, which has the reference" : `Its reference in float64${ops}`,
      files(reference),
    );
  }
}

/** A text with a title, which scrolls by itself. */
function code(name: string): { element: HTMLElement; set(title: string, text: string, kind?: string): void } {
  const title = html("h2");
  const text = html("pre", { tabindex: 0, role: "region", "aria-label": name, "data-text": name });
  return {
    element: html("section", { class: "sheet" }, title, text),
    set(head, body, kind = "") {
      title.textContent = head;
      title.className = kind;
      text.textContent = body;
      text.scrollTop = 0;
    },
  };
}

function factsOf(command: Command): readonly (readonly [string, string])[] {
  const facts: (readonly [string, string])[] = [];
  if (command.kind === "dispatch") {
    const { ns, flops, workgroups, constants, params, specialised = [] } = command;
    const listed = (record: Readonly<Record<string, number | boolean | string>>): string =>
      Object.entries(record)
        .map(([name, value]) => `${name} ${typeof value === "number" ? number(value) : value}`)
        .join(", ");
    facts.push([
      "On the GPU",
      ns === undefined ? "not timed" : `${(ns / 1000).toLocaleString("en", { maximumSignificantDigits: 6 })} µs`,
    ]);
    facts.push(["Operations", amount(flops, "FLOP")], ["Workgroups", workgroups.join(" × ")]);
    if (Object.keys(constants).length > 0) facts.push(["Constants", listed(constants)]);
    if (Object.keys(params).length > 0) facts.push(["Params", listed(params)]);
    if (specialised.length > 0) facts.push(["Specialised", specialised.join(", ")]);
  }
  facts.push(["Bytes", amount(command.bytes, "B")]);
  if ("sha256" in command) facts.push(["SHA-256", command.sha256]);
  return facts;
}

function buffersOf(command: Command): HTMLElement {
  const outputs: Readonly<Record<string, Digest>> = command.outputs ?? {};
  const digests = Object.keys(outputs).length > 0;
  const head = [
    "buffer",
    "tensor",
    "shape",
    "access",
    ...(digests ? ["least", "greatest", "mean", "some values"] : []),
  ];
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Buffers" },
    html(
      "table",
      {},
      html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col" }, text)))),
      html(
        "tbody",
        {},
        ...command.buffers.map(({ name, access, tensor, shape, dtype }) => {
          const digest = outputs[name];
          const numbers = digest && [number(digest.min), number(digest.max), number(digest.mean)];
          const odd =
            digest === undefined
              ? ""
              : [digest.nan > 0 && `${digest.nan} NaN`, digest.inf > 0 && `${digest.inf} infinite`]
                  .filter(Boolean)
                  .join(", ");
          const values = digest?.values.map(([, value]) => number(value)).join("  ") ?? "";
          return html(
            "tr",
            { "data-buffer": name },
            html("th", { scope: "row" }, name),
            html("td", {}, `#${tensor}`),
            html("td", {}, `[${shape.join(", ")}] ${dtype}`),
            html("td", {}, access.replace("_", " and ")),
            ...(digests
              ? [...(numbers ?? ["", "", ""]), odd === "" ? values : `${odd}; ${values}`].map((text) =>
                  html("td", {}, text),
                )
              : []),
          );
        }),
      ),
    ),
  );
}
