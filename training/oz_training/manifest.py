"""Exports checkpoints to ONNX, with a manifest for `oz --manifest FILE --pad-models ID`.

    python -m oz_training.manifest --models folds/*.pt --out folds/models.toml
"""

import argparse
import hashlib
from pathlib import Path

from .crops import SCALES, SIDE
from .export import mean_of, write

ENTRY = """
[[model]]
id = "{id}"
task = "pad"
family = "stacked_views"
title = "Three views of a face, judged together"
file = "{file}"
sha256 = "{sha256}"
bytes = {bytes}

[model.input]
name = "views"
shape = [0, 3, {height}, {width}]
layout = "nchw"
colour = "rgb"
mean = [0.0, 0.0, 0.0]
std = [255.0, 255.0, 255.0]
crop = "scaled_box"

[model.parameters]
box_scales = {scales}

[[model.output]]
name = "logit"
shape = [0, 1]
meaning = "log-odds of bona fide"

[model.licence]
code = "MIT OR Apache-2.0"
weights = "MIT OR Apache-2.0"
training_data = "see training/MODEL_CARD.md"
commercial_use = "unknown"
restriction = "trained on own data"

[model.source]
registry = "repository"
package = "oz"
version = "0.1.0"
member = "training"
conversion = "none"

[model.calibration]
center = {center}
slope = {slope}
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--calibration", type=float, nargs=2, default=(0.0, 1.0), metavar=("CENTER", "SLOPE"))
    options = parser.parse_args()
    entries = [entry(model, options.out.parent, *options.calibration) for model in options.models]
    options.out.write_text("schema = 1\n" + "".join(entries))


def entry(model: Path, folder: Path, center: float, slope: float) -> str:
    file = folder / f"{model.stem}.onnx"
    write(mean_of([model]), file)
    content = file.read_bytes()
    return ENTRY.format(
        id=f"pad_views_without_{model.stem}", file=file.name, sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content), height=SIDE * len(SCALES), width=SIDE, scales=list(SCALES),
        center=center, slope=slope,
    )


if __name__ == "__main__":
    main()
