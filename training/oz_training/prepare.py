"""Makes the training set of what `pack` packed: augmented views of all faces, simulated attacks among them.

    python -m oz_training.prepare --faces faces.npz --out SAMPLES --count 160000

Faces without a label (`--assume-live SET`) count as bona fide. Every sample is a function of its number and the seed.
`--count 0` makes the views of each face once as it is, for scoring. SAMPLES is a folder: `views.npy` and `samples.npz`.
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
"""Pictures are shrunk until the face has a side between these: the views do not show more."""
ATTACK_SHARE = 0.5
"""How many of the bona fide pictures become simulated attacks."""
BLOCK = 100
"""Samples in one piece of work."""

_state: dict = {}


def main() -> None:
    arguments = parse()
    faces = labelled([face for file in arguments.faces for face in load(file)], arguments.assume_live, arguments.sets)
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
    print(f"{count} samples of {len(faces)} faces in {len(sets)} sets, {time.time() - started:.0f} s", flush=True)


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
    _state.update(faces=faces, sets=sets, seed=seed, assumed=assumed, out=out, augmenting=augmenting, groups=grouped(faces))


def block(numbers: range) -> list[tuple[int, int, int, int]]:
    make = sample if _state["augmenting"] else plain
    return [make(number) for number in numbers]


def plain(number: int):
    face = _state["faces"][number]
    _state["out"][number] = views(face.image(), face.box)
    return face.label, 0, _state["sets"].index(face.set), number


def sample(number: int):
    """Sets count alike, and within a set bona fide and attacks do; large unlabelled sets count for more."""
    rng = np.random.default_rng((_state["seed"], number))
    place = pick(rng)
    face = _state["faces"][place]
    image, box = shrunk(face, rng)
    simulated, label = 0, face.label
    if label == 1 and rng.random() < ATTACK_SHARE:
        scene, holder = shrunk(_state["faces"][pick_scene(face.set, rng)], rng) if rng.random() < 0.6 else (image, box)
        image, box = attack(image, box, scene, holder, rng)
        simulated, label = 1, 0
    if rng.random() < 0.85:
        image = photograph(image, rng)
    if rng.random() < 0.3:
        image, box = rolled(image, box, rng)
    _state["out"][number] = views(image, jittered(box, rng))
    return label, simulated, _state["sets"].index(face.set), place


def shrunk(face: Packed, rng):
    """A face's picture, shrunk until the face has some side; smoothly, or as roughly as large pictures become views."""
    image, side = face.image(), rng.uniform(*FACE_SIDE)
    factor = min(1.0, side / max(face.box[2:]))
    if factor < 1.0:
        filter_ = cv2.INTER_AREA if rng.random() < 0.5 else cv2.INTER_LINEAR
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=filter_)
    return image, tuple(v * factor for v in face.box)


def rolled(image, box, rng):
    """The picture turned a little about the face."""
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 7), 1.0)
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), box


def pick(rng) -> int:
    """A set by the square root of its size, then a label, then a face."""
    groups = _state["groups"]
    names = list(groups)
    weights = np.array([np.sqrt(sum(len(v) for v in groups[name].values())) for name in names])
    labels = groups[names[rng.choice(len(names), p=weights / weights.sum())]]
    label = list(labels)[rng.integers(len(labels))]
    return int(rng.choice(labels[label]))


def pick_scene(name: str, rng) -> int:
    """A picture to hold an attack before: of the same set or of none that is ever held out, so that nothing leaks."""
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, nargs="+", required=True, help="what `pack` wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=0, help="samples to make; 0: each face once as it is")
    parser.add_argument("--assume-live", nargs="*", default=["lfw"], help="sets whose faces without label are bona fide")
    parser.add_argument("--sets", nargs="*", default=[], help="sets to use; all when none is named")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
