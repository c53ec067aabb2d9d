import type { DataThreads } from '@tandem/dataset';
import type { Progress } from './progress.js';
import type { SnapshotOffers } from './snapshot-offers.js';
import type { UnreadableImages } from './unreadable-images.js';

/** What lives longer than a generation, and is not prepared before the first. */
export interface Lasting {
  readonly progress: Progress;
  readonly unreadable: UnreadableImages;
  readonly snapshots: SnapshotOffers;
  /** For this generation's batches and evaluations, and the next one's. */
  readonly threads: DataThreads;
}
