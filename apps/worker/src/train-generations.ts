import { describeError } from '@tandem/core';
import { DataThreads } from '@tandem/dataset';
import type { GenerationMessage } from '@tandem/rpc';
import { trainingLoop } from '@tandem/training';
import { buildTraining, type Training } from './build-training.js';
import { nextGenerationOrEnd } from './end-of-run.js';
import type { Lasting } from './lasting.js';
import { isGenerationOver, peerFault } from './peer-fault.js';
import type { PreparedWorker } from './prepare-worker.js';
import { Progress } from './progress.js';
import { SnapshotOffers } from './snapshot-offers.js';
import { UnreadableImages } from './unreadable-images.js';

/**
 * Trains in one generation after another until the run ends. A generation that ends early, because its members change or
 * a peer fails, costs the step in flight; weights, data set and process stay. Rejects with what the run or this worker fails by.
 */
export async function trainGenerations(worker: PreparedWorker): Promise<void> {
  const { communication, dataset, replica, log } = worker;
  const lasting: Lasting = {
    progress: new Progress(),
    unreadable: new UnreadableImages(log),
    snapshots: new SnapshotOffers(communication, replica, log),
    threads: new DataThreads(),
  };
  // It takes a good part of a second, in which a generation forms, and a newcomer copies the weights.
  lasting.threads.start(dataset.train);
  /** What is over may still have something to send; it is not waited for. */
  const closing: Promise<unknown>[] = [];
  try {
    let generation: GenerationMessage | undefined = await communication.generations.next();
    while (generation !== undefined) {
      const { number } = generation;
      const { finished, training } = await trainOne(worker, lasting, generation);
      try {
        communication.setPhase(lasting.progress.step, finished ? 'waiting' : 'forming');
        // Peers may still be waiting for gradients of the last step that are on their way from here.
        generation = await nextGenerationOrEnd(communication, finished);
      } finally {
        if (training !== undefined)
          closing.push(
            training
              .close()
              .catch((error: unknown) => log.warn({ event: 'training.close-failed' }, describeError(error))),
          );
      }
      if (generation !== undefined)
        log.info({ event: 'generation.left' }, `generation ${number} is over after step ${lasting.progress.step}`);
    }
  } finally {
    await Promise.all(closing);
    await lasting.threads.close();
  }
}

/** `finished`: this worker has done its last step; else the generation ended before. The caller closes the training. */
async function trainOne(
  worker: PreparedWorker,
  lasting: Lasting,
  generation: GenerationMessage,
): Promise<{ readonly finished: boolean; readonly training: Training | undefined }> {
  const { communication, log, faultPoint } = worker;
  const { progress, snapshots, unreadable } = lasting;
  let training: Training | undefined;
  try {
    communication.setPhase(progress.step, 'forming');
    faultPoint('forming', progress.step);
    communication.generations.stand(progress.standing(generation.number));
    const begin = await communication.generations.begin(generation.number);
    training = await buildTraining(worker, lasting, generation, begin);
    const step = await trainingLoop(training.loop);
    await snapshots.taken(step);
    communication.report({ finished: { step, unreadableImages: unreadable.report } });
    return { finished: true, training };
  } catch (error) {
    const fault = peerFault(error, generation);
    if (fault === undefined && !isGenerationOver(error)) {
      await training?.close().catch(() => undefined);
      throw error;
    }
    log.info(
      { event: 'generation.broken', err: error },
      `generation ${generation.number} cannot go on: ${describeError(error)}`,
    );
    if (fault !== undefined) communication.report({ peerFault: fault });
    return { finished: false, training };
  }
}
