"""The network: one small convolutional trunk that looks at all views of a face, and a head that joins them."""

import torch
from torch import nn

from .crops import SCALES

VIEWS = len(SCALES)
FEATURES = 64
"""What is kept of each view."""


def convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions beside a direct way."""

    def __init__(self, width: int):
        super().__init__()
        self.first = convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


class Stem(nn.Module):
    """The first convolution, with filters of its own for each view."""

    def __init__(self, width: int):
        super().__init__()
        self.convolution = nn.Conv2d(3 * VIEWS, width * VIEWS, 3, 2, 1, groups=VIEWS, bias=False)
        self.norm = nn.BatchNorm2d(width * VIEWS)

    def forward(self, x):
        return torch.relu(self.norm(self.convolution(x)))


class PadNet(nn.Module):
    """`[N, 9, 80, 80]`, RGB of each view, 0..=1, to one logit a face: above 0 for bona fide.

    Two judges look at the same features: one learned to answer as the teacher, one learned the labels. They err on
    different faces, so the mean of their log-odds errs less than either.
    """

    def __init__(self, widths=(16, 24, 48, 96), dropout: float = 0.2, view_dropout: float = 0.15):
        super().__init__()
        a, b, c, d = widths
        self.width, self.view_dropout = a, view_dropout
        self.stem = Stem(a)
        self.trunk = nn.Sequential(
            convolution(a, b, 2), Residual(b), convolution(b, c, 2), Residual(c), convolution(c, d, 2), Residual(d)
        )
        # Where something is matters: in the middle there is skin, at the rim a bezel. So each place has its own weight.
        self.places = nn.Sequential(nn.Conv2d(d, d, 5, groups=d, bias=False), nn.BatchNorm2d(d))
        self.features = nn.Conv2d(d, FEATURES, 1)
        self.pupil = judge(VIEWS - 1, 0.0)
        self.labelled = judge(VIEWS, dropout)

    def embed(self, x, first: int = 0):
        """Features of the views from `first` on, `[N, views, FEATURES]`."""
        x = self.stem(x).reshape(-1, VIEWS, self.width, 40, 40)[:, first:]
        # Views become items of the batch, so that one trunk serves all.
        x = self.trunk(x.reshape(-1, self.width, 40, 40))
        return self.features(self.places(x)).reshape(-1, VIEWS - first, FEATURES)

    def judge_as_teacher(self, features):
        """Log-odds from the views that the teacher looks at, the last ones."""
        return self.pupil(torch.relu(features[:, 1 - VIEWS :]).flatten(1)).squeeze(1)

    def judge_by_label(self, features):
        return self.labelled(torch.relu(features).flatten(1)).squeeze(1)

    def forward(self, x):
        features = self.embed(x)
        return (self.judge_as_teacher(features) + self.judge_by_label(features)) / 2

    def drop_views(self, features):
        """Some views are taken away while learning, so that no single one decides."""
        kept = torch.rand(features.shape[:2], device=features.device) >= self.view_dropout
        return features * kept[..., None]


def judge(views: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(views * FEATURES, 48), nn.ReLU(inplace=True), nn.Linear(48, 1)
    )


class Imitation(nn.Module):
    """Maps the features of the views that the teacher looks at onto the teacher's; used in training only."""

    def __init__(self, width: int = 128):
        super().__init__()
        self.maps = nn.ModuleList([nn.Linear(FEATURES, width) for _ in range(VIEWS - 1)])

    def forward(self, features):
        seen = features[:, 1 - VIEWS :]
        return torch.stack([linear(seen[:, view]) for view, linear in enumerate(self.maps)], 1)
