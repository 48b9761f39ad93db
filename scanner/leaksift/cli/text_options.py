"""The options of the commands for texts and tables: what is looked for, and what stands in its
place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from leaksift.cli.options import COMPUTING, computing_flags
from leaksift.config import Config, load_config
from leaksift.errors import UsageError
from leaksift.finding import Label
from leaksift.library.settings import Settings

if TYPE_CHECKING:
    from leaksift.library.filter import PrivacyFilter
    from leaksift.library.markers import Marker

Command = TypeVar("Command", bound=Callable[..., Any])

_LOOKING = [
    click.option(
        "--labels",
        multiple=True,
        metavar="LABEL,...",
        help="Only these kinds: private_person, private_email, private_phone, private_address, "
        "private_date, private_url, account_number, secret.",
    ),
    click.option(
        "--min-score",
        "scores",
        multiple=True,
        metavar="[NAME=]SCORE",
        help="Only what is at least this sure (0 to 1), or this for a label or a rule. May be "
        "repeated.",
    ),
    click.option(
        "--preset", "presets", multiple=True, help="Use only this rule family. May be repeated."
    ),
    *COMPUTING,
    click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file."),
]

_MARKING = [
    click.option(
        "--markers",
        default="label",
        metavar="MARKER",
        show_default=True,
        help="label, numbered, hash, synthetic, sealed, none (leave it), or a text of your own.",
    ),
    click.option(
        "--marker",
        "chosen",
        multiple=True,
        metavar="NAME=MARKER",
        help="Another one for a label or a rule. May be repeated.",
    ),
    click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Key of sealed, hash and synthetic: the same key makes the same markers.",
    ),
    click.option("--new-key", is_flag=True, help="Make the key file first."),
]


writing = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Write there instead of to standard output; a folder for several files.",
)


def looking(command: Command) -> Command:
    """Adds the options that say what is looked for."""
    return _add(_LOOKING, command)


def marking(command: Command) -> Command:
    """Adds the options that say what stands where something was."""
    return _add(_MARKING, command)


def _add(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def open_filter(given: dict[str, Any]) -> PrivacyFilter:
    """The filter of the options `looking`. The configuration adds its rules and names the model;
    what it leaves out of a scan of commits is no less private in a text that is to be shared."""
    from leaksift.library.filter import PrivacyFilter  # help needs no rules

    loaded = load_config(Path.cwd(), file=given["file"], flags=computing_flags(given))
    config = loaded.config
    own = None
    if config.rules or config.rules_files or config.plugins:
        from leaksift.rules.own import load_own_rules  # few configurations have any

        own = load_own_rules(loaded)
    labels = [label.strip() for text in given["labels"] for label in text.split(",")]
    settings = Settings(
        model=config.model,
        operating_point=config.operating_point,
        presets=given["presets"] or Config.presets,
        labels=tuple(cast("list[Label]", labels)),  # which are checked there
        min_score=_scores(given["scores"]),
        device=config.device,
        own=own,
    )
    return PrivacyFilter(settings)


def make_key(given: dict[str, Any]) -> bytes | None:
    """The key that the options `marking` name, None without one. Raises UsageError."""
    file = given["key_file"]
    if given["new_key"] and file is None:
        raise click.UsageError("--new-key needs --key-file")
    if file is None:
        return None
    from leaksift.library.sealing import create_key, read_key

    return create_key(file) if given["new_key"] else read_key(file)


def make_marker(given: dict[str, Any], key: bytes | None, used: PrivacyFilter) -> Marker:
    """The marker of the options `marking`. Raises UsageError for one that cannot be made, and for a
    name that is neither a label nor a rule of the filter."""
    from leaksift.finding import LABELS
    from leaksift.library import markers

    by_name: dict[str, markers.OneMarker] = {"*": _one(given["markers"], key)}
    for text in given["chosen"]:
        name, separator, marker = text.partition("=")
        if not separator:
            raise click.UsageError(f"--marker takes NAME=MARKER, not {text!r}")
        if name not in LABELS and all(rule.id != name for rule in used.rules):
            raise UsageError(f"--marker: no label or rule is called {name!r}")
        by_name[name] = _one(marker, key)
    return markers.make_marker(by_name, key or b"")


def is_sealed(given: dict[str, Any]) -> bool:
    """Whether any marker can be undone."""
    return "sealed" in (given["markers"], *(text.partition("=")[2] for text in given["chosen"]))


def _one(name: str, key: bytes | None) -> Marker | str | None:
    import secrets

    from leaksift.library import markers

    if name == "none":
        return None
    if name == "sealed":
        from leaksift.library.sealing import Sealed  # cryptography is an extra

        if key is None:
            raise UsageError("sealed markers need --key-file FILE (and --new-key for a new one)")
        return Sealed(key)
    if name in markers.NAMES:
        return markers.make_marker(name, key or secrets.token_bytes(32))
    return name


def _scores(texts: Sequence[str]) -> dict[str, float]:
    from leaksift.finding import LABELS

    for_all = 0.0
    named: dict[str, float] = {}
    for text in texts:
        name, separator, number = text.rpartition("=")
        try:
            score = float(number)
        except ValueError:
            raise click.UsageError(f"--min-score takes [NAME=]SCORE, not {text!r}") from None
        if separator:
            named[name] = score
        else:
            for_all = score
    return {**dict.fromkeys(LABELS, for_all), **named}
