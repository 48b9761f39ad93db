"""The model's readings of texts that it read before: what a detector asks before it reads.

A reading counts for the same text, the same stretches of it, the same model, settings and program.
A text is known by a hash with a random key that never leaves the machine's cache file.

Importing this module loads nothing else of the room: most commits are too small to be looked up.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leaksift.finding import Reading

if TYPE_CHECKING:
    from leaksift.model.detector import Request
    from leaksift.model.directory import ModelDirectory

# Characters that are read before their readings are kept: so much is lost to Ctrl-C.
_TOGETHER = 200_000

# Of a longer reading only the time to read it would be saved, and it would push out many others.
_LONGEST = 1 << 20


class ReadingMemory:
    """What one model saw. For one thread at a time; may be shared with a fork."""

    def __init__(
        self,
        cache: Path,
        directory: ModelDirectory,
        *,
        digest: str | None = None,
        least: int = 0,
    ) -> None:
        """`cache` is the folder of the file. `digest` is that of the model's files, where it is
        known without reading them. Until a call brings `least` characters that are to be read, the
        memory stays out of the way: what a model reads faster than SQLite is loaded is not worth
        remembering."""
        self._cache = cache
        self._directory = directory
        self._digest = digest.encode() if digest else None
        self._least = least
        self._in_use = False

    def read(
        self,
        identity: str,
        requests: Sequence[Request],
        read: Callable[[Sequence[Request]], Sequence[Reading]],
        is_exact: Callable[[], bool] = lambda: True,
    ) -> list[Reading]:
        """The readings of all texts, by `read` for those that are not known. `identity` names the
        settings that change readings; what was read counts for it where `is_exact` says so then.
        Raises what `read` raises."""
        self._in_use = self._in_use or sum(map(_characters, requests)) >= self._least
        if not self._in_use:
            return list(read(requests))
        keys, readings = self._recalled(identity, requests)
        missing = [number for number in range(len(requests)) if number not in readings]
        for group in _groups(requests, missing):
            found = dict(zip(group, read([requests[number] for number in group]), strict=True))
            readings |= found
            if keys and is_exact():
                self._keep({keys[number]: reading for number, reading in found.items()})
        return [readings[number] for number in range(len(requests))]

    def _recalled(
        self, identity: str, requests: Sequence[Request]
    ) -> tuple[list[bytes], dict[int, Reading]]:
        """The keys of all texts, none where there is no file to use, and what is known of them by
        their numbers."""
        from leaksift.results.database import FILE_NAME, Database, Unusable
        from leaksift.results.identity import model_digest
        from leaksift.results.rows import decode_reading

        try:
            with Database(self._cache / FILE_NAME) as database:
                if self._digest is None:
                    self._digest = model_digest(self._directory, database)
                keys = list(self._keys(database.secret, identity, requests))
                rows = database.get(keys)
        except (Unusable, OSError):
            return [], {}
        categories = self._directory.categories
        known: dict[int, Reading] = {}
        for number, (key, request) in enumerate(zip(keys, requests, strict=True)):
            if key in rows:
                reading = decode_reading(rows[key], len(request.text), categories)
                if reading is not None:
                    known[number] = reading
        return keys, known

    def _keep(self, readings: Mapping[bytes, Reading]) -> None:
        from leaksift.results.database import FILE_NAME, Database, Unusable
        from leaksift.results.rows import encode_reading

        rows = {}
        for key, reading in readings.items():
            row = encode_reading(reading, self._directory.categories)
            if row is not None and len(row) <= _LONGEST:
                rows[key] = row
        with contextlib.suppress(Unusable), Database(self._cache / FILE_NAME) as database:
            database.put(rows)

    def _keys(self, secret: bytes, identity: str, requests: Sequence[Request]) -> Iterator[bytes]:
        from leaksift.results.database import KEY_BYTES
        from leaksift.results.identity import program_digest

        common = hashlib.blake2b(key=secret, digest_size=KEY_BYTES, person=b"text")
        for part in (program_digest(), self._digest or b"", identity.encode()):
            common.update(len(part).to_bytes(8, "little") + part)
        for text, places, code in requests:
            key = common.copy()
            how = json.dumps([places, code]).encode()
            key.update(len(how).to_bytes(8, "little") + how)
            key.update(text.encode("utf-8", "surrogatepass"))
            yield key.digest()


def _characters(request: Request) -> int:
    if request.places is None:
        return len(request.text)
    return sum(end - start for start, end in request.places)


def _groups(requests: Sequence[Request], numbers: Sequence[int]) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    for number in numbers:
        group.append(number)
        size += _characters(requests[number])
        if size >= _TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group
