"""Exports the network to ONNX, from stacked views `[N, 3, 240, 80]`, RGB, 0..=1, to log-odds `[N, 1]`.

    python -m oz_training.export --model model.pt [more.pt ...] --out oz_pad.onnx

Several checkpoints are averaged.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from .crops import SIDE
from .model import VIEWS, PadNet


class Exported(nn.Module):
    """The network with the input format of the ONNX file: vertically stacked views."""

    def __init__(self, network: PadNet):
        super().__init__()
        self.network = network

    def forward(self, stack):
        # [N, 3, views x 80, 80] to [N, views x 3, 80, 80]
        return self.network(stack.reshape(-1, 3, VIEWS, SIDE, SIDE).transpose(1, 2)).unsqueeze(1)


def mean_of(files: list[Path]) -> PadNet:
    states = [torch.load(file, weights_only=True)["network"] for file in files]
    mean = {key: torch.stack([state[key].float() for state in states]).mean(0) for key in states[0]}
    network = PadNet()
    network.load_state_dict(mean)
    return network.eval()


def write(network: PadNet, out: Path) -> None:
    """Exports with PyTorch; ONNX Runtime folds constants and merges paddings into convolutions."""
    stack = torch.rand(2, 3, SIDE * VIEWS, SIDE)
    with tempfile.TemporaryDirectory() as folder:
        exported, simplified = f"{folder}/exported.onnx", f"{folder}/simplified.onnx"
        torch.onnx.export(
            Exported(network), (stack,), exported, input_names=["views"], output_names=["logit"],
            dynamic_axes={"views": {0: "N"}, "logit": {0: "N"}}, opset_version=13, dynamo=False,
        )
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = simplified
        onnxruntime.InferenceSession(exported, options)
        model = onnx.load(simplified)
    standard = [entry for entry in model.opset_import if entry.domain == ""]
    del model.opset_import[:]
    model.opset_import.extend(standard)
    onnx.checker.check_model(model, full_check=True)
    out.write_bytes(model.SerializeToString(deterministic=True))


@torch.no_grad()
def check(network: PadNet, out: Path) -> float:
    """Largest difference between the log-odds of the network and of the file."""
    stack = torch.rand(8, 3, SIDE * VIEWS, SIDE, generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(out.read_bytes())
    exported = session.run(None, {"views": stack.numpy()})[0]
    return float(np.abs(exported - Exported(network)(stack).numpy()).max())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write(mean_of(options.model), options.out)
    difference = check(mean_of(options.model), options.out)
    size = options.out.stat().st_size
    print(f"{options.out}: {size} bytes, log-odds within {difference:.1e} of the checkpoint")


if __name__ == "__main__":
    main()
