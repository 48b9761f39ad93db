"""The library: find and redact secrets and private data in texts and streams, from Python.

`filter.py` is the entrance (`PrivacyFilter`); `result.py` has what it returns, `markers.py` what
stands where something was. Nothing here reads files or git: that is the scanner's.
"""
