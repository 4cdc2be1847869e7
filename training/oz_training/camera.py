"""Degradations of cameras and networks.

They are applied to bona fide and attack images alike, so that they carry no information about the class.
"""

import cv2
import numpy as np


def photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Applies random degradations to an image, `[H, W, 3]` BGR, 0..=255."""
    steps = [resample, blur_or_sharpen, light, white_balance, saturation, noise, compress]
    for step in steps:
        if rng.random() < 0.5:
            image = step(image, rng)
    return image


def light(image, rng):
    """Changes exposure, contrast and gamma, and sometimes adds light from one side."""
    value = (image / np.float32(255)) ** np.float32(np.exp(rng.normal(0, 0.3)))
    value = (value - 0.5) * rng.uniform(0.7, 1.25) + 0.5 + rng.normal(0, 0.08)
    if rng.random() < 0.3:
        value *= slope(image.shape, rng, rng.uniform(0.1, 0.5))
    return clipped(value * 255)


def slope(shape, rng, strength):
    """A factor that falls from 1 to `1 - strength` across the image in a random direction."""
    height, width = shape[:2]
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = x / width * np.cos(angle) + y / height * np.sin(angle)
    along = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    return (1 - strength * along)[..., None]


def white_balance(image, rng):
    return clipped(image * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32))


def saturation(image, rng):
    grey = image.mean(axis=2, keepdims=True)
    return clipped(grey + (image - grey) * np.float32(rng.uniform(0.5, 1.3)))


def noise(image, rng):
    """Sensor noise, of pixel size or coarser, per channel or common to all channels."""
    height, width = image.shape[:2]
    channels = 1 if rng.random() < 0.4 else 3
    coarse = rng.choice([1, 1, 2])
    grain = rng.normal(0, rng.uniform(1, 9), (height // coarse + 1, width // coarse + 1, channels))
    grain = grain.astype(np.float32).repeat(coarse, 0).repeat(coarse, 1)[:height, :width]
    return clipped(image + grain)


def blur_or_sharpen(image, rng):
    kind = rng.random()
    if kind < 0.45:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    if kind < 0.7:
        return motion_blur(image, rng)
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.5)).astype(np.float32)
    return clipped(image + (image - soft) * rng.uniform(0.3, 1.5))


def motion_blur(image, rng):
    length = int(rng.integers(2, 8))
    kernel = np.zeros((length, length), np.float32)
    end = (length - 1, int(rng.integers(0, length)))
    cv2.line(kernel, (0, int(rng.integers(0, length))), end, 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def resample(image, rng):
    """Scales the image down and back to its size."""
    height, width = image.shape[:2]
    factor = rng.uniform(0.35, 0.9)
    filters = [cv2.INTER_LINEAR, cv2.INTER_AREA, cv2.INTER_NEAREST, cv2.INTER_CUBIC]
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=int(rng.choice(filters)))
    enlarging = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    return cv2.resize(small, (width, height), interpolation=enlarging)


def compress(image, rng):
    return jpeg(image, int(rng.integers(25, 95)))


def jpeg(image, quality):
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def clipped(image):
    return np.clip(image, 0, 255).astype(np.uint8)
