"""Views of a face, the input of the model, cropped as in `oz-models/src/pad/scaled_box.rs`."""

import cv2
import numpy as np

SIDE = 80
"""Width and height of a view in pixels."""
SCALES = (1.4, 2.7, 4.0)
"""Size of each view as a multiple of the bounding box: skin, head, surroundings."""


def scaled_box(box, scale: float, width: int, height: int) -> tuple[int, int, int, int]:
    """Scales a box about its centre, limited by the image, and shifts it inside: x, y, width, height."""
    x, y, w, h = box
    scale = min(scale, (width - 1) / max(w, 1.0), (height - 1) / max(h, 1.0))
    left, across = shift_inside(x + w / 2, w * scale, width)
    top, down = shift_inside(y + h / 2, h * scale, height)
    return left, top, across, down


def shift_inside(center: float, length: float, side: int) -> tuple[int, int]:
    last = side - 1.0
    start = min(max(center - length / 2, 0.0), max(last - length, 0.0))
    end = min(start + length, last)
    return int(start), int(end) - int(start) + 1


def views(image: np.ndarray, box) -> np.ndarray:
    """All views of a face, `[len(SCALES), SIDE, SIDE, 3]`, in the colour order of the image."""
    height, width = image.shape[:2]
    cut = []
    for scale in SCALES:
        x, y, w, h = scaled_box(box, scale, width, height)
        cut.append(cv2.resize(image[y : y + h, x : x + w], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR))
    return np.stack(cut)
