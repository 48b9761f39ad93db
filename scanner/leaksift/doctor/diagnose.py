"""All checks, in the order in which a scan meets what they are about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaksift.config import KEYS, Config, Loaded, load_config
from leaksift.doctor.check import Check, Section
from leaksift.doctor.computing import computing_checks
from leaksift.doctor.environment import environment_checks
from leaksift.doctor.places import cache_checks
from leaksift.doctor.repository import repository_checks
from leaksift.doctor.software import software_checks
from leaksift.errors import ConfigError


def diagnose(
    start: Path,
    *,
    file: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[Section]:
    """Looks at everything, for a scan that starts in the folder `start` with these options.

    `file` and `flags` as in `load_config`. What is wrong is a check, not an exception.
    """
    loaded, configuration = _configuration(start, file, environ, flags)
    return [
        Section("software", tuple(software_checks())),
        Section("model", tuple(computing_checks(loaded.config))),
        Section("here", (configuration, *repository_checks(start))),
        Section("cache", tuple(cache_checks())),
        Section("environment", tuple(environment_checks(environ))),
    ]


def _configuration(
    start: Path, file: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any] | None
) -> tuple[Loaded, Check]:
    try:
        loaded = load_config(start, file=file, environ=environ, flags=flags)
    except ConfigError as error:
        defaults = Loaded(Config(), dict.fromkeys(KEYS, "default"), start)
        advice = "correct it: what follows is said for the defaults"
        return defaults, Check("configuration", str(error), "problem", advice)
    changed = sum(origin != "default" for origin in loaded.origins.values())
    where = str(loaded.file) if loaded.file else "no file"
    return loaded, Check("configuration", f"{where}; not as by default: {changed} of {len(KEYS)}")
