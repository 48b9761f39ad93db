"""`.env.example`: the names of the variables that a project reads, without values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from leaksift.errors import LeaksiftError
from leaksift.writing import write_atomically

NAME = ".env.example"


def add_names(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Adds the names that are not there yet to `folder`'s `.env.example`, at its end; returns them.

    Raises LeaksiftError where the file cannot be read or written; it is not followed if it is a
    link.
    """
    file = folder / NAME
    try:
        if file.is_symlink():
            raise LeaksiftError(f"{file} is a symbolic link: add the names yourself")
        data = file.read_bytes() if file.exists() else b""
        # Bytes that are no UTF-8 go through as they are.
        text = data.decode("utf-8", "surrogateescape")
        known = set(re.findall(r"^[ \t#]*(?:export[ \t]+)?(\w+)[ \t]*=", text, re.MULTILINE))
        new = tuple(name for name in dict.fromkeys(names) if name not in known)
        if not new:
            return ()
        end = "\r\n" if "\r\n" in text else "\n"
        text += end if text and not text.endswith("\n") else ""
        text += "".join(f"{name}={end}" for name in new)
        write_atomically(file, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise LeaksiftError(f"cannot write {file}: {error.strerror}") from None
    return new
