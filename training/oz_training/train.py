"""Trains the network on sets that `prepare` made; scores it on pictures that it has not seen.

    python -m oz_training.train --samples SET.npz ... --imitate-only --out base.pt
    python -m oz_training.train --samples SET.npz --init base.pt --score PLAIN.npz --hold-out webcam1 --out model.pt

Under `python -m torch.distributed.run --nproc-per-node N -m oz_training.train` N processes share the work.
"""

import argparse
import copy
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as team
from torch.nn import functional as F

from .metrics import by_set
from .model import Imitation, PadNet

CERTAINTY = 0.95
"""What is aimed at for a labelled bona fide face; the rest is for wrong labels and hopeless pictures."""


class Samples:
    """A training set in memory, views as `[N, 9, 80, 80]` bytes, RGB."""

    def __init__(self, file: Path, hold_out: list[str]):
        data = np.load(file, allow_pickle=False)
        self.kept = np.flatnonzero(~np.isin(data["sets"][data["set"]], hold_out))
        self.views, self.features = data["views"], data["features"]
        self.label = np.where(data["label"] == 1, CERTAINTY, 1 - CERTAINTY).astype(np.float32)
        self.teacher = data["teacher"]

    def batches(self, size: int, take: int, rng: np.random.Generator):
        order = rng.permutation(self.kept)[: take or None][rank() :: workers()]
        for place in range(self.batch_count(size, take)):
            yield np.sort(order[place * size : (place + 1) * size])

    def batch_count(self, size: int, take: int) -> int:
        return min(len(self.kept), take or len(self.kept)) // workers() // size


def as_input(views: np.ndarray) -> torch.Tensor:
    """`[N, 3, 80, 80, 3]` BGR bytes to `[N, 9, 80, 80]` RGB, 0..=1."""
    rgb = torch.from_numpy(np.ascontiguousarray(views[..., ::-1]))
    return rgb.permute(0, 1, 4, 2, 3).reshape(len(views), -1, *views.shape[2:4]).float() / 255


def train(network: PadNet, sets: list[Samples], options) -> PadNet:
    """Gives the running mean of the weights, which swings less than the weights do."""
    imitation = Imitation()
    if options.init:
        imitation.load_state_dict(torch.load(options.init, weights_only=True)["imitation"])
    parameters = [*network.parameters(), *imitation.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=options.decay)
    steps = options.epochs * sum(samples.batch_count(options.batch, options.take) for samples in sets)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps, pct_start=0.1)
    mean, rng = copy.deepcopy(network), np.random.default_rng(options.seed)
    step, started = 0, time.time()
    for epoch in range(options.epochs):
        network.train()
        losses = []
        batches = [(samples, batch) for samples in sets for batch in samples.batches(options.batch, options.take, rng)]
        for place in rng.permutation(len(batches)):
            parts = losses_of(network, imitation, *batches[place], options)
            optimizer.zero_grad()
            sum(parts).backward()
            share_gradients(parameters)
            optimizer.step()
            schedule.step()
            step += 1
            follow(mean, network, min(0.998, step / (step + 20)))
            losses.append([float(part) for part in parts])
        if rank() > 0:
            continue
        print(f"epoch {epoch + 1}: losses {np.round(np.mean(losses, 0), 4)}, {time.time() - started:.0f} s", flush=True)
        if options.score and (epoch + 1) % options.score_every == 0:
            report(mean, options.score, options.hold_out)
    if rank() == 0:
        torch.save({"network": mean.state_dict(), "imitation": imitation.state_dict()}, options.out)
    return mean


def losses_of(network, imitation, samples: Samples, batch, options):
    """Of the features against the teacher's, of the judge who answers as the teacher, of the judge who learns the labels."""
    inputs = as_input(samples.views[batch]).contiguous(memory_format=torch.channels_last)
    features = network.embed(inputs, first=1 if options.imitate_only else 0)
    aim = torch.from_numpy(samples.features[batch].astype(np.float32))
    teacher = torch.from_numpy(samples.teacher[batch])
    parts = [
        options.imitate * F.mse_loss(imitation(features), aim),
        F.binary_cross_entropy_with_logits(network.judge_as_teacher(features), teacher),
    ]
    if not options.imitate_only:
        label = torch.from_numpy(samples.label[batch])
        logits = network.judge_by_label(network.drop_views(features))
        parts.append(F.binary_cross_entropy_with_logits(logits, label))
    return parts


def rank() -> int:
    return int(os.environ.get("RANK", 0))


def workers() -> int:
    return int(os.environ.get("WORLD_SIZE", 1))


def share_gradients(parameters) -> None:
    """The mean over all workers, so that they stay the same network."""
    if workers() == 1:
        return
    learned = [p for p in parameters if p.grad is not None]
    together = torch.cat([p.grad.flatten() for p in learned])
    team.all_reduce(together)
    for p, part in zip(learned, together.split([p.numel() for p in learned])):
        p.grad.copy_(part.view_as(p) / workers())


@torch.no_grad()
def follow(mean, network, keep: float):
    for slow, fast in zip(mean.state_dict().values(), network.state_dict().values()):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)


@torch.no_grad()
def scores(network, views: np.ndarray) -> dict[str, np.ndarray]:
    """Log-odds of the judges and of both, for each face."""
    network.eval()
    parts = []
    for start in range(0, len(views), 256):
        features = network.embed(as_input(views[start : start + 256]))
        pupil, labelled = network.judge_as_teacher(features), network.judge_by_label(features)
        parts.append(torch.stack([pupil, labelled, (pupil + labelled) / 2]))
    return dict(zip(("pupil", "labelled", "both"), torch.cat(parts, 1).numpy()))


def report(network, files: list[Path], hold_out: list[str]) -> dict:
    """EER of frames and bursts of each set, the held-out ones marked."""
    answer = {}
    for file in files:
        data = np.load(file, allow_pickle=False)
        names, label = data["sets"][data["set"]], data["label"]
        judges = {**scores(network, data["views"]), "teacher": data["teacher"]}
        for judge, values in judges.items():
            for name, rates in by_set(values, label, names).items():
                answer.setdefault(str(name), {"held_out": bool(name in hold_out)})[judge] = rates
    for name, row in answer.items():
        rates = "  ".join(f"{judge} {row[judge][0]:.3f} {row[judge][1]:.3f}" for judge in judges)
        print(f" {'*' if row['held_out'] else ' '} {name:10} {rates}", flush=True)
    return answer


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    if workers() > 1:
        team.init_process_group("gloo")
    torch.manual_seed(options.seed)
    network = PadNet()
    if options.init:
        network.load_state_dict(torch.load(options.init, weights_only=True)["network"])
    sets = [Samples(file, options.hold_out) for file in options.samples]
    print(f"{sum(p.numel() for p in network.parameters())} parameters, held out: {options.hold_out}")
    print(f"{[len(samples.kept) for samples in sets]} samples", flush=True)
    mean = train(network, sets, options)
    if rank() > 0:
        return
    table = report(mean, options.score, options.hold_out)
    written = {"options": {key: str(value) for key, value in vars(options).items()}, "eer": table}
    options.out.with_suffix(".json").write_text(json.dumps(written, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, nargs="+", required=True)
    parser.add_argument("--score", type=Path, nargs="*", default=[])
    parser.add_argument("--score-every", type=int, default=2)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--init", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--take", type=int, default=0, help="samples of each set in an epoch, drawn anew for each; 0: all")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--imitate", type=float, default=2.0, help="weight of the teacher's features")
    parser.add_argument("--imitate-only", action="store_true", help="learn from the teacher alone, without labels")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
