"""Checkpoints of the openai_privacy_filter architecture, written as graphs that run fast.

`checkpoint.py` says what is read (`sizes.py`, `document_head.py`), `build.py` writes the model
directory (`export_model`). Published graphs are read back into a checkpoint by `upstream.py`, and
`proven.py` keeps no graph that does not compute what the weights mean. Needs the extra `export`;
nothing here is imported by a scan.
"""
