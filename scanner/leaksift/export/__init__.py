"""Checkpoints of the openai_privacy_filter architecture, written as graphs that run fast.

`checkpoint.py` says what is read (`sizes.py`, `document_head.py`), `build.py` writes the model
directory (`export_model`). Needs the extra `export`; nothing here is imported by a scan.
"""
