"""The message of a commit that is being made, as the commit-msg hook gets it: in a file."""

from __future__ import annotations

import re
from pathlib import Path

from leaksift.document import Document
from leaksift.errors import UsageError
from leaksift.finding import Skipped
from leaksift.sources.content import Limits, excluded, from_bytes

PATH = "COMMIT_EDITMSG"
"""What reports call it, wherever git keeps it: patterns of a configuration can name it."""

# `git commit -v` shows the diff below this line and leaves it out of the message. What stands there
# has been scanned as what is staged, and some of it is what the commit removes. The first character
# is core.commentChar.
_SCISSORS = re.compile(rb"^[^\n]{1,8} -{24} >8 -{24}\r?$", re.MULTILINE)


def document(limits: Limits, file: Path) -> Document | Skipped:
    """The message with its comments, which git keeps or removes by settings that a hook does not
    know, and without what stands below the scissors. Raises UsageError for a file that is not
    there."""
    refusal = excluded(PATH, limits)
    if refusal is not None:
        return refusal
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"the commit message {file} cannot be read: {error.strerror}") from None
    scissors = _SCISSORS.search(data)
    return from_bytes(PATH, data[: scissors.start()] if scissors else data, limits)
