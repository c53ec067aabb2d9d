"""A rank of PyTorch's DistributedDataParallel on gloo under torchrun, for recovery.ts: Tandem's small network, drawn numbers for
images, a checkpoint every 10 steps that a restart begins from, as torchrun's documentation advises. Writes what it does to
FOLDER/rank-R.jsonl, times in milliseconds since 1970."""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

import json
import sys
import time
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

FOLDER, BATCH = sys.argv[1], int(sys.argv[2])
CHECKPOINT_EVERY = 10

torch.set_num_threads(1)
torch.manual_seed(1)
dist.init_process_group("gloo", timeout=timedelta(seconds=60))
rank = dist.get_rank()
log = open(os.path.join(FOLDER, f"rank-{rank}.jsonl"), "a", buffering=1)


def say(msg: str, step: int) -> None:
    log.write(json.dumps({"time": time.time() * 1000, "msg": msg, "step": step, "pid": os.getpid()}) + "\n")


network = nn.Sequential(
    *[nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)],
    *[nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()],
    *[nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)],
)
model = nn.parallel.DistributedDataParallel(network, broadcast_buffers=False, gradient_as_bucket_view=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=0.0005)
criterion = nn.CrossEntropyLoss()
checkpoint = os.path.join(FOLDER, "checkpoint.pt")
step = 0
if os.path.exists(checkpoint):
    saved = torch.load(checkpoint)
    model.module.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    step = saved["step"]
say("is ready", step)
while True:
    generator = torch.Generator().manual_seed(1000 * step + rank)
    images = torch.randn(BATCH, 1, 28, 28, generator=generator)
    labels = torch.randint(10, (BATCH,), generator=generator)
    optimizer.zero_grad()
    criterion(model(images), labels).backward()
    optimizer.step()
    step += 1
    say("is committed", step)
    if rank == 0 and step % CHECKPOINT_EVERY == 0:
        state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
        torch.save(state, checkpoint + ".part")
        os.replace(checkpoint + ".part", checkpoint)
