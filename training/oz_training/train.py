"""Trains the network on what `prepare` made; scores it on pictures that it has not seen.

    python -m oz_training.train --samples SAMPLES ... --score PLAIN --teacher FOLDER --hold-out webcam1 --out model.pt

The teacher judges every sample as the pupil sees it, mixed with others, so that little of what it knows is left out.
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
"""What is aimed at for a labelled bona fide face; the rest is for wrong labels and hopeless pictures."""
LARGEST = 7.0
"""Log-odds of the teacher beyond which it only boasts."""


class Samples:
    """A training set on the device, as far as nothing of it is held out: views, labels and what they weigh."""

    def __init__(self, folder: Path, options, device):
        data = np.load(folder / "samples.npz", allow_pickle=False)
        names = data["sets"][data["set"]]
        self.kept = torch.from_numpy(np.flatnonzero(~held_out(names, data["face"], options)))
        views = np.load(folder / "views.npy", mmap_mode="c")
        self.views = torch.from_numpy(np.array(views)).to(device) if device.type == "cuda" else torch.from_numpy(views)
        label = np.where(data["label"] == 1, CERTAINTY, 1 - CERTAINTY).astype(np.float32)
        self.label = torch.from_numpy(label).to(device)
        self.weight = torch.from_numpy(weights(names, data, options)).to(device)

    def batches(self, size: int, generator: torch.Generator):
        """Without end, every sample once before any comes again."""
        while True:
            order = self.kept[torch.randperm(len(self.kept), generator=generator)]
            for start in range(0, len(order) - size + 1, size):
                batch = order[start : start + size]
                # What lies in a file is read in its order.
                batch = batch.to(self.views.device) if self.views.is_cuda else batch.sort().values
                yield as_input(self.views[batch]), self.label[batch], self.weight[batch]


def held_out(names, faces, options) -> np.ndarray:
    """Whole sets; with them every eighth face of those assumed to be bona fide, to see what becomes of others."""
    out = np.isin(names, options.hold_out)
    if options.hold_out:
        out |= np.isin(names, options.assume_live) & (faces % 8 == 0)
    return out


def weights(names, data, options) -> np.ndarray:
    """Press photographs look as what is shown on screens does, so those assumed to be bona fide count less."""
    assumed = np.isin(names, options.assume_live) & (data["label"] == 1)
    return np.where(assumed, options.assumed_weight, 1.0).astype(np.float32)


def as_input(views: torch.Tensor) -> torch.Tensor:
    """`[N, 3, 80, 80, 3]` BGR bytes to `[N, 3, 3, 80, 80]` RGB, 0..=1."""
    return views.flip(4).permute(0, 1, 4, 2, 3).float() / 255


def train(network: PadNet, sets: list[Samples], teacher: Teacher, options, device) -> PadNet:
    """Gives the running mean of the weights, which swings less than the weights do."""
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
            told = [round(float(v), 4) for v in torch.stack(losses).mean(0)]
            print(f"step {step}: losses {told}, {time.time() - started:.0f} s", flush=True)
            losses = []
    return mean


def optimizer_of(network, imitation, options):
    """The trunk learns more slowly than what is on top of it; its first blocks may not learn at all."""
    blocks = list(network.trunk.blocks)
    for block in blocks[: options.frozen]:
        block.requires_grad_(False)
    trunk = [p for block in blocks[options.frozen :] for p in block.parameters()]
    top = [p for name, p in network.named_parameters() if not name.startswith("trunk.")] + list(imitation.parameters())
    groups = [{"params": trunk, "peak": options.trunk_rate}, {"params": top, "peak": options.rate}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=options.rate, weight_decay=options.decay)


def pace(done: float) -> float:
    """Up within the first tenth, then down along a cosine."""
    return done / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def losses_of(network, imitation, teacher, batches, options):
    """Of the judge who answers as the teacher (answers, features), and of the judge who learns the labels."""
    views, label, weight = (torch.cat(parts) for parts in zip(*batches))
    views, label, weight = mixed(changed(views), label, weight, options.mix)
    told, told_features = teacher(views)
    with torch.autocast(views.device.type, torch.bfloat16, enabled=views.is_cuda):
        features = network.embed(views)
        guessed = imitation(features)
        pupil = network.pupil(features).squeeze(1)
        # The labels are few and of few rooms: how far they may bend the trunk is a choice.
        seen = features * options.label_reach + features.detach() * (1 - options.label_reach)
        labelled = network.labelled(seen).squeeze(1)
    told = told.clamp(-LARGEST, LARGEST)
    return [
        F.binary_cross_entropy_with_logits(pupil.float(), told.sigmoid()),
        0.05 * F.smooth_l1_loss(pupil.float(), told),
        options.features * F.mse_loss(guessed.float(), told_features),
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
    """Log-odds of the judges, of both, and of the teacher, for each face."""
    network.eval()
    parts = []
    for start in range(0, len(views), 128):
        inputs = as_input(torch.from_numpy(np.array(views[start : start + 128])).to(device))
        pupil, labelled = network.judges(network.embed(inputs))
        told = teacher(inputs)[0]
        parts.append(torch.stack([pupil, labelled, network.verdict(pupil, labelled), told]).cpu())
    return dict(zip(("pupil", "labelled", "both", "teacher"), torch.cat(parts, 1).numpy()))


def report(network, teacher, folder: Path, options, device) -> dict:
    """EER of frames and bursts of each held-out set, and the scores themselves."""
    data = np.load(folder / "samples.npz", allow_pickle=False)
    names = data["sets"][data["set"]]
    out = held_out(names, data["face"], options) if options.hold_out else np.ones(len(names), bool)
    views = np.load(folder / "views.npy", mmap_mode="r")[out]
    judges, names, label = scores(network, teacher, views, device), names[out], data["label"][out]
    told = {judge: values.round(4).tolist() for judge, values in judges.items()}
    answer = {"names": [str(name) for name in names], "label": label.tolist(), "scores": told}
    answer["eer"] = {judge: by_set(values, label, names) for judge, values in judges.items()}
    for name in options.hold_out:
        rates = {judge: table[name] for judge, table in answer["eer"].items() if name in table}
        print(f"* {name:10} " + "  ".join(f"{judge} {a:.3f} {b:.3f}" for judge, (a, b) in rates.items()), flush=True)
    return answer


def main() -> None:
    options = parse()
    device = torch.device(options.device)
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.manual_seed(options.seed)
    network = PadNet(options.dropout).to(device, memory_format=torch.channels_last)
    # Half precision moves the teacher's share by 3e-4 on average.
    teacher = Teacher(options.teacher).to(device, torch.float16 if device.type == "cuda" else torch.float32).eval()
    sets = [Samples(folder, options, device) for folder in options.samples]
    print(f"held out: {options.hold_out}, {[len(samples.kept) for samples in sets]} samples", flush=True)
    mean = train(network, sets, teacher, options, device)
    torch.save({"network": {k: v.float().cpu().contiguous() for k, v in mean.state_dict().items()}}, options.out)
    table = report(mean, teacher, options.score, options, device) if options.score else {}
    written = {"options": {key: str(value) for key, value in vars(options).items()}, **table}
    options.out.with_suffix(".json").write_text(json.dumps(written))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--samples", type=Path, nargs="+", required=True, help="folders that `prepare` wrote")
    add("--score", type=Path, help="folder of faces as they are")
    add("--teacher", type=Path, required=True, help="folder of the MiniFASNet files")
    add("--hold-out", nargs="*", default=[])
    add("--assume-live", nargs="*", default=["lfw"])
    add("--assumed-weight", type=float, default=0.15, help="what a face counts that is bona fide only by assumption")
    add("--out", type=Path, required=True)
    add("--steps", type=int, default=600)
    add("--batch", type=int, default=256)
    add("--rate", type=float, default=2e-3, help="peak learning rate of what is on top of the trunk")
    add("--trunk-rate", type=float, default=5e-4, help="the trunk's own")
    add("--frozen", type=int, default=0, help="parts of the trunk that stay as they are, of 12")
    add("--decay", type=float, default=0.05)
    add("--dropout", type=float, default=0.3)
    add("--mix", type=float, default=0.5, help="share of the samples that are mixed with another")
    add("--features", type=float, default=1.0, help="weight of the teacher's features")
    add("--labels", type=float, default=1.0, help="weight of the labels")
    add("--label-reach", type=float, default=0.5, help="how far the labels bend the trunk, 0..=1")
    add("--keep", type=float, default=0.998, help="how slowly the mean of the weights follows")
    add("--seed", type=int, default=1)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
