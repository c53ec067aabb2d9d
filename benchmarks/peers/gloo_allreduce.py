"""A rank of PyTorch's gloo all-reduce, for allreduce.ts: prints one line of JSON."""

import argparse
import json
import os
import time
from datetime import timedelta

import torch
import torch.distributed as dist

parser = argparse.ArgumentParser()
for name in ("rank", "ranks", "port", "elements", "warm-up", "iterations"):
    parser.add_argument(f"--{name}", type=int, required=True)
flags = parser.parse_args()

os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
torch.set_num_threads(1)
dist.init_process_group(
    "gloo",
    init_method=f"tcp://127.0.0.1:{flags.port}",
    rank=flags.rank,
    world_size=flags.ranks,
    timeout=timedelta(seconds=120),
)
values = torch.empty(flags.elements, dtype=torch.float32)
wall_ms, cpu_ms = [], []
for iteration in range(flags.warm_up + flags.iterations):
    values.fill_(flags.rank + 1)
    dist.barrier()
    start, cpu = time.perf_counter(), time.process_time()
    dist.all_reduce(values)
    elapsed, used = time.perf_counter() - start, time.process_time() - cpu
    if iteration >= flags.warm_up:
        wall_ms.append(elapsed * 1000)
        cpu_ms.append(used * 1000)
assert torch.all(values == flags.ranks * (flags.ranks + 1) / 2), "the sums are wrong"
print(json.dumps({"wallMs": wall_ms, "cpuMs": cpu_ms, "version": torch.__version__}))
dist.destroy_process_group()
