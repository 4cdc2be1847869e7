"""Labelled images and the positions of their faces, found by the detector that is used at run time."""

import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

BONA_FIDE = {"live", "bona_fide"}
ATTACK = {"spoof", "attack"}


@dataclass(frozen=True)
class Face:
    """An image with its largest face."""

    file: Path
    set: str
    label: int | None  # 1 bona fide, 0 attack, None unknown
    box: tuple[float, float, float, float]  # x, y, width, height in pixels


def read_manifest(manifest: Path, sets: list[str]) -> list[tuple[Path, str, int | None]]:
    """Rows of a manifest with the columns `file`, `set` and `label`.

    Paths are relative to the manifest. With an empty `sets`, all rows are returned.
    """
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        return [
            (manifest.parent / row["file"], row["set"], label_of(row["label"]))
            for row in csv.DictReader(lines)
            if not sets or row["set"] in sets
        ]


def label_of(text: str) -> int | None:
    if text in BONA_FIDE:
        return 1
    if text in ATTACK:
        return 0
    if not text:
        return None
    raise ValueError(f"unknown label {text!r}")


def find_faces(rows: list[tuple[Path, str, int | None]], oz: str, cache: Path) -> list[Face]:
    """Finds the largest face of each image with `oz inspect`; images without a face are skipped."""
    known = json.loads(cache.read_text()) if cache.exists() else {}
    missing = [str(file) for file, _, _ in rows if str(file) not in known]
    for start in range(0, len(missing), 200):
        known.update(inspect(missing[start : start + 200], oz))
        cache.write_text(json.dumps(known))
    return [
        Face(file, name, label, tuple(known[str(file)]))
        for file, name, label in rows
        if known.get(str(file))
    ]


def inspect(files: list[str], oz: str) -> dict[str, list[float] | None]:
    answer = subprocess.run([oz, "inspect", "--json", *files], capture_output=True, text=True, check=False)
    boxes: dict[str, list[float] | None] = dict.fromkeys(files)
    for line in answer.stdout.splitlines():
        document = json.loads(line)
        for face in document.get("faces", [])[:1]:
            box = face["box"]
            boxes[document["name"]] = [box["x"], box["y"], box["width"], box["height"]]
    return boxes
