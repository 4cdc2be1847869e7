"""Rewrites that leave the function of a graph as it is and make it cheaper for both engines.

Each file is one rewrite and says why it is exact. A rewrite that finds nothing changes nothing.
"""

from .fold_pads import fold_pads
from .last_axis import pointwise_on_last_axis
from .layer_norm import shorten_layer_norm
from .merge_pointwise import merge_pointwise
from .recover_prelu import recover_prelu

ALL = (recover_prelu, fold_pads, pointwise_on_last_axis, shorten_layer_norm, merge_pointwise)
