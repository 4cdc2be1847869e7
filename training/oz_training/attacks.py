"""Simulated attack presentations: an image of a face, printed or shown on a screen, in front of a camera.

All functions take and return BGR images with values 0..=255, or 0..=1 where the parameter is named `value`.
`present` also transforms the bounding box of the face.
"""

import cv2
import numpy as np

from .camera import clipped, jpeg, slope


def attack(image, box, scene, holder, rng):
    """Turns an image into a print or replay that fills the view, exceeds it, or is held in front of a scene.

    `holder` is the box of the face in the scene; prints are often held in front of the holder's own face.
    Returns the image and the box of the presented face.
    """
    surface = print_on_paper if rng.random() < 0.4 else show_on_screen
    kind = "print" if surface is print_on_paper else "replay"
    how = rng.random()
    if how < 0.3:
        return surface(image, rng), box
    if how < 0.45:
        # A television so close that at most two of its edges are visible.
        sheet, box = framed(surface(image, rng), box, kind, rng)
        return present(sheet, box, scene, kind, rng, size=(0.9, 1.6))
    sheet, box = held_part(image, box, rng)
    sheet, box = framed(surface(sheet, rng), box, kind, rng)
    return present(sheet, box, scene, kind, rng, before=holder if rng.random() < 0.4 else None)


# --- surfaces -----------------------------------------------------------------------------------


def print_on_paper(image, rng):
    """Ink on paper: a reduced gamut, halftone dots, tint and grain of the paper, gloss."""
    value = image.astype(np.float32) / 255
    grey = value.mean(axis=2, keepdims=True)
    value = grey + (value - grey) * rng.uniform(0.3, 1.0) if rng.random() < 0.85 else grey.repeat(3, 2)
    value = rng.uniform(0.02, 0.2) + value * rng.uniform(0.55, 0.8)
    if rng.random() < 0.5:
        value = halftone(value, rng)
    tint = 1 + rng.normal(0, [0.06, 0.03, 0.05]).astype(np.float32)
    grain = rng.normal(0, rng.uniform(0.003, 0.02), image.shape[:2]).astype(np.float32)
    value = value * tint + cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None]
    value *= slope(image.shape, rng, rng.uniform(0, 0.4))
    if rng.random() < 0.5:
        value = glare(value, rng)
    return clipped(cv2.GaussianBlur(value * 255, (0, 0), rng.uniform(0.3, 1.4)))


def halftone(value, rng):
    """Halftone dots whose size follows the darkness, with one screen per ink, each at a different angle."""
    height, width = value.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, turn = rng.uniform(2.2, 5.0), rng.uniform(0, 90)
    dotted = np.empty_like(value)
    for channel, angle in enumerate((turn, turn + 15, turn + 75)):
        sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        u, v = (x * cos + y * sin) / pitch, (y * cos - x * sin) / pitch
        threshold = 0.5 + 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
        dotted[..., channel] = np.clip((value[..., channel] - threshold) * 4 + 0.5, 0, 1)
    strength = rng.uniform(0.1, 0.5)
    return value * (1 - strength) + dotted * strength


def show_on_screen(image, rng):
    """Light from a display: compression, gamma, white point, pixel grid, moiré, bands, reflections."""
    if rng.random() < 0.7:
        image = jpeg(image, int(rng.integers(25, 80)))
    value = (image.astype(np.float32) / 255) ** rng.uniform(0.7, 1.5)
    # Cameras adjust white balance and exposure to the room, so that a screen may appear blue, red or
    # overexposed.
    spread = 0.1 if rng.random() < 0.6 else 0.28
    white = np.exp(rng.normal([0.04, 0.0, 0.0], spread)).astype(np.float32)
    value = rng.uniform(0, 0.12) + value * white * rng.uniform(0.75, 1.6)
    grey = value.mean(axis=2, keepdims=True)
    value = grey + (value - grey) * rng.uniform(0.7, 2.2)
    if rng.random() < 0.3:
        value = crisp(value, rng)
    if rng.random() < 0.4:
        value = pixel_grid(value, rng)
    if rng.random() < 0.5:
        value = moire(value, rng)
    if rng.random() < 0.3:
        value = rolling_bands(value, rng)
    if rng.random() < 0.6:
        value = reflection(value, rng)
    if rng.random() < 0.4:
        value = glare(value, rng)
    if rng.random() < 0.3:
        value = bloom(value, rng)
    return clipped(cv2.GaussianBlur(value * 255, (0, 0), rng.uniform(0.3, 1.6)))


