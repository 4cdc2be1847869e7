"""Models of the ledger and their sessions."""

import tomllib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[3]
LEDGER = ROOT / "oz-models" / "models.toml"


class Model:
    """An entry of the ledger with a single-threaded session."""

    def __init__(self, entry: dict):
        self.id = entry["id"]
        self.input = entry["input"]
        self.parameters = entry["parameters"]
        self.alignment = entry.get("alignment")
        self.output_names = [output["name"] for output in entry["output"]]
        self._session = onnxruntime.InferenceSession(_weights(entry["file"]), _one_thread())

    @property
    def size(self) -> int:
        """Side of the square input image."""
        return self.input["shape"][3]

    def run(self, values: np.ndarray) -> dict[str, np.ndarray]:
        outputs = self._session.run(self.output_names, {self.input["name"]: values})
        return dict(zip(self.output_names, outputs))

    def run_image(self, bgr: np.ndarray) -> dict[str, np.ndarray]:
        return self.run(self._tensor(bgr))

    def _tensor(self, bgr: np.ndarray) -> np.ndarray:
        """Input tensor [1, 3, H, W], normalised according to the ledger."""
        image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB) if self.input["colour"] == "rgb" else bgr
        mean, std = (np.array(self.input[name], np.float32) for name in ("mean", "std"))
        return np.ascontiguousarray(((image.astype(np.float32) - mean) / std).transpose(2, 0, 1)[None])


@cache
def load(model_id: str) -> Model:
    return Model(next(entry for entry in _entries() if entry["id"] == model_id))


def bundled() -> list[str]:
    return [entry["id"] for entry in _entries() if entry["bundled"]]


def _entries() -> list[dict]:
    return tomllib.loads(LEDGER.read_text(encoding="utf-8"))["model"]


def _weights(name: str) -> Path:
    return next(ROOT.glob(f"oz-weights/*/{name}"))


def _one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options
