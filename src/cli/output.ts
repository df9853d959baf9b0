/** What the standard streams of a process have in common here. */
type Stream = Pick<NodeJS.WriteStream, "on" | "write">;

/**
 * Keeps streams that fail from ending the work. Standard error tells how far it is: where it fails,
 * on a full disk or because nobody reads on, it goes quiet. Standard output is part of the result.
 * The returned function waits until all of it is written, and throws an Error where that failed,
 * unless its reader closed the pipe, as `head` does once it has what it wants.
 */
export function watchOutput(stdout: Stream = process.stdout, stderr: Stream = process.stderr): () => Promise<void> {
  let failure: NodeJS.ErrnoException | undefined;
  stderr.on("error", () => undefined);
  stdout.on("error", (error) => {
    failure ??= error;
  });
  return async () => {
    await new Promise<unknown>((resolve) => stdout.write("", resolve)); // it comes after all before it
    if (failure === undefined || failure.code === "EPIPE") return;
    throw new Error(`cannot write to the standard output: ${failure.message}`, { cause: failure });
  };
}
