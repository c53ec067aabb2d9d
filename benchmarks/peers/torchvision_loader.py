"""What torchvision prepares of an image folder: torchvision_loader.py FOLDER WORKERS ROUNDS, on one core.

The usual transforms of ImageNet training at 227, Pillow underneath. Prints JSON of the same keys as data-path.ts.
Processor seconds are those of this process and of the loader's.
"""

import json
import os
import statistics
import sys
import time

import PIL
import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

BATCH = 32
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(workers):
    seconds = time.process_time()
    for worker in workers:
        with open(f"/proc/{worker.pid}/stat") as file:
            # utime and stime, after the name in parentheses.
            fields = file.read().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def main():
    folder, workers, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    transform = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.RandomCrop(227),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
        ]
    )
    images = datasets.ImageFolder(folder, transform)
    loader = DataLoader(images, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    rates, core_rates = [], []
    # The first epoch fills the page cache.
    for epoch in range(rounds + 1):
        processes = [] if loader._iterator is None else loader._iterator._workers
        start, used = time.perf_counter(), processor_seconds(processes)
        for _ in loader:
            pass
        processes = [] if loader._iterator is None else loader._iterator._workers
        if epoch > 0:
            rates.append(len(images) / (time.perf_counter() - start))
            core_rates.append(len(images) / (processor_seconds(processes) - used))
    print(
        json.dumps(
            {
                "images": len(images),
                "imagesPerSecond": round_of(rates),
                "imagesPerCoreSecond": round_of(core_rates),
                "slowest": round(min(core_rates)),
                "fastest": round(max(core_rates)),
                "versions": f"torch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {PIL.__version__}",
            }
        )
    )


def round_of(rates):
    return int(statistics.median(rates) + 0.5)


main()
