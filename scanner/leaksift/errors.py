"""The errors that a caller can act on. Each message is one line: what, where, what to do."""

from __future__ import annotations


class LeaksiftError(Exception):
    """The base of all errors that leaksift raises on purpose. Its text never holds a value."""

    exit_code = 3


class UsageError(LeaksiftError):
    """What was asked for makes no sense: a flag, a path or a range that does not exist."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration file, an environment variable or a rule file is wrong."""


class SourceError(LeaksiftError):
    """Something that was to be scanned could not be read: a broken repository, no git."""


class ModelError(LeaksiftError):
    """The model's directory is incomplete or damaged."""
