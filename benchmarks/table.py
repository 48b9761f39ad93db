"""How fast `leaksift table` is, and how much memory it takes.

    python -m benchmarks.table [--size 1000] [--format csv] [--model none] [--mode redact]
                               [--folder FOLDER]

Writes a table of `--size` MB of made-up customers and orders, redacts it in a process of its own,
and prints the rate and the most memory that the process ever held. Bar: 500 MB at most, whatever
the size. The table is the same for the same size. With `--model embedded` deciding takes seconds
more, and each different free text about a millisecond: choose a smaller size. Needs a system with
`wait4` (not Windows); Parquet needs pyarrow.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import installed

FORMATS = ("csv", "jsonl", "parquet")
MOST_MEMORY = 500  # MB

Row = dict[str, str | int | float]


def write_table(path: Path, size: int) -> int:
    """A table of at least `size` bytes of text, and how many rows it has. The name's ending says
    the format; of Parquet `size` is that of the same rows as CSV."""
    source = rows(random.Random(20))
    if path.suffix == ".parquet":
        return _write_parquet(path, size, source)
    count = written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            file.write(",".join(next(source)) + "\n")
        while written < size:
            row = next(source)
            line = json.dumps(row) if path.suffix == ".jsonl" else _csv_line(row)
            written += file.write(line + "\n")
            count += 1
    return count


def rows(words: random.Random) -> Iterator[Row]:
    """Orders without an end: five columns are private, a free text sometimes is, six are not."""
    number = 100_000
    while True:
        number += 1
        given, family = words.choice(_GIVEN), words.choice(_FAMILY)
        serial = words.randrange(10_000)
        yield {
            "order_id": number,
            "created_at": f"2024-{words.randrange(1, 13):02}-{words.randrange(1, 29):02}T"
            f"{words.randrange(24):02}:{words.randrange(60):02}:{words.randrange(60):02}Z",
            "first_name": given,
            "last_name": family,
            "email": f"{given}.{family}{serial}@example.com".lower(),
            "phone": f"+1 {words.choice(_AREAS)}-555-01{words.randrange(100):02}",
            "iban": _iban(words),
            "status": words.choice(("open", "packed", "sent", "returned", "cancelled")),
            "amount": round(words.random() * 900, 2),
            "sku": "-".join(words.choices(_CODES, k=2)),
            "request_id": f"{words.getrandbits(128):032x}",
            "note": _note(words, given, serial),
        }


def redact(path: Path, target: Path, model: str, mode: str) -> tuple[float, float, float]:
    """Runs `leaksift table`: seconds, seconds of CPU, and the most MB of memory that were resident
    at a time.

    Raises SystemExit where the command fails.
    """
    command = [installed("leaksift"), "table", str(path), "-o", str(target), "--mode", mode, "-q"]
    start = time.perf_counter()
    child = subprocess.Popen([*command, "--model", model])
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}")
    # Bytes on macOS, kibibytes elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6


def _write_parquet(path: Path, size: int, source: Iterator[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = written = 0
    schema = pa.Table.from_pylist([next(source)]).schema
    with pq.ParquetWriter(path, schema) as writer:
        while written < size:
            group = [next(source) for _ in range(100_000)]
            writer.write_table(pa.Table.from_pylist(group, schema))
            written += sum(len(_csv_line(row)) + 1 for row in group)
            count += len(group)
    return count


def _csv_line(row: Row) -> str:
    cells = (str(cell) for cell in row.values())
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


def _note(words: random.Random, given: str, serial: int) -> str:
    text = words.choice(_NOTES).format(name=given, item=words.choice(_ITEMS), number=serial)
    if words.random() < 0.02:
        text += f" Write to {given.lower()}{serial}@example.org instead."
    return text


def _iban(words: random.Random) -> str:
    body = f"37040044{words.randrange(10**10):010}"
    return f"DE{98 - int(body + '131400') % 97:02}{body}"


_GIVEN = "Agnes Boris Clara Dmitri Elena Felix Greta Hugo Ines Jonas Katja Luis Mara Nils".split()
_FAMILY = "Abel Brandt Costa Dahl Eklund Fischer Garcia Hansen Ivanov Jansen Keller Lund".split()
_AREAS = ("202", "212", "303", "312", "404", "415", "503", "617", "702", "713")
_CODES = ["".join(pair) for pair in zip(string.ascii_uppercase, "QWERTZUIOP" * 3, strict=False)]
_ITEMS = "lamp desk chair kettle blanket bicycle basket ladder mirror clock".split()
_NOTES = (
    "",
    "",
    "Leave the {item} at the door",
    "{name} called, wants the {item} in green, not in blue",
    "Second {item} of order {number} was missing",
    "gift wrap",
    "Paid by invoice; the {item} comes on Monday",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", type=float, default=1000, help="of the table, in MB")
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument("--model", default="none", help="as `leaksift table --model`")
    parser.add_argument("--mode", default="redact", help="as `leaksift table --mode`")
    parser.add_argument("--folder", type=Path, help="where the tables are written, and removed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / f"orders.{chosen.format}"
        count = write_table(path, int(chosen.size * 1e6))
        size = path.stat().st_size / 1e6
        wall, cpu, memory = redact(path, path.with_stem("safe"), chosen.model, chosen.mode)
    print(
        f"{chosen.format}, {size:,.0f} MB, {count:,} rows, model {chosen.model}, {chosen.mode}: "
        f"{wall:.1f} s, {size / wall:.2f} MB/s, {count / wall:,.0f} rows/s, "
        f"{cpu:.1f} s of CPU, "
        f"at most {memory:.0f} MB of memory"
    )
    if memory > MOST_MEMORY:
        sys.exit(f"more than {MOST_MEMORY} MB of memory")


if __name__ == "__main__":
    main()
