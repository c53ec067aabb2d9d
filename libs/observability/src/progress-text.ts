export interface Progress {
  /** Steps committed. */
  readonly step: number;
  readonly totalSteps: number;
  /** The epoch under way, from 1, and how many there are. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  readonly remainingMs: number;
}

const barCells = 24;

/** `step 120/300 ━━━━━━━━━─────────────── 40 % · epoch 2/5 · loss 0.4312 · 153 images/s · ETA 1m 20s` */
export function progressText(progress: Progress): string {
  const done = progress.totalSteps === 0 ? 0 : Math.min(1, progress.step / progress.totalSteps);
  const filled = Math.floor(done * barCells);
  const bar = '━'.repeat(filled) + '─'.repeat(barCells - filled);
  return [
    `step ${progress.step}/${progress.totalSteps} ${bar} ${Math.floor(100 * done)} %`,
    `epoch ${progress.epoch}/${progress.epochs}`,
    `loss ${formatLoss(progress.loss)}`,
    `${formatRate(progress.imagesPerSecond)} images/s`,
    `ETA ${formatDuration(progress.remainingMs)}`,
  ].join(' · ');
}

/** Four significant digits. */
export function formatLoss(loss: number): string {
  return Number.isFinite(loss) ? loss.toPrecision(4) : String(loss);
}

export function formatRate(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

/** `850 ms`, `12s`, `3m 05s`, `2h 07m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}
