"""Makes the training set: augmented views of all faces, simulated attacks, and what the teacher says of each.

    python -m oz_training.prepare --manifest DATA/index.csv --teacher FOLDER --oz oz --out SET.npz --count 40000

Faces without a label (`--assume-live SET`) count as bona fide. Every sample is a function of its number and the seed.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from .attacks import attack
from .camera import photograph
from .crops import views
from .faces import Face, find_faces, read_manifest
from .teacher import Teacher

FACE_SIDE = 112
"""Pictures are shrunk until the face is no larger: the views do not show more."""
ATTACK_SHARE = 0.5
"""How many of the bona fide pictures become simulated attacks."""
BLOCK = 100
"""Samples in one piece of work."""

_state: dict = {}


def main() -> None:
    arguments = parse()
    rows = read_manifest(arguments.manifest, arguments.sets)
    faces = labelled(find_faces(rows, arguments.oz, arguments.boxes), arguments.assume_live)
    sets = sorted({face.set for face in faces})
    print(f"{len(faces)} faces of {len(sets)} sets: {', '.join(sets)}")
    samples = augmented(faces, sets, arguments) if arguments.count else plain(faces, sets, arguments.teacher)
    np.savez(arguments.out, sets=np.array(sets), files=np.array([str(face.file) for face in faces]), **samples)


def labelled(faces: list[Face], assume_live: list[str]) -> list[Face]:
    assumed = [Face(f.file, f.set, 1, f.box) if f.label is None and f.set in assume_live else f for f in faces]
    return [face for face in assumed if face.label is not None]


def plain(faces, sets, teacher):
    """Each face once as it is, for scoring."""
    start((faces, sets, teacher, 0, []))
    whole = ((place, Sample(face)) for place, face in enumerate(faces))
    return stacked([record(s.image, s.box, s, place, 0, s.label) for place, s in whole])


class Sample:
    """A face with its picture, shrunk until the face has at most FACE_SIDE pixels."""

    def __init__(self, face: Face, shrink: bool = False):
        image = cv2.imread(str(face.file), cv2.IMREAD_COLOR)
        factor = min(1.0, FACE_SIDE / max(face.box[2:])) if shrink else 1.0
        if factor < 1.0:
            image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        self.image, self.set, self.label = image, face.set, face.label
        self.box = tuple(v * factor for v in face.box)


def augmented(faces, sets, arguments):
    blocks = range(0, arguments.count, BLOCK)
    with ProcessPoolExecutor(arguments.workers, initializer=start, initargs=((faces, sets, arguments.teacher, arguments.seed, arguments.assume_live),)) as pool:
        parts = []
        for done, part in enumerate(pool.map(block, blocks), 1):
            parts.append(part)
            if done % 20 == 0:
                print(f"{done * BLOCK} samples", flush=True)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def start(state) -> None:
    faces, sets, teacher, seed, assumed = state
    cv2.setNumThreads(1)
    _state.update(faces=faces, sets=sets, teacher=Teacher(teacher), seed=seed, assumed=assumed, cache={})


def block(first: int):
    return stacked([sample(number) for number in range(first, first + BLOCK)])


def sample(number: int):
    """Sets count alike, and within a set bona fide and attacks do; large unlabelled sets count for more."""
    rng = np.random.default_rng((_state["seed"], number))
    place = pick(rng)
    source = cached(place)
    image, box, simulated, label = source.image, source.box, 0, source.label
    if label == 1 and rng.random() < ATTACK_SHARE:
        scene = cached(pick_scene(source.set, rng)).image if rng.random() < 0.6 else image
        image, box = attack(image, box, scene, rng)
        simulated, label = 1, 0
    if rng.random() < 0.85:
        image = photograph(image, rng)
    if rng.random() < 0.5:
        image, box = np.ascontiguousarray(image[:, ::-1]), (image.shape[1] - box[0] - box[2], *box[1:])
    if rng.random() < 0.3:
        image, box = rolled(image, box, rng)
    return record(image, jittered(box, rng), source, place, simulated, label)


def rolled(image, box, rng):
    """The picture turned a little about the face."""
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 7), 1.0)
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), box


def pick(rng) -> int:
    """A set by the square root of its size, then a label, then a face."""
    groups = _state.setdefault("groups", grouped(_state["faces"]))
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


def grouped(faces):
    groups: dict = {}
    for place, face in enumerate(faces):
        groups.setdefault(face.set, {}).setdefault(face.label, []).append(place)
    return groups


def cached(place: int) -> Sample:
    cache = _state["cache"]
    if place not in cache:
        cache[place] = Sample(_state["faces"][place], shrink=True)
    return cache[place]


def jittered(box, rng):
    x, y, w, h = box
    grow = np.exp(rng.normal(0, 0.07))
    cx = x + w / 2 + rng.normal(0, 0.05) * w
    cy = y + h / 2 + rng.normal(0, 0.05) * h
    return cx - w * grow / 2, cy - h * grow / 2, w * grow, h * grow


def record(image, box, source, place, simulated, label):
    cut = views(image, box)
    score, features = _state["teacher"].judge(cut)
    return {
        "views": cut,
        "label": np.int8(label),
        "simulated": np.int8(simulated),
        "set": np.int16(_state["sets"].index(source.set)),
        "face": np.int32(place),
        "teacher": np.float32(score),
        "features": features.astype(np.float16),
    }


def stacked(records):
    return {key: np.stack([entry[key] for entry in records]) for key in records[0]}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True, help="folder of the MiniFASNet files")
    parser.add_argument("--oz", default="oz", help="the program that finds the faces")
    parser.add_argument("--boxes", type=Path, required=True, help="file that remembers where the faces are")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=0, help="samples to make; 0: each face once as it is")
    parser.add_argument("--assume-live", nargs="*", default=[], help="sets whose faces without label are bona fide")
    parser.add_argument("--sets", nargs="*", default=[], help="sets to use; all when none is named")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
