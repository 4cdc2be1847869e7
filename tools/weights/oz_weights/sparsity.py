"""Conversion of TFLite's sparse weights to dense ones, because neither engine has sparse kernels.

The format lists the dimensions in traversal order, each dense (a size) or compressed (segments and indices).
Blocks are additional dimensions, mapped to the dimensions that they subdivide.
Source: TACO, doi:10.1145/3133901; `SparsityParameters` in TFLite's schema.fbs.
"""

import numpy as np
import tflite

_VECTORS = {
    tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
    tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
    tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
}


def densify(values: np.ndarray, shape: tuple[int, ...], sparsity: tflite.SparsityParameters) -> np.ndarray:
    order = [sparsity.TraversalOrder(i) for i in range(sparsity.TraversalOrderLength())]
    block_map = [sparsity.BlockMap(i) for i in range(sparsity.BlockMapLength())]
    levels = [_Level(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]
    positions = _positions(levels)
    if len(positions) != values.size:
        raise ValueError(f"{values.size} sparse values for {len(positions)} positions")
    dense = np.zeros(shape, values.dtype)
    dense[tuple(_coordinates(positions, shape, order, block_map, levels).T)] = values
    return dense


class _Level:
    """One dimension of the traversal; maps a parent position to its (child position, index) pairs."""

    def __init__(self, metadata: tflite.DimensionMetadata):
        self.dense_size = None
        if metadata.Format() == tflite.DimensionType.DENSE:
            self.dense_size = metadata.DenseSize()
            return
        self.segments = _vector(metadata.ArraySegmentsType(), metadata.ArraySegments())
        self.indices = _vector(metadata.ArrayIndicesType(), metadata.ArrayIndices())

    def expand(self, position: int) -> list[tuple[int, int]]:
        if self.dense_size is not None:
            return [(position * self.dense_size + index, index) for index in range(self.dense_size)]
        begin, end = self.segments[position], self.segments[position + 1]
        return [(below, self.indices[below]) for below in range(begin, end)]


def _positions(levels: list[_Level]) -> np.ndarray:
    """Index of every stored value along each level, in storage order."""
    partial = [(0, ())]
    for level in levels:
        partial = [
            (below, (*indices, index))
            for position, indices in partial
            for below, index in level.expand(position)
        ]
    return np.array([indices for _, indices in partial], np.int64)


def _coordinates(positions, shape, order, block_map, levels) -> np.ndarray:
    """Converts storage indices to coordinates: block index times block size plus offset in the block."""
    rank = len(shape)
    block_size = np.ones(rank, np.int64)
    for block, axis in enumerate(block_map):
        block_size[axis] = levels[order.index(rank + block)].dense_size
    coordinates = np.zeros((len(positions), rank), np.int64)
    for level, target in enumerate(order):
        if target < rank:
            coordinates[:, target] += positions[:, level] * block_size[target]
        else:
            coordinates[:, block_map[target - rank]] += positions[:, level]
    return coordinates


def _vector(kind: int, table) -> list[int]:
    vector = _VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return [int(value) for value in vector.ValuesAsNumpy()]
