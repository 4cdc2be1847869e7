"""Graph rewrites that preserve the function and reduce the cost for both engines.

Each file contains one rewrite and explains why it is exact. A rewrite without a match changes nothing.
"""

from .fold_pads import fold_pads
from .last_axis import pointwise_on_last_axis
from .layer_norm import shorten_layer_norm
from .merge_pointwise import merge_pointwise
from .recover_prelu import recover_prelu

ALL = (recover_prelu, fold_pads, pointwise_on_last_axis, shorten_layer_norm, merge_pointwise)
