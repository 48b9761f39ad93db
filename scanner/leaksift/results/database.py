"""One small SQLite file of rows that can be made again: shared by processes, bounded, not believed.

A row has an authentication code over its key and content, made with a random key that is in the
file: bits that flipped make it a miss. A file that is damaged, or of something else, is made anew;
one that another account could have written to is left alone. Nothing here makes a scan fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "readings-1.db"
"""With the number of its form: an older or newer leaksift has a file of its own."""

MOST_BYTES = 64 << 20
"""The size that the file never exceeds. What was not asked for the longest goes first."""

KEY_BYTES = 16

_APPLICATION = 0x6C6B7369  # PRAGMA application_id, to know the file again
_FORM = 1
_PAGE = 4_096
_SECONDS_TO_WAIT = 2.0  # for another process that writes

# When a row was last asked for is kept to the hour: a scan of known texts then writes nothing.
_HOUR = 3_600

# In messages of SQLite about other things than the content; Python before 3.11 has no codes.
_PASSING = ("locked", "busy", "unable to open", "disk I/O", "disk is full")

_BESIDE = ("-journal", "-wal", "-shm")


class Unusable(Exception):
    """There is no file that can be used, and none can be made: a reason to go without."""


class _Damaged(Exception):
    pass


class Database:
    """Rows of bytes by key. For one thread at a time, as a context manager; not across a fork."""

    def __init__(self, file: Path, most: int = MOST_BYTES) -> None:
        """Opens or makes the file. Raises Unusable."""
        self._file = file
        self._most = most
        for _ in range(2):
            try:
                self._connection, self.secret = self._opened()
                return
            except _Damaged:
                _discard(file)
        raise Unusable

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The content of the rows that are there and whole."""
        found: dict[bytes, bytes] = {}
        old: list[bytes] = []
        now = int(time.time())
        with self._harmless():
            for key in keys:
                row = self._connection.execute(
                    "SELECT value, used FROM rows WHERE key = ?", (key,)
                ).fetchone()
                content = self._content(key, row[0]) if row else None
                if content is not None:
                    found[key] = content
                    if not isinstance(row[1], int) or not 0 <= now - row[1] < _HOUR:
                        old.append(key)
        if old:
            with self._harmless(), self._transaction():
                self._connection.executemany(
                    "UPDATE rows SET used = ? WHERE key = ?", [(now, key) for key in old]
                )
        return found

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        """Adds or replaces rows, all or none; where there is no room, the oldest go. What cannot
        be written is not."""
        now = int(time.time())
        values = [(key, now, self._code(key, content) + content) for key, content in rows.items()]
        # Twice: pages are never quite full, and a row that is longer than one begins a new one.
        size = sum(2 * len(value) + 200 for _, _, value in values)
        if not values or size > self._most // 4:
            return
        with self._harmless(), self._transaction():
            self._make_room(size)
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", values)

    def _make_room(self, size: int) -> None:
        while self._used_bytes() + size > self._most:
            removed = self._connection.execute(
                "DELETE FROM rows WHERE key IN (SELECT key FROM rows ORDER BY used, key "
                "LIMIT max(1, (SELECT count(*) FROM rows) / 4))"
            )
            if not removed.rowcount:
                return

    def _used_bytes(self) -> int:
        pages = self._number("page_count") - self._number("freelist_count")
        return pages * self._number("page_size")

    def _content(self, key: bytes, value: object) -> bytes | None:
        if not isinstance(value, bytes):
            return None
        code, content = value[:KEY_BYTES], value[KEY_BYTES:]
        return content if hmac.compare_digest(code, self._code(key, content)) else None

    def _code(self, key: bytes, content: bytes) -> bytes:
        code = hashlib.blake2b(key, key=self.secret, digest_size=KEY_BYTES, person=b"row")
        code.update(content)
        return code.digest()

    def _opened(self) -> tuple[sqlite3.Connection, bytes]:
        try:
            import sqlite3  # 8 ms, and some builds of Python are without it
        except ImportError:
            raise Unusable from None
        self._sqlite = sqlite3
        # Messages about a damaged file may quote it, and not be UTF-8.
        self._errors = (sqlite3.Error, ValueError, TypeError)
        _check(self._file)
        try:
            # Not as an address ("file:..."): the path may hold anything. The library is called from
            # several threads, one after the other.
            connection = sqlite3.connect(
                self._file,
                timeout=_SECONDS_TO_WAIT,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error:
            raise Unusable from None
        try:
            self._connection = connection
            return connection, self._prepared(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, self._errors):
                raise (_Damaged if self._is_damage(error) else Unusable) from None
            raise

    def _prepared(self, connection: sqlite3.Connection) -> bytes:
        # After a crash of the machine the file may be damaged, which is found out: no row is worth
        # waiting for the disk.
        connection.text_factory = bytes
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA max_page_count = {self._most // _PAGE}")
        if self._number("user_version") == 0:
            with self._transaction():
                if self._number("user_version") == 0:  # no other process was faster
                    if self._number("page_count") > 1 or self._number("application_id"):
                        raise _Damaged
                    self._make(connection)
        forms = (self._number("application_id"), self._number("user_version"))
        row = connection.execute("SELECT value FROM secret").fetchone()
        if forms != (_APPLICATION, _FORM) or row is None:
            raise _Damaged
        if not isinstance(row[0], bytes) or len(row[0]) != 32:
            raise _Damaged
        return row[0]

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE secret (value BLOB NOT NULL)")
        connection.execute("INSERT INTO secret VALUES (?)", (secrets.token_bytes(32),))
        connection.execute(
            "CREATE TABLE rows (key BLOB PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL) "
            "WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_FORM}")

    def _number(self, pragma: str) -> int:
        (value,) = self._connection.execute(f"PRAGMA {pragma}").fetchone()
        return int(value)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with contextlib.suppress(*self._errors):
                    self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        """Goes on where the file cannot be read or written; removes it where it is damaged."""
        try:
            yield
        except self._errors as error:
            if self._is_damage(error):
                _discard(self._file)

    def _is_damage(self, error: BaseException) -> bool:
        """Whether it is the content of the file that is wrong, and not the place or the time."""
        if not isinstance(error, self._sqlite.OperationalError):
            return True
        said = str(error)
        if "readonly" in said:  # a byte of the file can say that too
            return os.access(self._file, os.W_OK)
        return not any(words in said for words in _PASSING)


def _check(file: Path) -> None:
    """Makes the file for its owner alone. Raises Unusable where it is somebody else's: who can
    write to it could make findings disappear."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        pass  # a directory that is only read from may have one
    try:
        status = file.lstat()
    except OSError:
        raise Unusable from None
    if not stat.S_ISREG(status.st_mode):
        raise Unusable
    # Windows has neither: there the folder's own rights hold.
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        raise Unusable


def _discard(file: Path) -> None:
    # The journal first: SQLite would play one that it finds into a new file.
    for suffix in (*_BESIDE, ""):
        with contextlib.suppress(OSError):
            file.with_name(file.name + suffix).unlink()
