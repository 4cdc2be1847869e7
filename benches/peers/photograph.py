"""Test image of the benchmark: 640 × 480 px, JPEG, made from the fixture."""

from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "astronaut.png"
WIDTH, HEIGHT, QUALITY = 640, 480, 92


def write_jpeg(path: Path) -> None:
    """Writes the portrait, scaled to the full height, with grey bars on both sides."""
    portrait = cv2.resize(cv2.imread(str(FIXTURE)), (HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA)
    side = (WIDTH - HEIGHT) // 2
    framed = cv2.copyMakeBorder(portrait, 0, 0, side, side, cv2.BORDER_CONSTANT, value=(128, 128, 128))
    cv2.imwrite(str(path), framed, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
