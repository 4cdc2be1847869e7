"""Trains the network on the output of `prepare` and scores it on held-out images.

    python -m oz_training.train --samples SAMPLES ... --score PLAIN --teacher FOLDER \\
        --hold-out SET --out model.pt

The teacher scores every augmented and mixed sample, so that the distillation covers as many inputs as
possible.
"""

import argparse
import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .metrics import by_set
from .mixing import changed, mixed
from .model import FEATURES, PadNet
from .teacher import WIDTH, Teacher

CERTAINTY = 0.95
"""Target probability of a labelled bona fide face; below 1 because of wrong labels and unusable images."""
LARGEST = 7.0
"""Largest absolute log-odds of the teacher that are imitated; it is overconfident beyond."""


class Samples:
    """A training set on the device, without held-out samples: views, labels and weights."""

    def __init__(self, folder: Path, options, device):
        data = np.load(folder / "samples.npz", allow_pickle=False)
        names = data["sets"][data["set"]]
        self.kept = torch.from_numpy(np.flatnonzero(~held_out(names, data["face"], options)))
        views = np.load(folder / "views.npy", mmap_mode="c")
        on_gpu = device.type == "cuda"
        self.views = torch.from_numpy(np.array(views)).to(device) if on_gpu else torch.from_numpy(views)
        label = np.where(data["label"] == 1, CERTAINTY, 1 - CERTAINTY).astype(np.float32)
        self.label = torch.from_numpy(label).to(device)
        self.weight = torch.from_numpy(weights(names, data, options)).to(device)

    def batches(self, size: int, generator: torch.Generator):
        """Endless batches; every sample occurs once per epoch."""
        while True:
            order = self.kept[torch.randperm(len(self.kept), generator=generator)]
            for start in range(0, len(order) - size + 1, size):
                batch = order[start : start + size]
                # A memory-mapped file is read in order.
                batch = batch.to(self.views.device) if self.views.is_cuda else batch.sort().values
                yield as_input(self.views[batch]), self.label[batch], self.weight[batch]


def held_out(names, faces, options) -> np.ndarray:
    """Mask of held-out samples: whole sets, and every eighth face of the sets assumed to be bona fide."""
    out = np.isin(names, options.hold_out)
    if options.hold_out:
        out |= np.isin(names, options.assume_live) & (faces % 8 == 0)
    return out


def weights(names, data, options) -> np.ndarray:
    """Sample weights. Faces assumed to be live weigh less: press photographs resemble screen content."""
    assumed = np.isin(names, options.assume_live) & (data["label"] == 1)
    return np.where(assumed, options.assumed_weight, 1.0).astype(np.float32)


def as_input(views: torch.Tensor) -> torch.Tensor:
    """`[N, 3, 80, 80, 3]` BGR bytes to `[N, 3, 3, 80, 80]` RGB, 0..=1."""
    return views.flip(4).permute(0, 1, 4, 2, 3).float() / 255


