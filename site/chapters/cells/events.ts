import type { CellPicture } from "./picture.ts";

/** What a reader can do to the points in the picture. */
export interface Deeds {
  choose(point: number): void;
  /** `dragging` until the point is let go. */
  move(point: number, x: number, y: number, dragging: boolean): void;
  add(x: number, y: number): void;
  remove(point: number): void;
  /** A path was drawn. */
  draw(path: readonly (readonly [number, number])[]): void;
  /** The chosen point, its place, and the number of points. */
  chosen(): { readonly point: number; readonly x: number; readonly y: number; readonly count: number };
  /** Whether a stroke draws a path. */
  readonly drawing: boolean;
}

/** Movement by an arrow key, as a part of what is seen. */
const [NEAR, FAR] = [0.01, 0.08];

/** Hears of pointer and keys over a picture. */
export function listen(picture: CellPicture, deeds: Deeds): void {
  const { element } = picture;
  let path: [number, number][] | undefined;
  let held: number | undefined;
  let wasDragged = false;

  const end = (): void => {
    picture.hold(false);
    picture.trace([]);
    [path, held] = [undefined, undefined];
  };
  element.addEventListener("pointerdown", (event) => {
    wasDragged = false;
    if (event.button !== 0) return;
    const place = picture.view.at(element, event);
    const point = picture.pointAt(event);
    if (deeds.drawing) path = [place];
    else if (point !== undefined) {
      held = point;
      deeds.choose(point);
    } else return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    picture.hold(true);
  });
  element.addEventListener("pointermove", (event) => {
    const place = picture.view.at(element, event);
    if (path !== undefined) {
      path.push(place);
      picture.trace(path);
    } else if (held !== undefined) {
      wasDragged = true;
      deeds.move(held, ...place, true);
    }
  });
  element.addEventListener("pointerup", (event) => {
    const [drawn, moved] = [path, held];
    const place = picture.view.at(element, event);
    end();
    if (drawn !== undefined) {
      wasDragged = true;
      if (drawn.length > 2) deeds.draw(drawn);
    } else if (moved !== undefined && wasDragged) deeds.move(moved, ...place, false);
  });
  element.addEventListener("pointercancel", end);
  element.addEventListener("click", (event) => {
    if (wasDragged || deeds.drawing || picture.pointAt(event) !== undefined) return;
    deeds.add(...picture.view.at(element, event));
  });
  element.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    const { point, x, y, count } = deeds.chosen();
    const far = 2 * picture.view.half * (shiftKey ? FAR : NEAR);
    const across = { ArrowLeft: -far, ArrowRight: far }[key];
    const up = { ArrowUp: far, ArrowDown: -far }[key];
    if (key === "PageDown") deeds.choose((point + 1) % count);
    else if (key === "PageUp") deeds.choose((point + count - 1) % count);
    else if (key === "Enter" || key === "+") deeds.add(x + 4 * far, y);
    else if (key === "Delete" || key === "Backspace") deeds.remove(point);
    else if (across !== undefined || up !== undefined) deeds.move(point, x + (across ?? 0), y + (up ?? 0), false);
    else return;
    event.preventDefault();
  });
}
