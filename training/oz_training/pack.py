"""Packs labelled images and the positions of their faces into one file, for use on another machine.

    python -m oz_training.pack --manifest DATA/index.csv --oz oz --boxes boxes.json --out faces.npz

`--thin SET=N` keeps every Nth image of a set of near duplicates; `--webp SET=QUALITY` re-encodes the images
of a set as WebP. Other images keep their bytes.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .faces import Face, find_faces, read_manifest


@dataclass(frozen=True)
class Packed:
    """An image as the bytes of its file, with its largest face."""

    content: np.ndarray
    set: str
    label: int | None  # 1 bona fide, 0 attack, None unknown
    box: tuple[float, float, float, float]  # x, y, width, height in pixels

    def image(self) -> np.ndarray:
        return cv2.imdecode(self.content, cv2.IMREAD_COLOR)


def load(file: Path) -> list[Packed]:
    data = np.load(file, allow_pickle=False)
    sets, content, ends = data["sets"], data["content"], data["ends"]
    starts = np.concatenate([[0], ends[:-1]])
    columns = zip(starts, ends, data["set"], data["label"], data["box"])
    return [
        Packed(content[start:end], str(sets[name]), None if label < 0 else int(label), tuple(map(float, box)))
        for start, end, name, label, box in columns
    ]


def main() -> None:
    options = parse()
    rows = thinned(read_manifest(options.manifest, options.sets), pairs(options.thin))
    faces = find_faces(rows, options.oz, options.boxes)
    sets, quality = sorted({face.set for face in faces}), pairs(options.webp)
    contents = [content_of(face, quality.get(face.set)) for face in faces]
    np.savez(
        options.out,
        sets=np.array(sets),
        content=np.concatenate(contents),
        ends=np.cumsum([len(c) for c in contents]),
        set=np.array([sets.index(face.set) for face in faces], np.int16),
        label=np.array([-1 if face.label is None else face.label for face in faces], np.int8),
        box=np.array([face.box for face in faces], np.float32),
        files=np.array([face.file.name for face in faces]),
    )
    size = options.out.stat().st_size
    print(f"{len(faces)} faces in {len(rows)} images of {len(sets)} sets, {size} bytes")


def content_of(face: Face, quality: int | None) -> np.ndarray:
    if quality is None:
        return np.frombuffer(face.file.read_bytes(), np.uint8)
    image = cv2.imread(str(face.file), cv2.IMREAD_COLOR)
    return cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1]


def thinned(rows, every: dict[str, int]):
    kept, seen = [], {}
    for row in rows:
        place = seen[row[1], row[2]] = seen.get((row[1], row[2]), -1) + 1
        if place % every.get(row[1], 1) == 0:
            kept.append(row)
    return kept


def pairs(texts: list[str]) -> dict[str, int]:
    return {name: int(number) for name, number in (text.split("=") for text in texts)}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--oz", default="oz", help="oz program, which detects the faces")
    parser.add_argument("--boxes", type=Path, required=True, help="cache file of face positions")
    parser.add_argument("--sets", nargs="*", default=[], help="sets to use (default: all)")
    parser.add_argument("--thin", nargs="*", default=[], metavar="SET=N")
    parser.add_argument("--webp", nargs="*", default=[], metavar="SET=QUALITY")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
