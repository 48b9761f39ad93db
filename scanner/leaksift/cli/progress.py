"""A line on the terminal that says how far something is which takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_PATIENCE = 0.7


@contextmanager
def status() -> Iterator[Callable[[str], None] | None]:
    """Gives a function that shows a text and the time on standard error; None where that is no
    terminal. What is done within a moment shows nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    yield from _live()


def _live() -> Iterator[Callable[[str], None]]:
    begun = time.monotonic()
    line: Any = None

    def show(text: str) -> None:
        nonlocal line
        if line is None and time.monotonic() - begun > _PATIENCE:
            from tqdm import tqdm  # only for what takes long anyway

            # How much is to come is not known while it is still being found: no bar.
            line = tqdm(
                bar_format="{desc} {elapsed}", leave=False, dynamic_ncols=True, file=sys.stderr
            )
        if line is not None:
            line.set_description_str(text)

    try:
        yield show
    finally:
        if line is not None:
            line.close()
