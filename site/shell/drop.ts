import { button, html } from "./elements.ts";

export interface DropOptions {
  /** What can be dropped, as a sentence. */
  readonly text: string;
  /** Endings of the files that are offered, such as `.png`. Default: all. */
  readonly accept?: string;
  /** Name of the button that chooses files. */
  readonly choose: string;
  /** Whether a folder can be chosen too. Default: false. */
  readonly folder?: boolean;
  /** What the button of the file chooser is known by to tests. */
  readonly name: string;
  /** Once it is aborted, the page takes no files any more. */
  readonly signal: AbortSignal;
}

/**
 * A place for files: they are dropped anywhere in the page or chosen by its buttons. A folder gives
 * its files, and those of its folders; there are none where nothing that was dropped can be read.
 */
export function dropPlace(options: DropOptions, onFiles: (files: readonly File[]) => void): HTMLElement {
  const chooser = (folder: boolean): HTMLInputElement => {
    const input = html("input", {
      type: "file",
      multiple: true,
      accept: options.accept,
      webkitdirectory: folder,
      hidden: true,
      "data-files": folder ? `${options.name} folder` : options.name,
    });
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // the same file can be chosen again
      if (files.length > 0) onFiles(files);
    });
    return input;
  };
  const [files, folder] = [chooser(false), chooser(true)];
  const buttons = [button(options.choose, () => files.click())];
  if (options.folder === true) buttons.push(button("Choose a folder", () => folder.click()));
  const place = html("div", { class: "drop" }, html("p", {}, options.text), ...buttons, files, folder);
  const over = (event: DragEvent): void => {
    event.preventDefault(); // or the browser would open the file instead of this page
    place.classList.toggle("over", event.type === "dragover");
  };
  const { signal } = options;
  document.addEventListener("dragover", over, { signal });
  document.addEventListener("dragleave", over, { signal });
  document.addEventListener(
    "drop",
    (event) => {
      over(event);
      const dropped = [...(event.dataTransfer?.items ?? [])].map(async (item) => {
        // Neither can be asked for once this event is over.
        const [entry, file] = [item.webkitGetAsEntry(), item.getAsFile()];
        return entry?.isDirectory ? filesIn(entry) : file === null ? [] : [file];
      });
      void Promise.all(dropped).then(
        (all) => onFiles(all.flat()),
        () => onFiles([]), // one of them cannot be read
      );
    },
    { signal },
  );
  return place;
}

/** Takes files that are dropped anywhere in the page; all else goes where it is dropped. */
export function takeFiles(signal: AbortSignal, onFiles: (files: readonly File[]) => void): void {
  const take = (event: DragEvent): void => {
    const data = event.dataTransfer;
    if (!data?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") onFiles([...data.files]);
  };
  document.addEventListener("dragover", take, { signal });
  document.addEventListener("drop", take, { signal });
}

/** The files of an entry that was dropped. */
async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesIn(each)));
  }
}
