"""An ONNX file as a graph to find one's way in: who makes a value, who reads it, and what the
constants are.

Constants are read one at a time from the files beside the graph, and only from files beside it.
Knows nothing about what the graph computes (`upstream.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.errors import ModelError
from leaksift.export.reading import first_line
from leaksift.export.requirement import required
from leaksift.printable import printable

_ADVICE = "this graph cannot be made faster; use it as it is"

# Of ONNX's types those of weights; the value of a bfloat16 is the upper half of a float32.
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8", 16: "<u2"}
_BFLOAT16 = 16
_NIBBLES = {21: False, 22: True}
"""Types of two numbers to a byte, and whether they have a sign."""

_FOLDED = frozenset(
    {"Cast", "Constant", "DequantizeLinear", "Identity", "Reshape", "Squeeze", "Transpose"}
    | {"Unsqueeze"}
)
"""Operators that only change the form of a constant."""

_DEEPEST = 8
"""So many of them in a row are more than any program writes, and bound the work of a reader."""


@dataclass(frozen=True, eq=False)
class Node:
    """An operator. `inputs` and `outputs` are names of values, empty where one is left out."""

    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any] = field(repr=False)

    def input(self, index: int) -> str:
        """The value at this place; empty where there is none."""
        return self.inputs[index] if index < len(self.inputs) else ""


class OnnxGraph:
    """The graph in a file."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError when the file is not an ONNX graph, and UsageError without the package
        onnx."""
        self.path = path
        onnx = required("onnx")
        try:
            graph = onnx.load(str(path), load_external_data=False).graph
            self.nodes = tuple(_node(onnx, node) for node in graph.node)
        except Exception as error:  # protobuf's exceptions share no base but this
            raise ModelError(
                f"{path}: not an ONNX graph ({printable(first_line(error))}); fetch the model again"
            ) from None
        self.outputs = tuple(value.name for value in graph.output)
        self.inputs = tuple(value.name for value in graph.input)
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.maker = {value: node for node in self.nodes for value in node.outputs if value}

    @cached_property
    def readers(self) -> dict[str, list[Node]]:
        """The nodes that read a value, in the graph's order."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for value in dict.fromkeys(filter(None, node.inputs)):
                found.setdefault(value, []).append(node)
        return found

    def wrong(self, node: Node | None, what: str) -> ModelError:
        """The error for a graph that is not what is expected at this node."""
        at = f"node {printable(node.name or node.outputs[0])}: " if node else ""
        return ModelError(f"{self.path}: {at}{what}; {_ADVICE}")

    def is_constant(self, value: str) -> bool:
        """Whether a value is a constant, or one in another form."""
        return value in self._constants

    @cached_property
    def _constants(self) -> dict[str, int]:
        """How many operators have changed the form of each constant."""
        found = dict.fromkeys(self._tensors, 0)
        for node in self.nodes:
            if node.operator in _FOLDED:
                depths = [found.get(value, _DEEPEST) for value in node.inputs if value]
                depth = max(depths, default=0) + 1
                if depth < _DEEPEST:
                    found |= dict.fromkeys(node.outputs, depth)
        return found

    def shape(self, value: str) -> tuple[int, ...]:
        """The shape of a constant, as `array` has it."""
        tensor = self._tensors.get(value)
        return tuple(tensor.dims) if tensor is not None else self.array(value).shape

    def array(self, value: str) -> NDArray[Any]:
        """A constant; numbers of half a byte come as whole bytes, bfloat16 as float32. Raises
        ModelError."""
        tensor = self._tensors.get(value)
        if tensor is not None:
            return self._stored(tensor)
        node = self.maker.get(value)
        if node is None or value not in self._constants:
            raise self.wrong(node, f"{printable(value)} is not a constant")
        try:
            return self._folded(node)
        except (ValueError, KeyError, IndexError):
            raise self.wrong(node, "its constants do not fit together") from None

    def before(self, value: str, stop: Iterable[str]) -> Iterator[Node]:
        """The nodes that a value is made of, nearest first; not beyond operators of `stop`, which
        come as well."""
        return self._walk([value], frozenset(stop), forward=False)

    def after(self, value: str, stop: Iterable[str]) -> Iterator[Node]:
        """The nodes that read a value, directly or not; as `before`."""
        return self._walk([value], frozenset(stop), forward=True)

    def _walk(self, values: list[str], stop: frozenset[str], forward: bool) -> Iterator[Node]:
        seen: set[Node] = set()
        while values:
            following: list[str] = []
            for value in values:
                maker = self.maker.get(value)
                near = self.readers.get(value, ()) if forward else [maker] if maker else ()
                for node in near:
                    if node in seen:
                        continue
                    seen.add(node)
                    yield node
                    if node.operator not in stop:
                        following += node.outputs if forward else node.inputs
            values = [value for value in following if value]

    def _folded(self, node: Node) -> NDArray[Any]:
        if node.operator == "Constant":
            tensor = node.attributes.get("value")
            if tensor is None:
                found = [value for key, value in node.attributes.items() if key[:6] == "value_"]
                return np.asarray(found[0])
            return self._stored(tensor)
        of = self.array(node.input(0))
        if node.operator == "Cast":
            return of.astype(_TYPES[node.attributes["to"]])
        if node.operator == "Transpose":
            return of.transpose(node.attributes.get("perm"))
        if node.operator == "DequantizeLinear":
            return self._dequantized(node, of)
        if node.operator == "Identity":
            return of
        where = tuple(self.array(node.input(1)).tolist()) if node.input(1) else None
        if node.operator == "Reshape":
            shape = where or ()
            return of.reshape(
                [of.shape[at] if size == 0 else size for at, size in enumerate(shape)]
            )
        return of.squeeze(where) if node.operator == "Squeeze" else np.expand_dims(of, where or ())

    def _dequantized(self, node: Node, of: NDArray[Any]) -> NDArray[np.float32]:
        scale = self.array(node.input(1)).astype(np.float32)
        zero = self.array(node.input(2)).astype(np.float32) if node.input(2) else np.float32(0)
        axis = node.attributes.get("axis", 1) % max(of.ndim, 1)
        if block := node.attributes.get("block_size", 0):
            scale = scale.repeat(block, axis).take(range(of.shape[axis]), axis)
            if isinstance(zero, np.ndarray):
                zero = zero.repeat(block, axis).take(range(of.shape[axis]), axis)
        elif scale.ndim == 1 and scale.size > 1:
            along = [-1 if at == axis else 1 for at in range(of.ndim)]
            scale = scale.reshape(along)
            zero = zero.reshape(along) if isinstance(zero, np.ndarray) else zero
        return np.asarray((of.astype(np.float32) - zero) * scale, dtype=np.float32)

    def _stored(self, tensor: Any) -> NDArray[Any]:
        kind, shape = tensor.data_type, tuple(tensor.dims)
        count = int(np.prod(shape, dtype=np.int64))
        if kind in _NIBBLES:
            return _nibbles(self._raw(tensor, "u1", (count + 1) // 2), _NIBBLES[kind])[
                :count
            ].reshape(shape)
        if kind not in _TYPES or any(size < 0 for size in shape):
            raise self.wrong(None, f"constant {printable(tensor.name)} is of a type unknown here")
        values = self._raw(tensor, _TYPES[kind], count).reshape(shape)
        if kind == _BFLOAT16:
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values

    def _raw(self, tensor: Any, dtype: str, count: int) -> NDArray[Any]:
        name = printable(tensor.name)
        if tensor.data_location != 1:  # EXTERNAL
            if not tensor.HasField("raw_data"):
                return np.asarray(required("onnx").numpy_helper.to_array(tensor)).reshape(-1)
            if len(tensor.raw_data) != count * np.dtype(dtype).itemsize:
                raise self._damaged(f"constant {name} is not as long as its shape")
            return np.frombuffer(tensor.raw_data, dtype)
        place = {entry.key: entry.value for entry in tensor.external_data}
        location, offset = place.get("location", ""), place.get("offset", "0")
        file = self.path.parent / location
        # A name, not a way: a graph must not be able to read what is elsewhere on the disk.
        if not location or Path(location).name != location or "\\" in location:
            raise self._damaged(f"constant {name} is outside of its folder")
        try:
            start, size = int(offset), file.stat().st_size
            length = count * np.dtype(dtype).itemsize
            if not 0 <= start <= size - length or int(place.get("length", length)) != length:
                raise self._damaged(f"constant {name} is not all in {location}")
            return np.fromfile(file, dtype, count, offset=start)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "cannot be read"
            raise ModelError(
                f"{file}: {reason}, for constant {name}; fetch the model again"
            ) from None

    def _damaged(self, what: str) -> ModelError:
        return ModelError(f"{self.path}: {what}; the file is damaged, fetch the model again")


def unpacked(values: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Numbers of 8 or 4 bits along the last axis; of two in a byte the lower half is the first."""
    if bits == 8:
        return values
    both: NDArray[np.uint8] = np.stack([values & 15, values >> 4], axis=-1)
    return both.reshape(*values.shape[:-1], -1)


def dequantized(
    values: NDArray[np.uint8],
    scales: NDArray[Any],
    zeros: NDArray[Any] | None,
    bits: int,
    block: int,
    size: int,
) -> NDArray[np.float32]:
    """[rows, size] of numbers as MatMulNBits, QMoE and GatherBlockQuantized store them.

    `values` are [rows, bytes], `scales` one for each row and block of `block` numbers (0: the whole
    row), `zeros` packed like the values or floats, None for the middle. Raises ValueError where
    these do not fit together.
    """
    rows = len(values)
    block = block or size
    blocks = -(-size // block)
    numbers = unpacked(values.reshape(rows, -1), bits)
    if not size <= numbers.shape[1] <= blocks * block:
        raise ValueError("as many numbers as the row is long")
    if numbers.shape[1] < blocks * block:
        numbers = np.pad(numbers, ((0, 0), (0, blocks * block - numbers.shape[1])))
    scales = scales.reshape(rows, blocks, 1).astype(np.float32)
    if zeros is None:
        middle = np.full((1, 1, 1), 1 << (bits - 1), np.float32)
    else:
        if zeros.dtype == np.uint8:
            zeros = unpacked(zeros.reshape(rows, -1), bits)[:, :blocks]
        middle = zeros.reshape(rows, blocks, 1).astype(np.float32)
    result = numbers.reshape(rows, blocks, block).astype(np.float32)
    result -= middle
    result *= scales
    return result.reshape(rows, -1)[:, :size]


def _node(onnx: Any, node: Any) -> Node:
    attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    return Node(node.name, node.op_type, tuple(node.input), tuple(node.output), attributes)


def _nibbles(values: NDArray[np.uint8], signed: bool) -> NDArray[Any]:
    numbers = unpacked(values, 4)
    return (numbers ^ 8).astype(np.int8) - np.int8(8) if signed else numbers
