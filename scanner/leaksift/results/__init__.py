"""What a model saw in texts that it read before, so that an unchanged text is not read again.

`memory.py` is what other rooms use, `database.py` the file, `rows.py` the form of what is in it,
`identity.py` says when a reading no longer counts. The file holds hashes, offsets and scores, never
a text or a value.

Importing this package loads nothing: sqlite3 is imported when a model is asked to read.
"""
