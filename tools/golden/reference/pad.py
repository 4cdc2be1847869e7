"""PAD by stacked views: squares around the face at several scales, stacked vertically."""

import cv2
import numpy as np

from .models import Model


def log_odds(model: Model, bgr: np.ndarray, box) -> float:
    """Log-odds of bona fide of the face in `box` (left, top, width, height in pixels)."""
    return float(model.run_image(stack(model, bgr, box))["logit"][0, 0])


def stack(model: Model, bgr: np.ndarray, box) -> np.ndarray:
    height, width = bgr.shape[:2]
    left, top, across, down = (float(v) for v in box)
    views = []
    for scale in model.parameters["box_scales"]:
        scale = min(scale, (width - 1) / max(across, 1.0), (height - 1) / max(down, 1.0))
        x, w = _inside(left + across / 2, across * scale, width)
        y, h = _inside(top + down / 2, down * scale, height)
        views.append(cv2.resize(bgr[y : y + h, x : x + w], (model.size, model.size)))
    return np.vstack(views)


def _inside(centre: float, length: float, side: int) -> tuple[int, int]:
    """Shifts an interval into the image: first pixel and number of pixels, with truncated, inclusive ends."""
    start = min(max(centre - length / 2, 0.0), max(side - 1 - length, 0.0))
    return int(start), int(min(start + length, side - 1)) - int(start) + 1
