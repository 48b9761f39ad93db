"""Opens the files of a checkpoint; whatever is wrong with one is a ModelError of one line."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from leaksift.errors import ModelError
from leaksift.export.requirement import required


def open_safetensors(path: Path, stack: ExitStack) -> Any:
    """An open safetensors file that `stack` closes. Raises ModelError when it is none."""
    safetensors = required("safetensors")
    try:
        return stack.enter_context(safetensors.safe_open(str(path), framework="numpy"))
    except Exception as error:  # see `tensor`
        reason = "missing" if not path.exists() else first_line(error)
        raise ModelError(f"{path}: {reason}; fetch the checkpoint again") from None


def read_json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ModelError with one line that names the file."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; fetch the checkpoint again") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: not valid JSON; fetch the checkpoint again") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: not a JSON object; fetch the checkpoint again")
    return content


def first_line(error: BaseException) -> str:
    """What an exception of another library says, short enough for a message of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