def crisp(value, rng):
    """Edge sharpening of televisions, with light and dark fringes."""
    return value + rng.uniform(0.5, 2.0) * (value - cv2.GaussianBlur(value, (0, 0), rng.uniform(1.0, 2.5)))


def pixel_grid(value, rng):
    """Stripes of the sub-pixels and dark lines between the rows."""
    height, width = value.shape[:2]
    pitch = rng.uniform(2.0, 4.5)
    x = np.arange(width, dtype=np.float32)[None, :, None] / pitch
    y = np.arange(height, dtype=np.float32)[:, None, None] / pitch
    phases = np.array([0, 1 / 3, 2 / 3], np.float32)
    strength = rng.uniform(0.04, 0.25)
    columns = 1 + strength * np.cos(2 * np.pi * (x + phases))
    rows = 1 + strength * np.cos(2 * np.pi * y)
    return value * columns * rows


def moire(value, rng):
    """Low-frequency coloured waves: the beat between the pixel grids of display and camera."""
    height, width = value.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    angle, waves = rng.uniform(0, np.pi), rng.uniform(4, 40)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    along = along + rng.uniform(0, 0.15) * across**2
    phases = rng.uniform(0, 1) + np.array([0, 1 / 3, 2 / 3]) * rng.choice([0, 1])
    wave = np.sin(2 * np.pi * (waves * along[..., None] + phases.astype(np.float32)))
    return value * (1 + rng.uniform(0.02, 0.12) * wave)


def rolling_bands(value, rng):
    """Dark bands of a screen whose refresh rate does not match the shutter."""
    y = np.arange(value.shape[0], dtype=np.float32)[:, None, None] / value.shape[0]
    band = np.cos(2 * np.pi * (y * rng.uniform(0.5, 4) + rng.uniform(0, 1)))
    return value * (1 - rng.uniform(0.05, 0.3) * np.clip(band, 0, 1) ** rng.uniform(1, 6))


def reflection(value, rng):
    """Reflection of the room in the glass: large soft shapes of light."""
    small = rng.random((int(rng.integers(2, 7)), int(rng.integers(2, 7)), 1)).astype(np.float32)
    height, width = value.shape[:2]
    room = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    return value + rng.uniform(0.02, 0.2) * np.clip(room, 0, 1)


def glare(value, rng):
    """Specular reflection of a lamp: a bright spot with soft edges."""
    height, width = value.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    rx, ry = rng.uniform(0.05, 0.4) * width, rng.uniform(0.05, 0.4) * height
    spot = np.exp(-(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2))
    return value + rng.uniform(0.2, 0.9) * spot[..., None]


def bloom(value, rng):
    """Light that bleeds from a screen that is brighter than the room."""
    bright = np.clip(value - 0.6, 0, 1)
    return value + rng.uniform(0.3, 1.2) * cv2.GaussianBlur(bright, (0, 0), rng.uniform(3, 12))


# --- held in front of a camera --------------------------------------------------------------------


def held_part(image, box, rng):
    """Crops the part of an image that a sheet or screen shows: the face with some of its surroundings."""
    height, width = image.shape[:2]
    x, y, w, h = box
    reach = rng.uniform(0.15, 1.2, 4) * (w, h, w, h)
    left, top = int(max(x - reach[0], 0)), int(max(y - reach[1], 0))
    right, bottom = int(min(x + w + reach[2], width)), int(min(y + h + reach[3], height))
    return image[top:bottom, left:right], (x - left, y - top, w, h)


def framed(sheet, box, kind, rng):
    """Adds a white margin to a print or a bezel to a screen; some have none."""
    if rng.random() < (0.45 if kind == "print" else 0.2):
        return sheet, box
    side = max(sheet.shape[:2])
    low, high = (0.0, 0.12) if kind == "print" else (0.02, 0.2)
    top, bottom, left, right = (int(side * rng.uniform(low, high)) for _ in range(4))
    colour = rng.uniform(190, 255) if kind == "print" or rng.random() < 0.2 else rng.uniform(0, 45)
    colour = tuple(float(c) for c in np.clip(colour + rng.normal(0, 5, 3), 0, 255))
    bordered = cv2.copyMakeBorder(sheet, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour)
    return bordered, (box[0] + left, box[1] + top, box[2], box[3])


