"""The weights of an ONNX file as NumPy arrays, and what it says about itself, without onnxruntime
and without the onnx package.

Reads only what these need of the protobuf wire format
(https://protobuf.dev/programming-guides/encoding/) and of the messages ModelProto, GraphProto and
TensorProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). What the graph computes is
not looked at. Imports NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import mmap

    from numpy.typing import NDArray

    Buffer = bytes | mmap.mmap

# Field numbers of the messages.
_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_GRAPH_INITIALIZER = 5
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_RAW_DATA, _TENSOR_EXTERNAL = 1, 2, 8, 9, 13

_TYPES = {1: "<f4", 3: "<i1", 7: "<i8", 10: "<f2"}
"""TensorProto.DataType; ONNX stores little-endian."""

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10


def parse_weights(data: bytes) -> dict[str, NDArray[Any]]:
    """The initialisers by name: float32, float16, int8 and int64 ones whose values are in the file.

    Others are left out. Raises ValueError when the bytes are no such file.
    """
    weights = {}
    for number, graph in _messages(memoryview(data)):
        if number == _MODEL_GRAPH:
            for inner, tensor in _messages(graph):
                if inner == _GRAPH_INITIALIZER:
                    name, array = _tensor(tensor)
                    if array is not None:
                        weights[name] = array
    return weights


def parse_metadata(data: Buffer) -> dict[str, str]:
    """The metadata of the model (`custom_metadata_map` of onnxruntime). Looks at nothing else, so
    that of a file that is mapped into memory only little is read. Raises ValueError when the bytes
    are no such file."""
    metadata = {}
    for number, entry in _messages(memoryview(data)):
        if number == _MODEL_METADATA:
            key, value = _entry(entry)
            metadata[key] = value
    return metadata


def parse_external_files(data: Buffer) -> list[str]:
    """The names of the files that hold values of initialisers, sorted, as the graph writes them:
    relative to its folder. Raises ValueError when the bytes are no such file."""
    names = set()
    for number, graph in _messages(memoryview(data)):
        if number == _MODEL_GRAPH:
            for inner, tensor in _messages(graph):
                if inner == _GRAPH_INITIALIZER:
                    entries = [
                        _entry(part) for at, part in _messages(tensor) if at == _TENSOR_EXTERNAL
                    ]
                    names |= {value for key, value in entries if key == "location"}
    return sorted(names)


def _entry(message: memoryview) -> tuple[str, str]:
    parts = {number: bytes(text).decode("utf-8", "replace") for number, text in _messages(message)}
    return parts.get(_ENTRY_KEY, ""), parts.get(_ENTRY_VALUE, "")


def _tensor(message: memoryview) -> tuple[str, NDArray[Any] | None]:
    shape: list[int] = []
    name, kind, raw = "", None, None
    for number, value in _fields(message):
        if number == _TENSOR_DIMS:
            # One by one or packed: a reader must take both.
            shape += [value] if isinstance(value, int) else _varints(value)
        elif number == _TENSOR_TYPE and isinstance(value, int):
            kind = _TYPES.get(value)
        elif number == _TENSOR_NAME and not isinstance(value, int):
            name = bytes(value).decode("utf-8", "replace")
        elif number == _TENSOR_RAW_DATA and not isinstance(value, int):
            raw = value
    if kind is None or raw is None:
        return name, None
    if len(raw) != math.prod(shape) * np.dtype(kind).itemsize:
        raise ValueError(f"the weight {name!r} has not as many values as its shape says")
    return name, np.frombuffer(raw, dtype=kind).reshape(shape)


def _messages(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    for number, value in _fields(data):
        if not isinstance(value, int):
            yield number, value


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The field numbers of a message with their values: a number, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("not an ONNX file")
        if at + length > len(data):
            raise ValueError("it ends too early")
        yield tag >> 3, data[at : at + length]
        at += length


def _varints(data: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("it ends too early")
