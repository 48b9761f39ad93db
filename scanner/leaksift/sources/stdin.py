"""Standard input as one document."""

from __future__ import annotations

import sys
from typing import BinaryIO

from leaksift.document import Document
from leaksift.finding import Skipped
from leaksift.sources import names
from leaksift.sources.content import Limits, excluded, from_bytes, too_large


def document(
    limits: Limits, path: str = "stdin", stream: BinaryIO | None = None
) -> Document | Skipped:
    """What `stream` (standard input) holds, under the name `path`.

    The default name has no angle brackets, which would not do in a SARIF file. No more than the
    limit is kept; the rest is read all the same, so that whoever writes is not stopped.
    """
    shown = names.from_system(path)
    content = stream or sys.stdin.buffer
    refusal = excluded(shown, limits)
    if refusal is not None:
        return refusal
    data = content.read(limits.max_file_size + 1)
    size = len(data)
    if size > limits.max_file_size:
        data = b""
        while rest := content.read(1 << 20):
            size += len(rest)
    return too_large(shown, size, limits) or from_bytes(shown, data, limits)
