"""A line on the terminal that says how far something is which takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

_PATIENCE = 0.7


class Show(Protocol):
    """Shows a text, the time, and a bar where the share (0 to 1) is known that is done."""

    def __call__(self, text: str, share: float | None = None) -> None: ...


@contextmanager
def status() -> Iterator[Show | None]:
    """Gives a function that shows on standard error how far it is; None where that is no terminal.
    What is done within a moment shows nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    yield from _live()


def _live() -> Iterator[Show]:
    begun = time.monotonic()
    line: Any = None

    def show(text: str, share: float | None = None) -> None:
        nonlocal line
        if line is None and time.monotonic() - begun > _PATIENCE:
            from tqdm import tqdm  # only for what takes long anyway

            # How much is to come is not known while it is still being found: no bar.
            form = "{desc} {elapsed}"
            if share is not None:
                form = "{desc} {percentage:3.0f} % |{bar}| {elapsed}<{remaining}"
            line = tqdm(
                total=None if share is None else 1.0,
                initial=share or 0.0,
                bar_format=form,
                leave=False,
                dynamic_ncols=True,
                file=sys.stderr,
            )
        if line is not None:
            if share is not None:
                line.n = min(share, 1.0)
            line.set_description_str(text)

    try:
        yield show
    finally:
        if line is not None:
            line.close()


def counting(total: int, unit: str) -> Any:
    """A bar of tqdm on standard error with size and speed, gone when it is closed."""
    from tqdm import tqdm  # only a person who waits looks at it

    return tqdm(
        total=total, unit=unit, unit_scale=True, leave=False, dynamic_ncols=True, file=sys.stderr
    )
