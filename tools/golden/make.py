"""Writes the golden values: python tools/golden/make.py [--out DIR]"""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from reference import detection, features, mesh, models, pad

COMMAND = "python tools/golden/make.py"
IMAGE = models.ROOT / "tests" / "fixtures" / "astronaut.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=models.ROOT / "tests" / "golden")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    by_model = [_model(model_id) for model_id in models.bundled()]
    _write(folder / "models.json", {**_origin(), "models": by_model})
    _write(folder / "astronaut.json", {**_origin(), **_astronaut()})


def _origin() -> dict:
    versions = {"onnxruntime": onnxruntime.__version__, "opencv": cv2.__version__, "numpy": np.__version__}
    return {"command": COMMAND, "versions": versions}


def _model(model_id: str) -> dict:
    model = models.load(model_id)
    shape = [1, *model.input["shape"][1:]]
    outputs = model.run(synthetic_input(shape))
    return {
        "id": model_id,
        "input": {"name": model.input["name"], "shape": shape},
        "outputs": [_summary(name, values) for name, values in outputs.items()],
    }


def synthetic_input(shape: list[int]) -> np.ndarray:
    """A hash of the index, in [-1, 1), so that other implementations can generate the input."""
    h = np.arange(np.prod(shape), dtype=np.uint32) * np.uint32(2654435761)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(2246822519)
    h = h ^ (h >> np.uint32(13))
    return (h / 2.0**31 - 1).astype(np.float32).reshape(shape)


def _summary(name: str, values: np.ndarray) -> dict:
    exact = values.astype(np.float64).ravel()
    return {
        "name": name,
        "shape": list(values.shape),
        "first": _rounded(exact[:16], 7),
        "sum": round(float(exact.sum()), 6),
        "l2_norm": round(float(np.linalg.norm(exact)), 6),
        "largest": round(float(np.abs(exact).max()), 6),
    }


def _astronaut() -> dict:
    image = cv2.imread(str(IMAGE), cv2.IMREAD_COLOR)
    detectors = ("face_detection_short", "face_detection_full")
    faces = {name: detection.detect(models.load(name), image) for name in detectors}
    mesh_model, features_model = models.load("face_landmarks_478"), models.load("mobilefacenet_192")
    face_mesh = mesh.estimate(mesh_model, image, faces["face_detection_short"][0])
    points = mesh.five_points(mesh_model, face_mesh)
    to_template = features.alignment(features_model, points)
    vector = features.extract(features_model, features.align(features_model, image, to_template))
    coefficients = mesh.blendshapes(models.load("face_blendshapes"), face_mesh)
    log_odds = pad.log_odds(models.load("pad_views"), image, faces["face_detection_short"][0].box)
    return {
        "image": {
            "file": IMAGE.relative_to(models.ROOT).as_posix(),
            "sha256": hashlib.sha256(IMAGE.read_bytes()).hexdigest(),
            "width": image.shape[1],
            "height": image.shape[0],
        },
        **{name: [_face(face) for face in found] for name, found in faces.items()},
        "face_landmarks_478": {
            "of": "face_detection_short[0]",
            "presence_logit": round(face_mesh.presence_logit, 4),
            "presence": round(face_mesh.presence, 6),
            "points": _rounded(face_mesh.points, 3),
        },
        "face_blendshapes": _rounded(coefficients, 6),
        "five_points": _rounded(points, 3),
        "alignment": _rounded(to_template, 6),
        "mobilefacenet_192": _rounded(vector, 7),
        "pad_views": round(log_odds, 5),
    }


def _face(face: detection.Face) -> dict:
    left, top, width, height = _rounded(face.box, 3)
    box = {"left": left, "top": top, "width": width, "height": height}
    return {"score": round(face.score, 6), "box": box, "keypoints": _rounded(face.keypoints, 3)}


def _rounded(values: np.ndarray, decimals: int) -> list:
    return np.round(values.astype(np.float64), decimals).tolist()


def _write(path: Path, content: dict) -> None:
    """Writes one line per top-level entry, so that diffs stay readable."""
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
