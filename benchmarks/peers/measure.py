"""What a peer measures of its own steps, and prints as one line of JSON for the benchmark that started it."""

import argparse
import json
import re
import time
from pathlib import Path


def arguments(*numbers: str, texts: tuple[str, ...] = (), **choices: tuple[str, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("batch", "warm-up", "steps", *numbers):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in texts:
        parser.add_argument(f"--{name}", required=True)
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, required=True)
    return parser.parse_args()


def peak_memory_mb() -> float:
    """The greatest resident set so far, as the kernel counted it (not getrusage's, which knows the parent's too)."""
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1000


def measure(step, flags: argparse.Namespace, version: str) -> None:
    """Runs `step()`, which gives the loss as a float; wall time a step, and the processor time of all threads over all measured ones."""
    for _ in range(flags.warm_up):
        loss = step()
    step_ms = []
    used = time.process_time()
    for _ in range(flags.steps):
        start = time.perf_counter()
        loss = step()
        step_ms.append((time.perf_counter() - start) * 1000)
    cpu_ms = (time.process_time() - used) * 1000 / flags.steps
    figures = {"stepMs": step_ms, "cpuMs": cpu_ms, "peakMemoryMb": peak_memory_mb(), "loss": str(loss), "version": version}
    print(json.dumps(figures), flush=True)
