"""Trains the network on sets that `prepare` made; scores it on pictures that it has not seen.

    python -m oz_training.train --samples SET.npz --score PLAIN.npz --hold-out webcam1 --out model.pt
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
from .model import Imitation, PadNet

TRUST_IN_TEACHER = {"real": 0.5, "assumed": 0.4, "simulated": 0.25}
"""Share of the teacher in what is aimed at; the rest is the label."""


class Samples:
    """A training set in memory, views as `[N, 9, 80, 80]` bytes, RGB."""

    def __init__(self, file: Path, hold_out: list[str], assumed: list[str]):
        data = np.load(file, allow_pickle=False)
        names = data["sets"]
        kept = np.flatnonzero(~np.isin(names[data["set"]], hold_out))
        self.views = data["views"]
        self.kept, self.set_names = kept, names[data["set"]]
        self.label = data["label"].astype(np.float32)
        self.teacher, self.features = data["teacher"], data["features"]
        trust = np.full(len(self.label), TRUST_IN_TEACHER["real"], np.float32)
        trust[np.isin(self.set_names, assumed)] = TRUST_IN_TEACHER["assumed"]
        trust[data["simulated"] == 1] = TRUST_IN_TEACHER["simulated"]
        self.target = (1 - trust) * self.label + trust * self.teacher

    def batches(self, size: int, take: int, rng: np.random.Generator):
        order = rng.permutation(self.kept)[: take or None]
        for start in range(0, len(order) - size + 1, size):
            chosen = np.sort(order[start : start + size])
            yield as_input(self.views[chosen]), torch.from_numpy(self.target[chosen]), self.features[chosen]


def as_input(views: np.ndarray) -> torch.Tensor:
    """`[N, 3, 80, 80, 3]` BGR bytes to `[N, 9, 80, 80]` RGB, 0..=1."""
    rgb = torch.from_numpy(np.ascontiguousarray(views[..., ::-1]))
    return rgb.permute(0, 1, 4, 2, 3).reshape(len(views), -1, *views.shape[2:4]).float() / 255


def train(network: PadNet, samples: Samples, options) -> PadNet:
    """Gives the running mean of the weights, which swings less than the weights do."""
    imitation = Imitation()
    parameters = [*network.parameters(), *imitation.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=options.decay)
    steps = options.epochs * (min(len(samples.kept), options.take or len(samples.kept)) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps, pct_start=0.1)
    mean, rng = copy.deepcopy(network), np.random.default_rng(options.seed)
    step, started = 0, time.time()
    for epoch in range(options.epochs):
        network.train()
        losses = []
        for inputs, target, teacher in samples.batches(options.batch, options.take, rng):
            features, logits = run(network, inputs)
            loss = F.binary_cross_entropy_with_logits(logits, target)
            aim = torch.from_numpy(teacher.astype(np.float32))
            loss = loss + options.imitate * F.mse_loss(imitation(features), aim)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            follow(mean, network, min(0.998, step / (step + 20)))
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.time() - started:.0f} s", flush=True)
        if options.score and (epoch + 1) % options.score_every == 0:
            report(mean, options.score, options.hold_out)
    return mean


def run(network, inputs):
    features = network.embed(inputs.contiguous(memory_format=torch.channels_last))
    return features, network.join(network.drop_views(features))


@torch.no_grad()
def follow(mean, network, keep: float):
    for slow, fast in zip(mean.state_dict().values(), network.state_dict().values()):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)


@torch.no_grad()
def scores(network, views: np.ndarray) -> np.ndarray:
    network.eval()
    parts = [network(as_input(views[i : i + 256])) for i in range(0, len(views), 256)]
    return torch.cat(parts).numpy()


def report(network, files: list[Path], hold_out: list[str]) -> dict:
    """EER of each set, the held-out ones marked."""
    answer = {}
    for file in files:
        data = np.load(file, allow_pickle=False)
        names = data["sets"][data["set"]]
        own = by_set(scores(network, data["views"]), data["label"], names)
        teacher = by_set(data["teacher"], data["label"], names)
        for name, (frames, joined) in own.items():
            mark = "*" if name in hold_out else " "
            print(f"  {mark}{name:10} EER {frames:.3f} burst {joined:.3f}   teacher {teacher[name][0]:.3f} {teacher[name][1]:.3f}")
            answer[name] = {"frames": frames, "bursts": joined, "teacher": teacher[name], "held_out": name in hold_out}
    return answer


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = PadNet()
    if options.init:
        network.load_state_dict(torch.load(options.init, weights_only=True))
    print(f"{sum(p.numel() for p in network.parameters())} parameters, held out: {options.hold_out}")
    samples = Samples(options.samples, options.hold_out, options.assume_live)
    print(f"{len(samples.kept)} samples")
    mean = train(network, samples, options)
    torch.save(mean.state_dict(), options.out)
    table = report(mean, options.score, options.hold_out)
    options.out.with_suffix(".json").write_text(json.dumps({"options": {k: str(v) for k, v in vars(options).items()}, "eer": table}, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--score", type=Path, nargs="*", default=[])
    parser.add_argument("--score-every", type=int, default=2)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--assume-live", nargs="*", default=["lfw"])
    parser.add_argument("--init", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--take", type=int, default=0, help="samples of an epoch, drawn anew for each; 0: all")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--imitate", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
