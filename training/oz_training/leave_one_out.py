"""Trains one network for each held-out set, from the same start, and one on all sets.

    python -m oz_training.leave_one_out --base base.pt --samples SET.npz --score PLAIN.npz --out FOLDER \\
        --sets nuaa webcam1 webcam2 webcam3 webcam4 webcam5 webcam6

What was finished is not done again. The start must not have seen any of the sets.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ALL = "all"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--same-place", nargs="*", default=[], help="SET=OTHER: hold OTHER out with SET")
    options, passed_on = parser.parse_known_args()
    options.out.mkdir(parents=True, exist_ok=True)
    twins = dict(pair.split("=") for pair in options.same_place)
    for name in [*options.sets, ALL]:
        model = options.out / f"{name}.pt"
        if model.exists():
            continue
        held_out = [] if name == ALL else [name, *([twins[name]] if name in twins else [])]
        command = [sys.executable, "-m", "oz_training.train", "--init", str(options.base), "--out", str(model)]
        subprocess.run([*command, "--hold-out", *held_out, *passed_on], check=True)


if __name__ == "__main__":
    main()
