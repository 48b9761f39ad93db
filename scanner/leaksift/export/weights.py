"""The file beside a graph that holds its weights (ONNX external data), written front to back.

Protocol buffers end at 2 GB and would have to be in memory whole; this file has no limit, and each
tensor is forgotten when it is written.
"""

from __future__ import annotations

from typing import IO, Any

import numpy as np
import onnx
from onnx import helper

PAGE = 65536
"""Offsets of large tensors are multiples of this, so that every system can map them into memory:
Windows needs 64 KB, others a page of 4 to 64 KB."""

_ALIGNMENT = 64


class DataFile:
    """An open data file; `location` is its name as the graph beside it will say it."""

    def __init__(self, file: IO[bytes], location: str) -> None:
        self._file = file
        self._location = location
        self._end = 0

    def add(self, name: str, values: np.ndarray[Any, Any]) -> onnx.TensorProto:
        """Writes the values and returns the tensor that says where they are. Raises OSError."""
        step = PAGE if values.nbytes >= PAGE else _ALIGNMENT
        offset = -(-self._end // step) * step
        self._file.write(bytes(offset - self._end))
        self._file.write(np.ascontiguousarray(values).data)
        self._end = offset + values.nbytes
        tensor = onnx.TensorProto()
        tensor.name = name
        tensor.data_type = helper.np_dtype_to_tensor_dtype(values.dtype)
        tensor.dims.extend(values.shape)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (
            ("location", self._location),
            ("offset", str(offset)),
            ("length", str(values.nbytes)),
        ):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        return tensor
