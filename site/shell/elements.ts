// New elements of the page.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
type Child = Node | string;

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** A new element of HTML. */
export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** A new element of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = html("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", onClick);
  return element;
}

/** A slider with its name before it and its value behind. */
export interface Slider {
  readonly element: HTMLLabelElement;
  readonly input: HTMLInputElement;
  /** Moves the slider without calling `onInput`. */
  set(value: number): void;
}

export function slider(
  name: string,
  { min, max, step, value, show = String }: SliderOptions,
  onInput: (value: number) => void,
): Slider {
  const input = html("input", { type: "range", min, max, step, value });
  const shown = html("output", {}, show(value));
  const element = html("label", { class: "slider" }, html("span", { class: "name" }, name), input, shown);
  input.addEventListener("input", () => {
    shown.textContent = show(input.valueAsNumber);
    onInput(input.valueAsNumber);
  });
  return {
    element,
    input,
    set(to) {
      input.value = String(to);
      shown.textContent = show(to);
    },
  };
}

export interface SliderOptions {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly show?: (value: number) => string;
}

/** Buttons of which one is chosen, as radio buttons are. */
export function choices<T extends string>(
  name: string,
  all: Readonly<Partial<Record<T, string>>>,
  chosen: T,
  onChoose: (chosen: T) => void,
): HTMLFieldSetElement {
  const field = html("fieldset", { class: "choices" }, html("legend", {}, name));
  for (const [value, text] of Object.entries(all) as [T, string][]) {
    const input = html("input", { type: "radio", name: `choice ${name}`, value, checked: value === chosen });
    input.addEventListener("change", () => onChoose(value));
    field.append(html("label", {}, input, html("span", { class: "name" }, text)));
  }
  return field;
}

/** Named figures, which can be changed one by one: `set("chi2", "0.02")`. */
export interface Figures {
  readonly element: HTMLDListElement;
  set(key: string, value: string): void;
}

/** @param names what stands above each figure, by its key, which is its `data-figure` */
export function figures(names: Readonly<Record<string, string>>): Figures {
  const values = new Map<string, HTMLElement>();
  const element = html("dl", { class: "figures" });
  for (const [key, name] of Object.entries(names)) {
    const value = html("dd", { "data-figure": key }, "–");
    values.set(key, value);
    element.append(html("div", {}, html("dt", {}, name), value));
  }
  return {
    element,
    set(key, text) {
      const value = values.get(key);
      if (value !== undefined) value.textContent = text;
    },
  };
}
