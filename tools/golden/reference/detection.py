"""BlazeFace: letterbox, decode the anchors, weighted non-maximum suppression.

Source: Bazarevsky et al. 2019, arXiv:1907.05047; MediaPipe's TensorsToDetectionsCalculator.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from .models import Model


@dataclass(frozen=True)
class Face:
    """A detected face, in image pixels."""

    box: np.ndarray  # left, top, width, height
    keypoints: np.ndarray  # [6, 2]: right eye, left eye, nose tip, mouth centre, right ear, left ear
    score: float


@dataclass(frozen=True)
class Letterbox:
    scale: float
    offset: np.ndarray  # of the image in the input: x, y


def detect(model: Model, image: np.ndarray) -> list[Face]:
    """Detects the faces of a BGR image, largest first."""
    boxed, letterbox = _letterbox(image, model.size)
    outputs = model.run_image(boxed)
    boxes, scores = _decode(model, outputs["regressors"][0], outputs["logits"][0, :, 0])
    merged = _weighted_nms(boxes, scores, model.parameters["nms_iou"])
    faces = [_face(values, score, letterbox) for values, score in merged]
    return sorted(faces, key=lambda face: -face.box[2] * face.box[3])


def _letterbox(image: np.ndarray, size: int) -> tuple[np.ndarray, Letterbox]:
    height, width = image.shape[:2]
    scale = size / max(height, width)
    target = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(image, target, interpolation=interpolation)
    x, y = (size - target[0]) // 2, (size - target[1]) // 2
    boxed = np.zeros((size, size, 3), np.uint8)
    boxed[y : y + target[1], x : x + target[0]] = resized
    return boxed, Letterbox(scale, np.array([x, y]))


@cache
def _anchors(model: Model) -> np.ndarray:
    """Anchor centres in input pixels, [A, 2]."""
    centres = []
    for layer in model.parameters["anchors"]:
        stride, cells = layer["stride"], model.size // layer["stride"]
        rows, columns = np.mgrid[:cells, :cells]
        grid = np.stack([columns, rows], axis=-1).reshape(-1, 2)
        centres.append(np.repeat((grid + 0.5) * stride, layer["count"], axis=0))
    return np.concatenate(centres)


def _decode(model: Model, regressors: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Detections above the threshold: [K, 16] box and keypoints in input pixels, [K] scores."""
    scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
    keep = scores > model.parameters["score_threshold"]
    values = regressors[keep].astype(np.float64)
    centres = _anchors(model)[keep]
    values[:, :2] += centres - values[:, 2:4] / 2
    values[:, 4:] += np.tile(centres, 6)
    return values, scores[keep]


def _weighted_nms(values: np.ndarray, scores: np.ndarray, threshold: float) -> list[tuple[np.ndarray, float]]:
    """Merges overlapping detections into their mean weighted by score, with the highest score."""
    order = np.argsort(-scores, kind="stable")
    values, scores = values[order], scores[order]
    free = np.ones(len(values), bool)
    merged = []
    for best in range(len(values)):
        if not free[best]:
            continue
        group = free & (_iou(values[best], values) > threshold)
        free &= ~group
        merged.append((np.average(values[group], axis=0, weights=scores[group]), float(scores[best])))
    return merged


def _iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    top_left = np.maximum(box[:2], boxes[:, :2])
    bottom_right = np.minimum(box[:2] + box[2:4], boxes[:, :2] + boxes[:, 2:4])
    overlap = np.clip(bottom_right - top_left, 0, None).prod(axis=1)
    return overlap / (box[2] * box[3] + boxes[:, 2] * boxes[:, 3] - overlap)


def _face(values: np.ndarray, score: float, letterbox: Letterbox) -> Face:
    corner = (values[:2] - letterbox.offset) / letterbox.scale
    keypoints = (values[4:].reshape(6, 2) - letterbox.offset) / letterbox.scale
    return Face(np.concatenate([corner, values[2:4] / letterbox.scale]), keypoints, score)
