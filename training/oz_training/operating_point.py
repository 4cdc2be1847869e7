"""Where the scores of held-out sets speak for neither class: centre and slope for the ledger, every set weighing the same.

    python -m oz_training.operating_point folds/*/scores.csv

Each file is what `oz evaluate pad` wrote for a set and the network that was trained without it. `oz calibrate pad` weighs
presentations alike; here half of them are of one camera.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

BONA_FIDE, ATTACK = 0.6, 0.3
"""At and above the one, below the other: what the default policy says of a single frame when no other layer speaks."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    scores, live, sets = read(parser.parse_args().files)
    center, slope = regression(scores, live, weights(live, sets))
    print(f"center = {center:.2f}\nslope = {slope:.2f}")
    shares = 1 / (1 + np.exp(-slope * (scores - center)))
    for name in ["all", *sorted(set(sets))]:
        chosen = np.ones(len(sets), bool) if name == "all" else sets == name
        told = [f"{rate(shares[chosen & kind])}" for kind in (live, ~live)]
        print(f"{name:10} bona fide: {told[0]}   attacks: {told[1]}")


def read(files: list[Path]):
    rows = [row for file in files for row in csv.DictReader(file.open(newline="")) if row["appearance"]]
    share = np.clip([float(row["appearance"]) for row in rows], 1e-6, 1 - 1e-6)
    live = np.array([row["label"] == "bona_fide" for row in rows])
    return np.log(share / (1 - share)), live, np.array([row["set"] for row in rows])


def weights(live, sets):
    """Each class of each set weighs the same."""
    weight = np.zeros(len(sets))
    for name in set(sets):
        for kind in (live, ~live):
            chosen = (sets == name) & kind
            weight[chosen] = 1 / max(chosen.sum(), 1)
    return weight


def regression(scores, live, weight, steps: int = 50) -> tuple[float, float]:
    """Logistic, by Newton's method."""
    inputs, line = np.stack([scores, np.ones_like(scores)], 1), np.array([1.0, 0.0])
    for _ in range(steps):
        share = 1 / (1 + np.exp(-inputs @ line))
        curvature = (inputs * (weight * share * (1 - share))[:, None]).T @ inputs
        line -= np.linalg.solve(curvature, inputs.T @ (weight * (share - live)))
    return float(-line[1] / line[0]), float(line[0])


def rate(shares) -> str:
    return f"{(shares >= BONA_FIDE).mean():.1%} taken for bona fide, {(shares < ATTACK).mean():.1%} for attacks"


if __name__ == "__main__":
    main()
