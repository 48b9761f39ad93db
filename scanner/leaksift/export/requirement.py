"""The packages of the extra `export`, or one line about how to get them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from leaksift.errors import UsageError


def required(name: str) -> Any:
    """The module of this name. Raises UsageError where its package is not installed."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise UsageError(
            f"the package {package} is not installed; run `pip install 'leaksift[export]'`"
        ) from None
