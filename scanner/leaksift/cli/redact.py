"""`leaksift redact`: texts with markers in the place of what is private."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from leaksift.cli.named_files import STDIN, files_or_stdin, placed
from leaksift.cli.progress import status
from leaksift.cli.text_options import (
    is_sealed,
    looking,
    make_key,
    make_marker,
    marking,
    open_filter,
    writing,
)
from leaksift.decoding import NotText
from leaksift.finding import Label
from leaksift.printable import printable
from leaksift.recoding import charset_of
from leaksift.sources import names
from leaksift.writing import open_atomically

if TYPE_CHECKING:
    from leaksift.library.filter import PrivacyFilter
    from leaksift.library.markers import Marker

_CHUNK = 1 << 20


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@writing
@click.option("-i", "--in-place", is_flag=True, help="Replace the files, each whole or not at all.")
@click.option(
    "--backup", metavar="SUFFIX", help="With --in-place: keep the old file as FILE+SUFFIX."
)
@click.option("--jsonl", is_flag=True, help="JSON lines: redact each value by itself.")
@click.option("--path", "stdin_path", metavar="NAME", help="What to call standard input (`-`).")
@marking
@looking
@click.option("-q", "--quiet", is_flag=True, help="No summary on standard error.")
def redact(
    paths: tuple[str, ...],
    output: Path | None,
    in_place: bool,
    backup: str | None,
    jsonl: bool,
    stdin_path: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Writes each FILE (standard input without any) with markers in the place of what is private.
    Encoding, byte order mark and line ends stay, and all else to the byte.

    \b
      leaksift redact chat.txt > safe.txt
      tail -f app.log | leaksift redact --jsonl
      leaksift redact -i --backup .orig 'fixtures/**/*.json'
      leaksift redact -o shared/ --markers numbered --marker private_date=none notes/*.md
      leaksift redact --markers sealed --key-file team.key --new-key a.txt > sealed.txt
      leaksift restore --key-file team.key sealed.txt

    Standard input goes out as soon as nothing that follows can change it: usually 5,120 characters
    later, and with --jsonl line by line.

    Exit codes: 0 all was redacted, 2 wrong usage, 3 a file was left out.
    """
    if in_place and output is not None:
        raise click.UsageError("--in-place and --output exclude each other")
    if backup is not None and not (in_place and backup):
        raise click.UsageError("--backup takes a suffix, and needs --in-place")
    if jsonl and is_sealed(options):
        raise click.UsageError("sealed markers go into whole texts: leave out --jsonl")
    files = files_or_stdin(paths)
    if stdin_path is not None and files != (STDIN,):
        raise click.UsageError("--path names standard input: use it with `-`")
    if in_place and STDIN in files:
        raise click.UsageError("--in-place is for files, and this is standard input")
    places = [Path(file) for file in files] if in_place else placed(files, output)
    left_out = 0
    with open_filter(options) as used, status() as show:
        marker = make_marker(options, make_key(options), used)
        work = _Work(used, marker, jsonl, show if any(places) else None)
        for file, place in zip(files, places, strict=True):
            shown = names.from_system(stdin_path or "stdin" if file == STDIN else file)
            try:
                _redact_file(work, file, shown, place, in_place, backup)
            except _LeftOut as error:
                left_out += 1
                print(f"leaksift: not redacted: {printable(f'{shown} ({error})')}", file=sys.stderr)
        notices = used.notices
    if not quiet:
        for notice in notices:
            print(f"leaksift: {printable(notice)}", file=sys.stderr)
        print(f"leaksift: {work.summary()}", file=sys.stderr)
    return 3 if left_out else 0


class _LeftOut(Exception):
    """A file that stays as it is. The message says why and holds no content."""


@dataclass
class _Work:
    """What all files of a run share, and the counts."""

    used: PrivacyFilter
    marker: Marker
    jsonl: bool
    show: Callable[[str], None] | None
    files: int = 0
    changed: int = 0
    size: int = 0
    broken: int = 0
    left: int = 0
    labels: Counter[Label] = field(default_factory=Counter)

    def redacted(self, chunks: Iterable[str], path: str, charset: str) -> Iterator[str]:
        """The text without what is private; counts at its end."""
        if self.jsonl:
            from leaksift.cli.json_lines import RedactedLines  # loads the tables

            lines = RedactedLines(self.used, self.marker, path)
            yield from lines.redact(chunks)
            self.broken += lines.broken
            summary = lines.tally.summary(0, None)
        else:
            stream = self.used.redact(chunks, _for_charset(self.marker, charset), path=path)
            yield from stream
            summary = stream.summary
        self.files += 1
        self.labels.update(summary.labels)
        self.left += summary.left

    def read(self, count: int) -> None:
        """Notes that bytes were read."""
        self.size += count
        if self.show is not None:
            self.show(f"{self.files:,} files, {self.size / 1e6:,.1f} MB")

    def summary(self) -> str:
        """What was done, in numbers."""
        counts = ", ".join(f"{count:,} {label}" for label, count in sorted(self.labels.items()))
        replaced = self.labels.total() - self.left
        where = "1 text" if self.files == 1 else f"{self.files:,} texts"
        told = f"redacted {replaced:,} values in {where}" + (f": {counts}" if counts else "")
        if self.left:
            told += f"; {self.left:,} of them left as they were"
        if self.broken:
            lines = "1 line is" if self.broken == 1 else f"{self.broken:,} lines are"
            told += f"; {lines} no JSON and read as text"
        return told


