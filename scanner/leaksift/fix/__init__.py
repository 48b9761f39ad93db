"""Proposals that take what was found out of a file: a secret becomes a reference to the environment
in the file's language, private data in fixtures becomes made-up values.

What cannot be done safely is left, with the reason. Nothing here asks anybody: see `cli/fix.py`.
"""
