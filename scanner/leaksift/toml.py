"""Reading TOML, whichever Python this is."""

from __future__ import annotations

import sys
from typing import Any


def parse_toml(data: bytes) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8, with or without byte order mark. Raises ValueError."""
    # Imported here: 10 ms, and a scan whose rules are cached reads no TOML at all.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(data.decode("utf-8-sig"))
