"""Names and shapes of the inputs and outputs of each model, without the batch."""

from dataclasses import dataclass

from . import importer, passes, tflite_reader
from .graph import serialise


@dataclass(frozen=True)
class Recipe:
    input: str
    outputs: dict[str, tuple[str, list[int]]]  # ours: (tensor name in the TFLite file, shape)


RECIPES = {
    "face_detection_short": Recipe(
        "input", {"regressors": ("regressors", [896, 16]), "logits": ("classificators", [896, 1])}
    ),
    "face_detection_full": Recipe(
        "input", {"regressors": ("Identity", [2304, 16]), "logits": ("Identity_1", [2304, 1])}
    ),
    # The third output of the file, a scalar, is not used.
    "face_landmarks_478": Recipe(
        "input", {"landmarks": ("Identity", [478, 3]), "presence": ("Identity_1", [1])}
    ),
    # The tensor before the file drops the batch.
    "face_blendshapes": Recipe(
        "points",
        {"coefficients": ("model_1/GhumMarkerPoserMlpMixerGeneral/output_blendweights/Sigmoid", [52])},
    ),
    "mobilefacenet_192": Recipe("input", {"features": ("embeddings", [192])}),
}


def convert(model_id: str, tflite: bytes) -> bytes:
    """Converts a TFLite file to the ONNX file of a model."""
    recipe = RECIPES[model_id]
    graph = importer.convert(tflite_reader.read(tflite), model_id, recipe.input, recipe.outputs)
    for rewrite in passes.ALL:
        rewrite(graph)
    return serialise(graph)
