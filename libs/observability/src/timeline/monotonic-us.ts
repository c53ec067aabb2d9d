/**
 * Microseconds of the machine's monotonic clock. Unlike `performance.now()`, whose zero is each thread's own start, it is one
 * clock for all threads of a process (on Linux for all processes of a machine).
 */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
