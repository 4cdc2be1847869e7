"""Centre and slope for the ledger: the point at which the scores of held-out sets favour neither class.

    python -m oz_training.operating_point folds/*/scores.csv

Each file is the output of `oz evaluate pad` for a set and the network that was trained without it. All sets
have equal weight, unlike in `oz calibrate pad`, which weighs presentations equally: half of them are from one
camera.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

BONA_FIDE, ATTACK = 0.6, 0.3
"""Score limits of the default policy for a single frame without other evidence: bona fide from the first,
attack below the second."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    scores, live, sets = read(parser.parse_args().files)
    center, slope = regression(scores, live, weights(live, sets))
    print(f"center = {center:.2f}\nslope = {slope:.2f}")
    shares = 1 / (1 + np.exp(-slope * (scores - center)))
    for name in ["all", *sorted(set(sets))]:
        chosen = np.ones(len(sets), bool) if name == "all" else sets == name
        bona_fide, attacks = (rate(shares[chosen & kind]) for kind in (live, ~live))
        print(f"{name:10} bona fide: {bona_fide}   attacks: {attacks}")


def read(files: list[Path]):
    rows = [row for file in files for row in csv.DictReader(file.open(newline="")) if row["appearance"]]
    share = np.clip([float(row["appearance"]) for row in rows], 1e-6, 1 - 1e-6)
    live = np.array([row["label"] == "bona_fide" for row in rows])
    return np.log(share / (1 - share)), live, np.array([row["set"] for row in rows])


def weights(live, sets):
    """Sample weights that give each class of each set equal weight."""
    weight = np.zeros(len(sets))
    for name in set(sets):
        for kind in (live, ~live):
            chosen = (sets == name) & kind
            weight[chosen] = 1 / max(chosen.sum(), 1)
    return weight


def regression(scores, live, weight, steps: int = 50) -> tuple[float, float]:
    """Logistic regression by Newton's method: centre and slope."""
    inputs, line = np.stack([scores, np.ones_like(scores)], 1), np.array([1.0, 0.0])
    for _ in range(steps):
        share = 1 / (1 + np.exp(-inputs @ line))
        curvature = (inputs * (weight * share * (1 - share))[:, None]).T @ inputs
        line -= np.linalg.solve(curvature, inputs.T @ (weight * (share - live)))
    return float(-line[1] / line[0]), float(line[0])


def rate(shares) -> str:
    bona_fide, attack = (shares >= BONA_FIDE).mean(), (shares < ATTACK).mean()
    return f"{bona_fide:.1%} classified as bona fide, {attack:.1%} as attack"


if __name__ == "__main__":
    main()
