"""Runs the trunk over a training set, once: it does not learn, and what does then takes seconds.

    python -m oz_training.embed SET.npz ...      writes SET.maps.npy beside each, `[N, 3, 112, 5, 5]`, half precision
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from .model import MAP, VIEWS, PadNet

BATCH = 16


def main() -> None:
    for name in sys.argv[1:]:
        file = Path(name)
        views = np.load(file, allow_pickle=False)["views"]
        out = np.lib.format.open_memmap(
            file.with_suffix(".maps.npy"), "w+", dtype=np.float16, shape=(len(views), VIEWS, *MAP)
        )
        starts = range(0, len(views), BATCH)
        with ProcessPoolExecutor(2, initializer=start) as pool:
            parts = pool.map(maps_of, (views[at : at + BATCH] for at in starts), chunksize=8)
            for at, part in zip(starts, parts):
                out[at : at + len(part)] = part
        print(f"{file}: {len(views)} samples", flush=True)


_network: list[PadNet] = []


def start() -> None:
    torch.set_num_threads(1)
    _network.append(PadNet().eval().to(memory_format=torch.channels_last))


@torch.no_grad()
def maps_of(views: np.ndarray) -> np.ndarray:
    inputs = as_input(views)
    return _network[0].maps(inputs).numpy().astype(np.float16)


def as_input(views: np.ndarray) -> torch.Tensor:
    """`[N, 3, 80, 80, 3]` BGR bytes to `[N, 9, 80, 80]` RGB, 0..=1."""
    rgb = torch.from_numpy(np.ascontiguousarray(views[..., ::-1]))
    return rgb.permute(0, 1, 4, 2, 3).reshape(len(views), -1, *views.shape[2:4]).float() / 255


if __name__ == "__main__":
    main()
