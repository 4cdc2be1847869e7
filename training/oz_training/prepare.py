"""Builds the training set from the output of `pack`: augmented views of faces and simulated attacks.

    python -m oz_training.prepare --faces faces.npz --out SAMPLES --count 160000

Unlabelled faces of the sets in `--assume-live` count as bona fide. Every sample is a function of its number
and the seed. `--count 0` makes the views of each face once without augmentation, for scoring. SAMPLES is a
folder with `views.npy` and `samples.npz`.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from .attacks import attack
from .camera import photograph
from .crops import SCALES, SIDE, views
from .pack import Packed, load

FACE_SIDE = (70, 170)
"""Images are scaled down until the face has a side in this range, in pixels; views do not resolve more."""
ATTACK_SHARE = 0.5
"""Share of the bona fide images that become simulated attacks."""
BLOCK = 100
"""Samples per work item."""

_state: dict = {}


def main() -> None:
    arguments = parse()
    packed = [face for file in arguments.faces for face in load(file)]
    faces = labelled(packed, arguments.assume_live, arguments.sets)
    sets = sorted({face.set for face in faces})
    count, started = arguments.count or len(faces), time.time()
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "views.npy"
    np.lib.format.open_memmap(file, "w+", dtype=np.uint8, shape=(count, len(SCALES), SIDE, SIDE, 3))
    state = (faces, sets, arguments.seed, arguments.assume_live, file, bool(arguments.count))
    with ProcessPoolExecutor(arguments.workers, initializer=start, initargs=(state,)) as pool:
        columns = np.array([row for part in pool.map(block, blocks(count)) for row in part], np.int32)
    np.savez(
        arguments.out / "samples.npz", sets=np.array(sets),
        label=columns[:, 0], simulated=columns[:, 1], set=columns[:, 2], face=columns[:, 3],
    )
    seconds = time.time() - started
    print(f"{count} samples of {len(faces)} faces in {len(sets)} sets, {seconds:.0f} s", flush=True)


def labelled(faces: list[Packed], assume_live: list[str], sets: list[str]) -> list[Packed]:
    chosen = [face for face in faces if not sets or face.set in sets]
    assumed = [replace(f, label=1) if f.label is None and f.set in assume_live else f for f in chosen]
    return [face for face in assumed if face.label is not None]


def blocks(count: int) -> list[range]:
    return [range(first, min(first + BLOCK, count)) for first in range(0, count, BLOCK)]


def start(state) -> None:
    faces, sets, seed, assumed, file, augmenting = state
    cv2.setNumThreads(1)
    out = np.load(file, mmap_mode="r+")
    _state.update(faces=faces, sets=sets, seed=seed, assumed=assumed, out=out, augmenting=augmenting)
    _state["groups"] = grouped(faces)


def block(numbers: range) -> list[tuple[int, int, int, int]]:
    make = sample if _state["augmenting"] else plain
    return [make(number) for number in numbers]


def plain(number: int):
    face = _state["faces"][number]
    _state["out"][number] = views(face.image(), face.box)
    return face.label, 0, _state["sets"].index(face.set), number


def sample(number: int):
    """Makes one augmented sample of a random face."""
    rng = np.random.default_rng((_state["seed"], number))
    place = pick(rng)
    face = _state["faces"][place]
    image, box = shrunk(face, rng)
    simulated, label = 0, face.label
    if label == 1 and rng.random() < ATTACK_SHARE:
        scene, holder = image, box
        if rng.random() < 0.6:
            scene, holder = shrunk(_state["faces"][pick_scene(face.set, rng)], rng)
        image, box = attack(image, box, scene, holder, rng)
        simulated, label = 1, 0
    if rng.random() < 0.85:
        image = photograph(image, rng)
    if rng.random() < 0.3:
        image, box = rolled(image, box, rng)
    _state["out"][number] = views(image, jittered(box, rng))
    return label, simulated, _state["sets"].index(face.set), place


def shrunk(face: Packed, rng):
    """Scales an image down to a random side of the face, with area averaging or, as at run time, without."""
    image, side = face.image(), rng.uniform(*FACE_SIDE)
    factor = min(1.0, side / max(face.box[2:]))
    if factor < 1.0:
        filter_ = cv2.INTER_AREA if rng.random() < 0.5 else cv2.INTER_LINEAR
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=filter_)
    return image, tuple(v * factor for v in face.box)


def rolled(image, box, rng):
    """Rotates the image slightly about the face."""
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 7), 1.0)
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), box


def pick(rng) -> int:
    """Picks a face: a set with the square root of its size as weight, then a label, then a face."""
    groups = _state["groups"]
    names = list(groups)
    weights = np.array([np.sqrt(sum(len(v) for v in groups[name].values())) for name in names])
    labels = groups[names[rng.choice(len(names), p=weights / weights.sum())]]
    label = list(labels)[rng.integers(len(labels))]
    return int(rng.choice(labels[label]))


def pick_scene(name: str, rng) -> int:
    """Picks a background for an attack, of the same set or one that is never held out, to prevent leakage."""
    groups = _state["groups"]
    names = [name] + [other for other in groups if other in _state["assumed"]]
    faces = groups[names[rng.integers(len(names))]]
    return int(rng.choice(faces[1] if 1 in faces else next(iter(faces.values()))))


def grouped(faces: list[Packed]):
    groups: dict = {}
    for place, face in enumerate(faces):
        groups.setdefault(face.set, {}).setdefault(face.label, []).append(place)
    return groups


def jittered(box, rng):
    x, y, w, h = box
    grow = np.exp(rng.normal(0, 0.07))
    cx = x + w / 2 + rng.normal(0, 0.05) * w
    cy = y + h / 2 + rng.normal(0, 0.05) * h
    return cx - w * grow / 2, cy - h * grow / 2, w * grow, h * grow


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path, nargs="+", required=True, help="output files of `pack`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=0, help="samples; 0: each face once, not augmented")
    parser.add_argument("--assume-live", nargs="*", default=["lfw"], help="sets of unlabelled live faces")
    parser.add_argument("--sets", nargs="*", default=[], help="sets to use (default: all)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
