"""The settings of a filter, checked: plain values that can be pickled, so that a worker process can
make the same filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leaksift.config import DEVICES, Config
from leaksift.errors import UsageError
from leaksift.finding import LABELS, Label
from leaksift.rules.custom import CustomRule

if TYPE_CHECKING:
    from leaksift.rules.own import OwnRules

_LEAST_SECTION = 64
_LARGEST_SECTION = 1_000_000


@dataclass(frozen=True)
class Settings:
    """What `PrivacyFilter.load` was given. See there. Raises UsageError for what makes no sense.

    A rule that is a function can be pickled where the function can: one of a module, no lambda.
    """

    model: str = "embedded"
    rules: tuple[CustomRule, ...] = ()
    presets: tuple[str, ...] = Config.presets
    labels: tuple[Label, ...] = ()
    min_score: float | Mapping[str, float] = 0.0
    operating_point: str = "default"
    device: str = "auto"
    offline: bool = False
    section: int | None = None
    screen: bool = False
    cache: bool = False
    own: OwnRules | None = field(default=None, repr=False)
    # ^ the rules of a configuration, for commands: code passes `rules`
    least_scores: Mapping[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if unknown := [label for label in self.labels if label not in LABELS]:
            raise UsageError(f"no label is called {unknown[0]!r}; there are {', '.join(LABELS)}")
        if self.device not in DEVICES:
            raise UsageError(f"device is one of {', '.join(DEVICES)}, not {self.device!r}")
        if self.section is not None and not _LEAST_SECTION <= self.section <= _LARGEST_SECTION:
            raise UsageError(
                f"section is {_LEAST_SECTION} to {_LARGEST_SECTION:,} characters, "
                f"not {self.section!r}"
            )
        by_name = isinstance(self.min_score, Mapping)
        scores = dict(self.min_score) if isinstance(self.min_score, Mapping) else {}
        for score in scores.values() if by_name else (self.min_score,):
            number = isinstance(score, int | float) and not isinstance(score, bool)
            if not number or not 0 <= score <= 1:  # type: ignore[operator]
                raise UsageError("min_score is a number from 0 to 1, or one by label or rule")
        if not isinstance(self.min_score, Mapping):
            scores = dict.fromkeys(LABELS, float(self.min_score))
        object.__setattr__(self, "least_scores", scores)
