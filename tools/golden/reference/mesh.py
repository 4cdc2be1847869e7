"""Mesh of 478 points on a rotated square crop, and blendshapes of its points."""

from dataclasses import dataclass

import cv2
import numpy as np

from .detection import Face
from .models import Model


@dataclass(frozen=True)
class Mesh:
    points: np.ndarray  # [478, 3]: x, y in image pixels, z in the same unit
    presence_logit: float

    @property
    def presence(self) -> float:
        return float(1 / (1 + np.exp(-self.presence_logit)))


def estimate(model: Model, image: np.ndarray, face: Face) -> Mesh:
    to_crop, side = _crop_transform(face, model.parameters["box_scale"], model.size)
    crop = cv2.warpAffine(image, to_crop, (model.size, model.size), flags=cv2.INTER_LINEAR)
    outputs = model.run_image(crop)
    landmarks = outputs["landmarks"][0].astype(np.float64)
    to_image = cv2.invertAffineTransform(to_crop)
    plane = landmarks[:, :2] @ to_image[:, :2].T + to_image[:, 2]
    depth = landmarks[:, 2:] * side / model.size
    return Mesh(np.concatenate([plane, depth], axis=1), float(outputs["presence"][0, 0]))


def five_points(model: Model, mesh: Mesh) -> np.ndarray:
    """Right eye, left eye, nose tip, right and left corner of the mouth, [5, 2]."""
    return mesh.points[model.parameters["five_points"], :2]


def blendshapes(model: Model, mesh: Mesh) -> np.ndarray:
    points = mesh.points[model.parameters["points"], :2]
    return model.run(points[None].astype(np.float32))["coefficients"][0]


def _crop_transform(face: Face, box_scale: float, size: int) -> tuple[np.ndarray, float]:
    """Transform from the image to a square crop around the centre of the box, rotated to level the eyes."""
    side = max(face.box[2:]) * box_scale
    right_eye, left_eye = face.keypoints[:2]
    angle = np.arctan2(*(left_eye - right_eye)[::-1])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-side, -side], [side, -side], [-side, side]]) / 2
    source = face.box[:2] + face.box[2:] / 2 + corners @ rotation.T
    target = np.array([[0, 0], [size, 0], [0, size]])
    return cv2.getAffineTransform(source.astype(np.float32), target.astype(np.float32)), side
