import type { BatchStream } from '@tandem/dataset';
import type { Communication } from '@tandem/rpc';
import type { BatchSource } from '@tandem/training';

/** The same batches; how many more wait is told each time that one is taken. */
export function countReady(batches: BatchStream, communication: Pick<Communication, 'readyBatches'>): BatchSource {
  return {
    next: async () => {
      const batch = await batches.next();
      communication.readyBatches = batches.ready;
      return batch;
    },
  };
}
