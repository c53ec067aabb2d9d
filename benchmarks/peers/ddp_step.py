"""A rank of PyTorch's DistributedDataParallel on gloo, for ddp.ts; with one rank the network alone. The paper's AlexNet."""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

from measure import arguments, measure

flags = arguments("rank", "ranks", "classes", texts=("ports",), lrn=("on", "off"), form=("contiguous", "channels-last"))
torch.set_num_threads(1)
torch.set_num_interop_threads(1)
torch.manual_seed(flags.rank)


def lrn():
    # PyTorch divides alpha by the size of the window; the paper does not.
    return [nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)] if flags.lrn == "on" else []


layers = [
    *[nn.Conv2d(3, 96, 11, 4), nn.ReLU(inplace=True), *lrn(), nn.MaxPool2d(3, 2)],
    *[nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(inplace=True), *lrn(), nn.MaxPool2d(3, 2)],
    *[nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(inplace=True)],
    *[nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU(inplace=True)],
    *[nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2), nn.Flatten()],
    *[nn.Linear(9216, 4096), nn.ReLU(inplace=True), nn.Dropout()],
    *[nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, flags.classes)],
]
for layer in layers:
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)
model = nn.Sequential(*layers)
images = torch.randn(flags.batch, 3, 227, 227) * 40
labels = torch.randint(flags.classes, (flags.batch,))
if flags.form == "channels-last":
    model = model.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
if flags.ranks > 1:
    dist.init_process_group(
        "gloo",
        init_method=f"tcp://127.0.0.1:{flags.ports.split(',')[0]}",
        rank=flags.rank,
        world_size=flags.ranks,
        timeout=timedelta(seconds=300),
    )
    # The network has no buffers and is the same in every step.
    model = nn.parallel.DistributedDataParallel(
        model, broadcast_buffers=False, gradient_as_bucket_view=True, static_graph=True
    )
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=0.0005, fused=True)
criterion = nn.CrossEntropyLoss()


def step() -> float:
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


measure(step, flags, f"torch {torch.__version__}")
if flags.ranks > 1:
    dist.destroy_process_group()
