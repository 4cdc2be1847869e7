"""The measured implementations.

`measure` takes a number of iterations and returns the median time of each stage in milliseconds.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from photograph import ROOT

sys.path.insert(0, str(ROOT / "tools" / "golden"))
from reference import detection, features, mesh, models  # noqa: E402  (the path comes first)

Stages = dict[str, float]
TIMEOUT_S = 900


class Unavailable(Exception):
    """The implementation cannot run on this machine; the message gives the reason."""


class Stopwatch:
    """Collects the times of named stages in milliseconds."""

    def __init__(self):
        self._times = defaultdict(list)

    def time(self, stage: str, call: Callable, *arguments):
        begin = time.perf_counter()
        result = call(*arguments)
        self._times[stage].append(1e3 * (time.perf_counter() - begin))
        return result

    def medians(self) -> Stages:
        return {stage: statistics.median(times) for stage, times in self._times.items()}


class BareSessions:
    """Lower bound: decoding by OpenCV and the three networks, run by ONNX Runtime on prepared tensors."""

    name = "bare onnxruntime sessions"
    stages = {"detect": "face_detection_short", "mesh": "face_landmarks_478", "embed": "mobilefacenet_192"}

    def __init__(self, jpeg: Path):
        self._bytes = np.fromfile(jpeg, np.uint8)
        generator = np.random.default_rng(1)
        self._inputs = {
            stage: generator.uniform(-1, 1, [1, *models.load(model).input["shape"][1:]]).astype(np.float32)
            for stage, model in self.stages.items()
        }

    def measure(self, iterations: int) -> Stages:
        stopwatch = Stopwatch()
        for _ in range(iterations):
            stopwatch.time("decode", cv2.imdecode, self._bytes, cv2.IMREAD_COLOR)
            for stage, model in self.stages.items():
                stopwatch.time(stage, models.load(model).run, self._inputs[stage])
        medians = stopwatch.medians()
        return {**medians, "pipeline": sum(medians.values())}


class PythonPipeline:
    """The chain of oz in Python, with NumPy, OpenCV and ONNX Runtime."""

    name = "python, numpy + opencv + onnxruntime"

    def __init__(self, jpeg: Path):
        self._bytes = np.fromfile(jpeg, np.uint8)

    def measure(self, iterations: int) -> Stages:
        stopwatch = Stopwatch()
        for _ in range(iterations):
            stopwatch.time("pipeline", self._run, stopwatch)
        return stopwatch.medians()

    def _run(self, stopwatch: Stopwatch) -> None:
        detector, mesh_model = models.load("face_detection_short"), models.load("face_landmarks_478")
        features_model = models.load("mobilefacenet_192")
        image = stopwatch.time("decode", cv2.imdecode, self._bytes, cv2.IMREAD_COLOR)
        faces = stopwatch.time("detect", detection.detect, detector, image)
        face_mesh = stopwatch.time("mesh", mesh.estimate, mesh_model, image, faces[0])
        aligned = stopwatch.time("align", _aligned, image, mesh.five_points(mesh_model, face_mesh))
        stopwatch.time("embed", features.extract, features_model, aligned)


def _aligned(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    model = models.load("mobilefacenet_192")
    return features.align(model, image, features.alignment(model, points))


class DlibPipeline:
    """dlib's own chain: HOG detector, five points, ResNet. A point of reference, as the models differ."""

    name = "python, dlib"

    def __init__(self, jpeg: Path):
        if not all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models")):
            raise Unavailable("dlib-bin and face-recognition-models are not installed")
        import dlib

        package = Path(importlib.util.find_spec("face_recognition_models").origin).parent / "models"
        self._bytes = np.fromfile(jpeg, np.uint8)
        self._detector = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(str(package / "shape_predictor_5_face_landmarks.dat"))
        weights = package / "dlib_face_recognition_resnet_model_v1.dat"
        self._network = dlib.face_recognition_model_v1(str(weights))

    def measure(self, iterations: int) -> Stages:
        stopwatch = Stopwatch()
        for _ in range(iterations):
            stopwatch.time("pipeline", self._run, stopwatch)
        return stopwatch.medians()

    def _run(self, stopwatch: Stopwatch) -> None:
        image = stopwatch.time("decode", self._decode)
        faces = stopwatch.time("detect", self._detector, image, 0)
        points = stopwatch.time("mesh", self._points, image, faces[0])
        stopwatch.time("embed", self._network.compute_face_descriptor, image, points)

    def _decode(self) -> np.ndarray:
        return cv2.cvtColor(cv2.imdecode(self._bytes, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


class OzProgram:
    """`oz bench` on the same file, with the ONNX Runtime library that Python uses."""

    def __init__(self, jpeg: Path, program: Path, engine: str):
        if not program.exists():
            raise Unavailable(f"{program} does not exist, run `cargo build --release`")
        self.name = f"oz, {engine}"
        self._command = [str(program), "bench", str(jpeg), "--engine", engine, "--threads", "1", "--json"]
        self._environment = {**os.environ, **_onnxruntime_library()}

    def measure(self, iterations: int) -> Stages:
        command = [*self._command, "--iterations", str(iterations), "--time-limit", str(TIMEOUT_S)]
        process = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if process.returncode != 0:
            raise Unavailable(f"{' '.join(command)} failed: {process.stderr.strip() or process.returncode}")
        report = json.loads(process.stdout)
        [engine], [row] = report["engines"], report["pipelines"]
        self.name = f"oz, {engine['engine']} {engine['version']}"
        return {**row["stages_ms"], "pipeline": row["pipeline_ms"]}


def _onnxruntime_library() -> dict[str, str]:
    """Selects the ONNX Runtime library of Python, so that every implementation uses the same one."""
    package = Path(importlib.util.find_spec("onnxruntime").origin).parent
    library = next(iter(sorted((package / "capi").glob("libonnxruntime.so.*"))), None)
    return {"ORT_DYLIB_PATH": str(library)} if library else {}
