"""Compares the converted models with the original files in LiteRT, on noise and on a photograph.

    python tools/weights/verify.py [--cache DIR]

Prints the largest absolute difference of each output and fails if one exceeds the tolerance.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from oz_weights import fetch, ledger, recipes

PHOTOGRAPH = ledger.ROOT / "tests" / "fixtures" / "astronaut.png"
HEAD = (160, 20, 288, 148)  # left, top, right, bottom of a square around the face
# Relative to the largest value of the output; the runtimes sum in different orders.
TOLERANCE = 5e-5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder in which downloaded archives are kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch)
        agree = [_compare(model, fetch.member(model.source, cache)) for model in ledger.converted_models()]
    return 0 if all(agree) else 1


def _compare(model: ledger.Model, original: bytes) -> bool:
    recipe = recipes.RECIPES[model.id]
    session = onnxruntime.InferenceSession(recipes.convert(model.id, original))
    interpreter = Interpreter(model_content=original)
    interpreter.allocate_tensors()
    agree = True
    for kind, values in _inputs(interpreter.get_input_details()[0]["shape"]).items():
        expected = _run_original(interpreter, recipe, values)
        outputs = session.run(list(recipe.outputs), {recipe.input: _nchw(values)})
        for name, actual in zip(recipe.outputs, outputs):
            error = np.abs(actual - expected[name].reshape(actual.shape)).max()
            scale = np.abs(expected[name]).max()
            agree &= bool(error <= TOLERANCE * max(scale, 1))
            print(f"{model.id:22} {kind:10} {name:12} max. error {error:.2e}, largest value {scale:.4g}")
    return agree


def _inputs(shape: np.ndarray) -> dict[str, np.ndarray]:
    """Noise in [-1, 1]; for images also the photograph, and its head scaled to [0, 1] and to [-1, 1]."""
    noise = {"noise": np.random.default_rng(7).uniform(-1, 1, shape).astype(np.float32)}
    if len(shape) != 4:
        return noise | {"ring": _ring(shape)}
    whole, head = _photograph(shape, None), _photograph(shape, HEAD)
    return noise | {"photograph": whole * 2 - 1, "head": head, "head ±1": head * 2 - 1}


def _photograph(shape: np.ndarray, box: tuple[int, ...] | None) -> np.ndarray:
    size = int(shape[2]), int(shape[1])
    image = Image.open(PHOTOGRAPH).convert("RGB").resize(size, Image.Resampling.BILINEAR, box=box)
    values = np.asarray(image, np.float32) / 255
    return np.ascontiguousarray(np.broadcast_to(values, shape))


def _ring(shape: np.ndarray) -> np.ndarray:
    """Distinct points in the range of pixel coordinates."""
    angle = np.linspace(0, 2 * np.pi, int(shape[1]), endpoint=False)
    points = 200 + 90 * np.stack([np.cos(angle), np.sin(3 * angle)], axis=1)
    return points[None].astype(np.float32)


def _run_original(
    interpreter: Interpreter, recipe: recipes.Recipe, values: np.ndarray
) -> dict[str, np.ndarray]:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    details = {detail["name"]: detail["index"] for detail in interpreter.get_output_details()}
    by_ours = {ours: details.get(theirs) for ours, (theirs, _) in recipe.outputs.items()}
    # A recipe may end before the single output of the file; the values are equal.
    return {
        ours: interpreter.get_tensor(next(iter(details.values())) if index is None else index)
        for ours, index in by_ours.items()
    }


def _nchw(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if values.ndim == 4 else values


if __name__ == "__main__":
    sys.exit(main())
