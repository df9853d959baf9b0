// Opens the pages that its address names, each in a frame, and posts what they painted on their
// canvases. A page is done when its canvas has a size, or when it calls itself "done".
interface Frame {
  src: string;
  readonly contentWindow: { addEventListener(type: string, listener: (event: never) => void): void };
  readonly contentDocument: Page | null;
  remove(): void;
}

interface Page {
  readonly title: string;
  readonly body: { append(frame: Frame): void } | null;
  createElement(name: "iframe"): Frame;
  querySelector(name: "canvas"): Canvas | null;
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

const { document, location, fetch } = globalThis as unknown as {
  readonly document: Page;
  readonly location: { readonly search: string };
  readonly fetch: (path: string, request: { readonly method: string; readonly body: string }) => Promise<unknown>;
};
const post = (path: string, value: unknown) => fetch(path, { method: "POST", body: JSON.stringify(value) });
const SECONDS = 60;
const EMPTY = 300; // the width of a canvas that nothing was painted on

/** What a page painted: width, height, and red, green, blue and opacity of each pixel. */
async function painted(path: string): Promise<readonly number[]> {
  const frame = document.createElement("iframe");
  frame.src = path;
  document.body?.append(frame);
  let failure: string | undefined;
  const fail = (what: unknown): void => {
    failure ??= String(what);
  };
  const { contentWindow } = frame;
  contentWindow.addEventListener("error", ({ message }: { message: string }) => fail(message));
  contentWindow.addEventListener("unhandledrejection", ({ reason }: { reason: unknown }) => fail(reason));
  const end = performance.now() + 1000 * SECONDS;
  for (;;) {
    const page = frame.contentDocument;
    const canvas = page?.querySelector("canvas");
    if (canvas && (canvas.width !== EMPTY || page?.title === "done")) {
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      frame.remove();
      return [width, height, ...data];
    }
    if (performance.now() > end) fail(`nothing was painted in ${SECONDS} s`);
    if (failure !== undefined) throw new Error(`${path}: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

try {
  const pages = location.search.slice(1).split(",");
  const pictures: Record<string, readonly number[]> = {};
  for (const path of pages) pictures[path] = await painted(path);
  await post("/done", pictures);
} catch (error) {
  await post("/failed", String(error));
}