def train(network: PadNet, sets: list[Samples], teacher: Teacher, options, device) -> PadNet:
    """Trains the network; returns the running mean of its weights, which varies less than the weights."""
    imitation = nn.Linear(FEATURES, WIDTH).to(device)
    optimizer = optimizer_of(network, imitation, options)
    generator = torch.Generator().manual_seed(options.seed)
    sources = [samples.batches(options.batch // len(sets), generator) for samples in sets]
    mean, started, losses = copy.deepcopy(network), time.time(), []
    network.train()
    for step in range(1, options.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * pace(step / options.steps)
        parts = losses_of(network, imitation, teacher, [next(source) for source in sources], options)
        optimizer.zero_grad(set_to_none=True)
        sum(parts).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        follow(mean, network, min(options.keep, step / (step + 20)))
        losses.append(torch.stack([part.detach() for part in parts]))
        if step % max(options.steps // 4, 1) == 0:
            means = [round(float(v), 4) for v in torch.stack(losses).mean(0)]
            print(f"step {step}: losses {means}, {time.time() - started:.0f} s", flush=True)
            losses = []
    return mean


def optimizer_of(network, imitation, options):
    """Optimiser with a lower learning rate for the backbone, whose first blocks may be frozen."""
    blocks = list(network.trunk.blocks)
    for block in blocks[: options.frozen]:
        block.requires_grad_(False)
    trunk = [p for block in blocks[options.frozen :] for p in block.parameters()]
    top = [p for name, p in network.named_parameters() if not name.startswith("trunk.")]
    top += imitation.parameters()
    groups = [{"params": trunk, "peak": options.trunk_rate}, {"params": top, "peak": options.rate}]
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, lr=options.rate, weight_decay=options.decay)


def pace(done: float) -> float:
    """Learning rate factor: linear warm-up over the first tenth, then cosine decay."""
    return done / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def losses_of(network, imitation, teacher, batches, options):
    """Losses of the distilled head (probabilities, log-odds, features) and of the head trained on labels."""
    views, label, weight = (torch.cat(parts) for parts in zip(*batches))
    views, label, weight = mixed(changed(views), label, weight, options.mix)
    target, target_features = teacher(views)
    with torch.autocast(views.device.type, torch.bfloat16, enabled=views.is_cuda):
        features = network.embed(views)
        guessed = imitation(features)
        pupil = network.pupil(features).squeeze(1)
        # The labels cover few rooms, so their influence on the backbone is limited by `label_reach`.
        seen = features * options.label_reach + features.detach() * (1 - options.label_reach)
        labelled = network.labelled(seen).squeeze(1)
    target = target.clamp(-LARGEST, LARGEST)
    return [
        F.binary_cross_entropy_with_logits(pupil.float(), target.sigmoid()),
        0.05 * F.smooth_l1_loss(pupil.float(), target),
        options.features * F.mse_loss(guessed.float(), target_features),
        options.labels * F.binary_cross_entropy_with_logits(labelled.float(), label, weight),
    ]


@torch.no_grad()
def follow(mean, network, keep: float):
    slow, fast = list(mean.state_dict().values()), list(network.state_dict().values())
    floating = [place for place, value in enumerate(slow) if value.dtype.is_floating_point]
    torch._foreach_lerp_([slow[p] for p in floating], [fast[p] for p in floating], 1 - keep)
    for place in set(range(len(slow))) - set(floating):
        slow[place].copy_(fast[place])


@torch.no_grad()
def scores(network, teacher, views: np.ndarray, device) -> dict[str, np.ndarray]:
    """Log-odds of both heads, of their combination and of the teacher, for each face."""
    network.eval()
    parts = []
    for start in range(0, len(views), 128):
        inputs = as_input(torch.from_numpy(np.array(views[start : start + 128])).to(device))
        pupil, labelled = network.heads(network.embed(inputs))
        combined = network.combined(pupil, labelled)
        parts.append(torch.stack([pupil, labelled, combined, teacher(inputs)[0]]).cpu())
    return dict(zip(("pupil", "labelled", "both", "teacher"), torch.cat(parts, 1).numpy()))


def report(network, teacher, folder: Path, options, device) -> dict:
    """EER of frames and bursts of each held-out set, and the scores."""
    data = np.load(folder / "samples.npz", allow_pickle=False)
    names = data["sets"][data["set"]]
    out = held_out(names, data["face"], options) if options.hold_out else np.ones(len(names), bool)
    views = np.load(folder / "views.npy", mmap_mode="r")[out]
    by_head, names, label = scores(network, teacher, views, device), names[out], data["label"][out]
    rounded = {head: values.round(4).tolist() for head, values in by_head.items()}
    result = {"names": [str(name) for name in names], "label": label.tolist(), "scores": rounded}
    result["eer"] = {head: by_set(values, label, names) for head, values in by_head.items()}
    for name in options.hold_out:
        rates = {head: table[name] for head, table in result["eer"].items() if name in table}
        columns = "  ".join(f"{head} {frames:.3f} {bursts:.3f}" for head, (frames, bursts) in rates.items())
        print(f"* {name:10} {columns}", flush=True)
    return result


def main() -> None:
    options = parse()
    device = torch.device(options.device)
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.manual_seed(options.seed)
    network = PadNet(options.dropout).to(device, memory_format=torch.channels_last)
    # Half precision changes the probabilities of the teacher by 3e-4 on average.
    precision = torch.float16 if device.type == "cuda" else torch.float32
    teacher = Teacher(options.teacher).to(device, precision).eval()
    sets = [Samples(folder, options, device) for folder in options.samples]
    print(f"held out: {options.hold_out}, {[len(samples.kept) for samples in sets]} samples", flush=True)
    mean = train(network, sets, teacher, options, device)
    weights = {name: value.float().cpu().contiguous() for name, value in mean.state_dict().items()}
    torch.save({"network": weights}, options.out)
    table = report(mean, teacher, options.score, options, device) if options.score else {}
    written = {"options": {key: str(value) for key, value in vars(options).items()}, **table}
    options.out.with_suffix(".json").write_text(json.dumps(written))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--samples", type=Path, nargs="+", required=True, help="output folders of `prepare`")
    add("--score", type=Path, help="output folder of `prepare --count 0`")
    add("--teacher", type=Path, required=True, help="folder of the MiniFASNet files")
    add("--hold-out", nargs="*", default=[])
    add("--assume-live", nargs="*", default=["lfw"])
    add("--assumed-weight", type=float, default=0.15, help="weight of faces assumed to be bona fide")
    add("--out", type=Path, required=True)
    add("--steps", type=int, default=600)
    add("--batch", type=int, default=256)
    add("--rate", type=float, default=2e-3, help="peak learning rate of the heads")
    add("--trunk-rate", type=float, default=5e-4, help="peak learning rate of the backbone")
    add("--frozen", type=int, default=0, help="number of frozen parts of the backbone, of 12")
    add("--decay", type=float, default=0.05)
    add("--dropout", type=float, default=0.3)
    add("--mix", type=float, default=0.5, help="share of mixed samples")
    add("--features", type=float, default=1.0, help="weight of the feature loss")
    add("--labels", type=float, default=1.0, help="weight of the label loss")
    add("--label-reach", type=float, default=0.5, help="influence of the labels on the backbone, 0..=1")
    add("--keep", type=float, default=0.998, help="decay of the running mean of the weights")
    add("--seed", type=int, default=1)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
