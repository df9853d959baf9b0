// Elements of the page by name, and new ones.

/** The element with an id, which the page has. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`page: expected an element \`${id}\``);
  return found as Element as T;
}

/** A new element with a text, as the last child of `parent`. */
export function added<K extends keyof HTMLElementTagNameMap>(
  parent: Element,
  tag: K,
  text = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

/** A button of a toolbar. */
export function button(parent: Element, text: string, onClick: () => void): HTMLButtonElement {
  const element = added(parent, "button", text);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}
