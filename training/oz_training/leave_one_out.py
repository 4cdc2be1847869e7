"""Trains one network per held-out set, and one on all sets.

    python -m oz_training.leave_one_out --out FOLDER --sets nuaa webcam1 ... --samples SAMPLES --score PLAIN

Other arguments are passed to `train`. Networks that exist are not trained again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ALL = "all"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", required=True)
    options, passed_on = parser.parse_known_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [*options.sets, ALL]:
        model = options.out / f"{name}.pt"
        if model.exists():
            continue
        held_out = [] if name == ALL else [name]
        command = [sys.executable, "-m", "oz_training.train", "--out", str(model), "--hold-out", *held_out]
        subprocess.run([*command, *passed_on], check=True)


if __name__ == "__main__":
    main()
