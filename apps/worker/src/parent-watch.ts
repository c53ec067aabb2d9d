/** How often a worker of `tandem run` looks whether the process that started it is still there. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `orphaned` when the parent process is gone, however it ended: it was the coordinator too, and nobody will come in its
 * place. Gives a function that ends the watch.
 */
export function watchParent(orphaned: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    orphaned();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
