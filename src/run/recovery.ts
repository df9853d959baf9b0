// How a run handles a lost device and a NaN.

import type { OpenedGpu } from "../adapter/opened.ts";
import { DeviceLostError } from "../kernels/gpu.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { createAutoencoder, initParameters } from "../models/autoencoder/autoencoder.ts";
import { startParameters } from "../models/autoencoder/start.ts";
import { autoencoderTask } from "../models/autoencoder/trainAutoencoder.ts";
import { NonFiniteError, Training } from "../models/training/training.ts";
import { describeNonFinite, firstNonFinite } from "../tensor/diagnostics/finite.ts";
import { rowsOf, trainingOf } from "./config.ts";
import type { Session } from "./session.ts";

const MOST_LOSSES = 3; // lost devices in a row, without a checkpoint between them

/**
 * Runs `attempt` on the session's device, and on a new one from the last checkpoint on whenever the
 * device is lost. A NaN is traced to the op that produced it. All other errors are passed on.
 */
export async function withRecovery<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  const { progress, reopen, folder, gpu: first } = session.context;
  let losses = 0;
  try {
    for (;;) {
      const before = session.path;
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof NonFiniteError) throw await traced(session, error);
        const loss = await lossOf(session.gpu, error);
        if (loss === undefined) throw error;
        losses = session.path === before ? losses + 1 : 1;
        const where = session.path ?? "the beginning";
        if (losses === MOST_LOSSES) {
          throw new DeviceLostError(
            `run: the device was lost ${MOST_LOSSES} times in a row; go on from ${where} with --resume ${folder} (${loss.message})`,
            { cause: error },
          );
        }
        progress.end(`the device was lost: going on from ${where} on a new one (${loss.message})`);
        if (session.gpu !== first) await closed(session.gpu);
        session.gpu = await reopen();
        session.rewind();
      }
    }
  } finally {
    if (session.gpu !== first) await closed(session.gpu); // the caller disposes of the first one
  }
}

/** Disposes of a device and ignores errors, since a lost device cannot wait for its work. */
const closed = (gpu: OpenedGpu): Promise<void> => gpu.dispose().catch(() => undefined);

/**
 * The loss of the device that caused an error, if any: a device may report errors before it reports
 * its loss.
 */
async function lossOf(gpu: OpenedGpu, error: unknown): Promise<Error | undefined> {
  if (error instanceof DeviceLostError) return error;
  const soon = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100));
  const info = await Promise.race([gpu.lost, soon]);
  return info === undefined ? undefined : new DeviceLostError(`gpu: the device was lost (${info.reason})`);
}

/**
 * The error of a training that became NaN or infinite, with the op that did so: the steps since the
 * checkpoint run again under a check of every op.
 */
async function traced(session: Session, error: NonFiniteError): Promise<NonFiniteError> {
  const { state, path, gpu } = session;
  const { config, data, progress, signal } = session.context;
  if (state.stage !== "autoencoder") return error;
  const images = data.train;
  const values =
    state.training === undefined
      ? await startParameters(gpu, config.model, images, { seed: config.seed, from: state.principal, signal })
      : initParameters(config.model, config.seed);
  const model = createAutoencoder(gpu, config.model, values);
  const training = new Training(autoencoderTask(model), rowsOf(config, images), trainingOf(config), state.training);
  const kept = path === undefined ? "no checkpoint was made yet" : `the last checkpoint, ${path}, is good`;
  const describe = (step: number, what: string): NonFiniteError =>
    new NonFiniteError(`train: in step ${step} ${what}; lower the learning rate or check the data; ${kept}`, step);
  try {
    const begin = training.step;
    while (training.step < error.step) {
      progress.update(training.step - begin, error.step - begin, "looking for the op that made the first NaN");
      throwIfAborted(signal);
      const found = await firstNonFinite(gpu, () => training.next());
      if (found !== undefined) return describe(training.step, describeNonFinite(found));
      const parameters = await gpu.read(model.parameters.flat);
      const bad = parameters.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0)
        return describe(
          training.step,
          `\`adam\` made the parameter at ${bad} of ${parameters.length} ${parameters[bad]}`,
        );
    }
    return error;
  } finally {
    training.dispose();
    model.dispose();
  }
}