def _redact_file(
    work: _Work, file: str, path: str, place: Path | None, in_place: bool, backup: str | None
) -> None:
    """Raises _LeftOut for what cannot be read or written."""
    try:
        with _opened(file) as source:
            digest = hashlib.sha256()
            chunks = _chunks(source, digest.update, work.read)
            pieces = _pieces(work, chunks, path, file != STDIN)
            if place is None:
                for piece in pieces:
                    sys.stdout.buffer.write(piece)
                    sys.stdout.buffer.flush()
            elif in_place:
                _replace(Path(file), pieces, digest.digest, backup)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                with open_atomically(place) as target:
                    target.writelines(pieces)
    except NotText as error:
        raise _LeftOut(error.reason) from None
    except UnicodeEncodeError as error:
        # Not its text, which says characters.
        raise _LeftOut(f"its encoding {error.encoding} has no such markers") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _LeftOut(error.strerror or "unreadable") from None


@contextlib.contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    # A pipe or device in the place of a file would make us wait, or never end.
    if not stat.S_ISREG(os.stat(file).st_mode):
        raise _LeftOut("special file")
    with open(file, "rb") as source:
        yield source


def _chunks(
    source: BinaryIO, add: Callable[[bytes], None], read: Callable[[int], None]
) -> Iterator[bytes]:
    # What there is: standard input may be somebody typing.
    take = source.read1 if source is sys.stdin.buffer else source.read  # type: ignore[attr-defined]
    while chunk := take(_CHUNK):
        add(chunk)
        read(len(chunk))
        yield chunk
    if source is not sys.stdin.buffer:
        source.close()  # Windows replaces no file that is open


def _pieces(work: _Work, chunks: Iterator[bytes], path: str, is_file: bool) -> Iterator[bytes]:
    """The bytes of the redacted text. Raises NotText, and UnicodeEncodeError for a marker that the
    charset of the text cannot say."""
    head = next(chunks, b"")
    second = next(chunks, b"") if is_file else b""
    charset = charset_of(head, is_whole=is_file and not second)
    yield charset.mark
    texts = charset.texts(itertools.chain((head, second), chunks))
    for text in work.redacted(texts, path, charset.codec):
        yield charset.encode(text)


def _for_charset(marker: Marker, charset: str) -> Marker:
    """The marker for a text of this charset: what is sealed must become the same bytes again."""
    if charset == "utf-8":
        return marker
    from leaksift.library.markers import with_parts
    from leaksift.library.sealing import Sealed

    return with_parts(
        marker, lambda one: one.in_charset(charset) if isinstance(one, Sealed) else one
    )


def _replace(
    file: Path, pieces: Iterable[bytes], digest: Callable[[], bytes], backup: str | None
) -> None:
    """Puts the redacted text in the place of the file, unless that is the same or was changed
    meanwhile."""
    made = hashlib.sha256()
    with contextlib.suppress(_Same), open_atomically(file) as target:
        for piece in pieces:
            made.update(piece)
            target.write(piece)
        target.flush()
        if made.digest() == digest():
            raise _Same
        if _digest(file) != digest():
            raise _LeftOut("it was changed meanwhile: run this again")
        if backup is not None:
            _back_up(file, Path(f"{file}{backup}"))


def _digest(file: Path) -> bytes:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


class _Same(Exception):
    """Nothing private is in the file: it is not touched."""


def _back_up(file: Path, copy: Path) -> None:
    """Copies a file with its mode and times. One that is there stays: it may be the only one that
    still has the values."""
    try:
        # Nobody else may read it while it is being written.
        handle = os.open(
            copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
    except FileExistsError:
        raise _LeftOut(f"the backup {copy} is there already") from None
    try:
        with os.fdopen(handle, "wb") as target, file.open("rb") as source:
            shutil.copyfileobj(source, target)
        shutil.copystat(file, copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
