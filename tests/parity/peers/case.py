"""The folder that a peer reads a case from and writes its answer into."""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


class Case:
    """`case.json`, the first weights by name, and the batches: images [steps, rows, h, w, c] and labels [steps, rows]."""

    def __init__(self, folder: Path):
        self.folder = folder
        settings = json.loads((folder / "case.json").read_text())
        self.variant: str = settings["variant"]
        self.classes: int = settings["classes"]
        self.input_shape: list[int] = settings["inputShape"]
        self.learning_rates: list[float] = settings["learningRates"]
        self.momentum: float = settings["momentum"]
        self.weight_decay: float = settings["weightDecay"]
        self.weights = load_file(folder / "weights.safetensors")
        batches = load_file(folder / "batches.safetensors")
        self.images = batches["images"]
        self.labels = batches["labels"]


def answer(peer, versions: dict[str, str]) -> None:
    """
    Runs `peer(case)`, which gives logits, gradients and state by name, and losses, and writes them as
    `peer.safetensors` with `versions` beside it.
    """
    folder = Path(sys.argv[1])
    logits, gradients, losses, state = peer(Case(folder))
    tensors = {
        "logits": logits,
        "losses": np.asarray(losses, np.float32),
        **{f"gradient/{name}": value for name, value in gradients.items()},
        **{f"state/{name}": value for name, value in state.items()},
    }
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, folder / "peer.safetensors")
    (folder / "peer.json").write_text(json.dumps(versions))
