"""The teacher: the MiniFASNet pair. Each network judges its own view; its features are taken too, before the classes."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

VIEWS = {1: "minifasnet_v2_2.7_80.onnx", 2: "minifasnet_v1se_4.0_80.onnx"}
"""Which view (see `crops.SCALES`) each network looks at."""
FEATURES = "/bn/BatchNormalization_output_0"
LIVE = 1


class Teacher:
    """Scores and features for views of faces."""

    def __init__(self, folder: Path):
        self.sessions = {view: open_session(folder / file) for view, file in VIEWS.items()}

    def judge(self, views: np.ndarray) -> tuple[float, np.ndarray]:
        """Of one face: the share of bona fide, 0..=1, averaged over both, and their features `[2, 128]`."""
        scores, features = [], []
        for view, session in self.sessions.items():
            blob = views[view].transpose(2, 0, 1)[None].astype(np.float32)
            logits, feature = session.run(None, {"input": blob})
            scores.append(softmax(logits[0])[LIVE])
            features.append(feature[0])
        return float(np.mean(scores)), np.stack(features)


def open_session(file: Path) -> onnxruntime.InferenceSession:
    model = onnx.load(file)
    model.graph.output.append(onnx.helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, [1, 128]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def softmax(logits: np.ndarray) -> np.ndarray:
    exponent = np.exp(logits - logits.max())
    return exponent / exponent.sum()
