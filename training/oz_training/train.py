"""Trains the network on sets that `prepare` and `embed` made; scores it on pictures that it has not seen.

    python -m oz_training.train --samples SET.npz ... --score PLAIN.npz --hold-out webcam1 --out model.pt
"""

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from .metrics import by_set
from .model import PadNet

CERTAINTY = 0.95
"""What is aimed at for a labelled bona fide face; the rest is for wrong labels and hopeless pictures."""
ASSUMED_WEIGHT = 0.15
"""What a face counts that is bona fide only by assumption: press photographs look as what is shown on screens does."""


class Samples:
    """A training set: what the trunk made of the views, labels, and what the teacher says."""

    def __init__(self, file: Path, hold_out: list[str], assumed: list[str]):
        data = np.load(file, allow_pickle=False)
        names = data["sets"][data["set"]]
        self.kept = np.flatnonzero(~np.isin(names, hold_out))
        self.maps = np.load(file.with_suffix(".maps.npy"), mmap_mode="r")
        self.label = np.where(data["label"] == 1, CERTAINTY, 1 - CERTAINTY).astype(np.float32)
        by_assumption = np.isin(names, assumed) & (data["label"] == 1)
        self.weight = np.where(by_assumption, ASSUMED_WEIGHT, 1.0).astype(np.float32)
        self.teacher = data["teacher"]

    def batches(self, size: int, take: int, rng: np.random.Generator):
        order = rng.permutation(self.kept)[: take or None]
        for place in range(self.batch_count(size, take)):
            yield np.sort(order[place * size : (place + 1) * size])

    def batch_count(self, size: int, take: int) -> int:
        return min(len(self.kept), take or len(self.kept)) // size


def train(network: PadNet, sets: list[Samples], options) -> PadNet:
    """Gives the running mean of the weights, which swings less than the weights do."""
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=options.rate, weight_decay=options.decay)
    steps = options.epochs * sum(samples.batch_count(options.batch, options.take) for samples in sets)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps, pct_start=0.15)
    mean, rng = copy.deepcopy(network), np.random.default_rng(options.seed)
    step, started = 0, time.time()
    for epoch in range(options.epochs):
        network.train()
        losses = []
        batches = [(samples, batch) for samples in sets for batch in samples.batches(options.batch, options.take, rng)]
        for place in rng.permutation(len(batches)):
            parts = losses_of(network, *batches[place])
            optimizer.zero_grad()
            sum(parts).backward()
            optimizer.step()
            schedule.step()
            step += 1
            follow(mean, network, min(0.995, step / (step + 20)))
            losses.append([float(part) for part in parts])
        print(f"epoch {epoch + 1}: losses {np.round(np.mean(losses, 0), 4)}, {time.time() - started:.0f} s", flush=True)
        if options.score and epoch + 1 < options.epochs:
            report(mean, options.score, options.hold_out)
    return mean


def losses_of(network, samples: Samples, batch):
    """Of the judge who answers as the teacher, and of the judge who learns the labels."""
    features = network.embed(torch.from_numpy(samples.maps[batch].astype(np.float32)))
    teacher, label = torch.from_numpy(samples.teacher[batch]), torch.from_numpy(samples.label[batch])
    weight = torch.from_numpy(samples.weight[batch])
    return [
        F.binary_cross_entropy_with_logits(network.judge_as_teacher(features), teacher),
        F.binary_cross_entropy_with_logits(network.judge_by_label(features), label, weight),
    ]


@torch.no_grad()
def follow(mean, network, keep: float):
    for slow, fast in zip(mean.state_dict().values(), network.state_dict().values()):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)


@torch.no_grad()
def scores(network, maps: np.ndarray) -> dict[str, np.ndarray]:
    """Log-odds of the judges and of both, for each face."""
    network.eval()
    parts = []
    for start in range(0, len(maps), 256):
        features = network.embed(torch.from_numpy(maps[start : start + 256].astype(np.float32)))
        pupil, labelled = network.judge_as_teacher(features), network.judge_by_label(features)
        parts.append(torch.stack([pupil, labelled, (pupil + labelled) / 2]))
    return dict(zip(("pupil", "labelled", "both"), torch.cat(parts, 1).numpy()))


def report(network, files: list[Path], hold_out: list[str]) -> dict:
    """EER of frames and bursts of each set, the held-out ones marked."""
    answer = {}
    for file in files:
        data = np.load(file, allow_pickle=False)
        names, label = data["sets"][data["set"]], data["label"]
        maps = np.load(file.with_suffix(".maps.npy"), mmap_mode="r")
        judges = {**scores(network, maps), "teacher": data["teacher"]}
        for judge, values in judges.items():
            for name, rates in by_set(values, label, names).items():
                answer.setdefault(str(name), {"held_out": bool(name in hold_out)})[judge] = rates
    for name, row in answer.items():
        rates = "  ".join(f"{judge} {row[judge][0]:.3f} {row[judge][1]:.3f}" for judge in judges)
        print(f" {'*' if row['held_out'] else ' '} {name:10} {rates}", flush=True)
    return answer


def main() -> None:
    options = parse()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    network = PadNet()
    sets = [Samples(file, options.hold_out, options.assume_live) for file in options.samples]
    print(f"held out: {options.hold_out}, {[len(samples.kept) for samples in sets]} samples", flush=True)
    mean = train(network, sets, options)
    torch.save({"network": mean.state_dict()}, options.out)
    table = report(mean, options.score, options.hold_out)
    written = {"options": {key: str(value) for key, value in vars(options).items()}, "eer": table}
    options.out.with_suffix(".json").write_text(json.dumps(written, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, nargs="+", required=True)
    parser.add_argument("--score", type=Path, nargs="*", default=[])
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--assume-live", nargs="*", default=["lfw"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--take", type=int, default=0, help="samples of each set in an epoch, drawn anew; 0: all")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
