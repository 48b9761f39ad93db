"""`leaksift restore`: puts the values back into a text that was redacted with sealed markers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from leaksift.errors import UsageError
from leaksift.writing import write_atomically


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--key",
    "--key-file",
    required=True,
    type=click.Path(path_type=Path),
    help="The key file that the text was sealed with.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this file, whole or not."
)
def restore(file: Path, key: Path, output: Path | None) -> int:
    """Puts the values back into FILE (`-` for standard input), which was redacted with sealed
    markers.

    \b
      leaksift restore --key team.key safe.txt > text.txt
      leaksift restore --key team.key -o text.txt safe.txt

    Exit codes: 0 restored, 2 wrong usage, another key, or a text that was changed.
    """
    # The command's own: cryptography is an extra.
    from leaksift.library.sealing import Sealed, read_key

    sealed = Sealed(read_key(key))
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        restored = sealed.restore_bytes(data)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    if output is None:
        sys.stdout.buffer.write(restored)
        sys.stdout.buffer.flush()
        return 0
    try:
        write_atomically(output, restored)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
    return 0
