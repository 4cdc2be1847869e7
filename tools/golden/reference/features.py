"""Five-point alignment and feature extraction."""

import cv2
import numpy as np

from .models import Model


def alignment(model: Model, points: np.ndarray) -> np.ndarray:
    """Similarity transform [2, 3] that best maps `points` to the template of the model."""
    return umeyama(points, np.array(model.alignment["points"]))


def align(model: Model, image: np.ndarray, to_template: np.ndarray) -> np.ndarray:
    size = model.alignment["size"]
    return cv2.warpAffine(image, to_template, (size, size), flags=cv2.INTER_LINEAR)


def extract(model: Model, aligned: np.ndarray) -> np.ndarray:
    """Feature vector, normalised to length 1."""
    features = model.run_image(aligned)["features"][0].astype(np.float64)
    return features / np.linalg.norm(features)


def umeyama(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares similarity without reflection.

    Source: Umeyama 1991, doi:10.1109/34.88573, eq. 40-43.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    covariance = (target - target_mean).T @ (source - source_mean) / len(source)
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.array([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = (singular * signs).sum() / source.var(axis=0).sum()
    return np.column_stack([scale * rotation, target_mean - scale * rotation @ source_mean])
