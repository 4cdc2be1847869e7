"""Error rates for model selection. Published rates are measured by `oz evaluate pad`."""

import numpy as np


def eer(scores, labels) -> float:
    """Equal error rate: the rate at the threshold where BPCER and APCER are equal."""
    live, attack = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    thresholds = np.unique(np.concatenate([scores, [np.inf]]))
    bpcer = np.searchsorted(live, thresholds, side="left") / len(live)
    apcer = 1 - np.searchsorted(attack, thresholds, side="left") / len(attack)
    nearest = np.argmin(np.abs(bpcer - apcer))
    return float((bpcer[nearest] + apcer[nearest]) / 2)


def bursts(scores, labels, size: int = 10):
    """Mean scores over consecutive frames with the same label."""
    joined = [
        (scores[labels == label][start : start + size].mean(), label)
        for label in (0, 1)
        for start in range(0, int((labels == label).sum()) - size + 1, size)
    ]
    return np.array([score for score, _ in joined]), np.array([label for _, label in joined])


def by_set(scores, labels, sets) -> dict[str, tuple[float, float]]:
    """EER of frames and of bursts, by set, for sets with both classes."""
    table = {}
    for name in sorted(set(sets)):
        chosen = sets == name
        if len(set(labels[chosen])) == 2:
            joined = bursts(scores[chosen], labels[chosen])
            both = len(set(joined[1])) == 2
            table[name] = (eer(scores[chosen], labels[chosen]), eer(*joined) if both else float("nan"))
    return table
