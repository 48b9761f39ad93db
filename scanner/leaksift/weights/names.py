"""What a user calls a model of a hub: `owner/name`, then `@revision` and `:variant` where wanted.

A text of this form is never a folder, whatever lies on the disk: a repository that holds a folder
`openai/privacy-filter` must not be able to change which model looks at it. A folder of that name is
written with `./` in front.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from leaksift.errors import UsageError
from leaksift.model.directory import VARIANTS

DEFAULT_VARIANT = "q4f16"

FAST = "int8"
"""The variant that `leaksift models optimize` makes; the fastest on most processors."""

PINNED = {"openai/privacy-filter": "7ffa9a043d54d1be65afb281eddf0ffbe629385b"}
"""The commits that names without a revision stand for, by repository. Others are resolved once, and
what came out is recorded."""

# As the hub allows them; neither "--", which separates the two in the names of folders, nor "..".
_PART = r"(?!\S*(?:--|\.\.))[A-Za-z0-9](?:[\w.-]{0,94}\w)?"
_NAME = re.compile(rf"({_PART}/{_PART})(?:@([\w.][\w./-]{{0,199}}))?(?::(\w+))?", re.ASCII)
_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class Name:
    """A model by its repository, a commit, branch or tag (None: not said), and a key of
    VARIANTS."""

    repository: str
    revision: str | None = None
    variant: str = DEFAULT_VARIANT

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        variant = f":{self.variant}" if self.variant != DEFAULT_VARIANT else ""
        return f"{self.repository}{revision}{variant}"

    def at(self, commit: str) -> Name:
        """The same model at this commit."""
        return replace(self, revision=commit)


def parse_name(text: str) -> Name | None:
    """The name of a model of a hub; None for what has another form, such as a folder. Raises
    UsageError for a variant that there is not."""
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    repository, revision, variant = match.groups()
    if variant is not None and variant not in VARIANTS:
        raise UsageError(f"{text}: the variants are {', '.join(VARIANTS)}, not {variant!r}")
    return Name(repository, revision, variant or DEFAULT_VARIANT)


def is_commit(revision: str) -> bool:
    """Whether a revision is a whole commit id, which never means anything else later."""
    return _COMMIT.fullmatch(revision) is not None


def with_options(text: str, variant: str | None, revision: str | None) -> Name:
    """The name that a command was given, with what its options add. Raises UsageError for what is
    no name, and where name and option contradict each other."""
    name = parse_name(text)
    if name is None:
        raise UsageError(
            f"{text!r} is not the name of a model: owner/name, or owner/name@revision:variant"
        )
    if variant is not None and ":" in text and variant != name.variant:
        raise UsageError(f"{text}: --variant {variant} contradicts the name: keep one of them")
    if revision is not None and name.revision not in (None, revision):
        raise UsageError(f"{text}: --revision {revision} contradicts the name: keep one of them")
    name = replace(name, variant=variant or name.variant, revision=revision or name.revision)
    if parse_name(str(name)) != name:
        raise UsageError(f"--revision: {revision!r} is not a commit, branch or tag")
    return name