def present(sheet, box, scene, kind, rng, size=None, before=None):
    """Holds a sheet or screen in front of a scene, with perspective, bending, a shadow and fingers.

    The face takes 0.22 to 0.55 of the shorter side of the scene, or the sheet takes a share of its width from
    the range `size`. The sheet is placed at random, or covers the face `before`, at about the same size.
    Returns the image and the box of the presented face.
    """
    height, width = scene.shape[:2]
    sh, sw = sheet.shape[:2]
    face = max(box[2], box[3])
    centre = np.array([width, height]) * rng.uniform(0.35, 0.65, 2)
    if before is not None:
        size = rng.uniform(0.7, 1.3) * max(before[2:]) / face
        middle = np.array([before[0] + before[2] / 2, before[1] + before[3] / 2])
        centre = middle + rng.normal(0, 0.12, 2) * before[2]
    elif size is None:
        size = rng.uniform(0.22, 0.55) * min(height, width) / face
    else:
        size = min(rng.uniform(*size) * width / sw, 0.8 * min(height, width) / face)

    edges = np.array([[0, 0], [sw, 0], [sw, sh], [0, sh]], np.float32)
    corners = edges - (box[0] + box[2] / 2, box[1] + box[3] / 2)
    angle = np.radians(rng.normal(0, 6))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    target = corners @ turn.T * size + centre + rng.normal(0, 0.025, (4, 2)) * np.array([sw, sh]) * size
    map_ = cv2.getPerspectiveTransform(edges, target.astype(np.float32))

    if kind == "print" and rng.random() < 0.4:
        sheet = bent(sheet, rng)
    if kind == "print":
        # Cameras expose for the room; paper that faces the camera is often darker.
        sheet = clipped(sheet * np.float32(rng.uniform(0.5, 1.1)))
    held = cv2.warpPerspective(sheet, map_, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones(sheet.shape[:2], np.float32), map_, (width, height))

    room = scene.astype(np.float32)
    if rng.random() < 0.6:
        shadow = cv2.GaussianBlur(mask, (0, 0), 0.03 * width)
        room = room * (1 - rng.uniform(0.1, 0.5) * shadow[..., None])
    if kind == "replay":
        room = room * rng.uniform(0.25, 1.0)
    out = room * (1 - mask[..., None]) + held * mask[..., None]
    if rng.random() < 0.5:
        out = fingers(out, target, rng)

    ends = np.array([[[box[0], box[1]], [box[0] + box[2], box[1] + box[3]]]], np.float32)
    placed = cv2.perspectiveTransform(ends, map_)[0]
    x, y = placed.min(axis=0)
    w, h = np.ptp(placed, axis=0)
    return clipped(out), (float(x), float(y), float(w), float(h))


def bent(sheet, rng):
    """Paper curved about a vertical or horizontal axis, darker where it turns away from the light."""
    height, width = sheet.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bow, shade = rng.uniform(-0.12, 0.12), rng.uniform(-0.3, 0.3)
    along = x / width if rng.random() < 0.5 else y / height
    sheet = clipped(sheet * (1 + shade * np.cos(np.pi * along))[..., None])
    if along[0, 0] != along[0, -1]:
        y = y + bow * height * np.sin(np.pi * along)
    else:
        x = x + bow * width * np.sin(np.pi * along)
    return cv2.remap(sheet, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def fingers(picture, corners, rng):
    """Fingertips or a hand over an edge of the sheet or screen."""
    start = int(rng.integers(0, 4))
    a, b = corners[start], corners[(start + 1) % 4]
    length = float(np.hypot(*(b - a)))
    skin = np.clip(np.array([110, 140, 200]) * rng.uniform(0.4, 1.1) + rng.normal(0, 8, 3), 0, 255)
    out = picture.copy()
    large = rng.choice([1.0, 2.0])
    for _ in range(int(rng.integers(1, 5))):
        point = a + (b - a) * rng.uniform(0.1, 0.9) + rng.normal(0, 3, 2)
        long, short = rng.uniform(0.06, 0.12), rng.uniform(0.03, 0.05)
        axes = (int(length * large * long) + 1, int(length * large * short) + 1)
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(out, tuple(int(v) for v in point), axes, turn, 0, 360, skin.tolist(), -1)
    return cv2.addWeighted(out, 0.85, picture, 0.15, 0) if rng.random() < 0.3 else out
