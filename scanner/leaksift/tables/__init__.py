"""Tables: which columns hold private data, and a copy of the table without it.

    from leaksift.tables import classify_columns, redact_table, classify_file, redact_file

    report = classify_columns(rows)                      # lists, pandas, polars, Arrow
    result = redact_table(rows, labels={"private_email": "synthetic"}, columns={"ssn": "hash"})
    result.table, result.report

    report = classify_file(Path("people.csv"))           # CSV, TSV, JSON Lines, Parquet, Arrow
    report = redact_file(Path("people.csv"), Path("safe.csv"), mode="synthetic", key=key)

`memory.py` has the first two, `files.py` the last two; both take `TableOptions` as keywords, and
return the `TableReport` of `report.py`, which holds no value of any cell. Parquet and Arrow need
the extra `leaksift[table]`, frames too; mode `synthetic` needs `leaksift[synthetic]`.

How it goes: `sampling.py` draws rows by a seed, `deciding.py` looks at them and decides about each
column, `replacing.py` replaces cells. `delimited.py`, `jsonlines.py`, `arrow.py`, `frames.py` and
`rows.py` each know one form of table, and leave what is not private as it is, to the byte.
"""

from __future__ import annotations

from leaksift.tables.files import classify_file, redact_file
from leaksift.tables.memory import RedactedTable, classify_columns, redact_table
from leaksift.tables.options import MODES, Mode, TableOptions
from leaksift.tables.report import ColumnReport, Evidence, TableProgress, TableReport

__all__ = [
    "MODES",
    "ColumnReport",
    "Evidence",
    "Mode",
    "RedactedTable",
    "TableOptions",
    "TableProgress",
    "TableReport",
    "classify_columns",
    "classify_file",
    "redact_file",
    "redact_table",
]
