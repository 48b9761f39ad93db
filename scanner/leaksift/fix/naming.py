"""Names of environment variables for values: by what the value is assigned to, else by its rule."""

from __future__ import annotations

import re
from collections.abc import Iterable

from leaksift.finding import Secret

# Before the value on its line: a name, maybe a type, and a sign that assigns. All bounded.
_ASSIGNED = re.compile(
    r"""([A-Za-z_][\w.-]{0,60}) ["'\]]{0,3} [ \t]{0,20}
        (?: : [ \t]{0,20} [\w<>\[\]|&?., ']{1,60}? [ \t]{0,20} (?==) )?
        (?: := | => | = | : ) [ \t]{0,20} [&@$\w]{0,3} ["'`]{0,3} $""",
    re.VERBOSE,
)
_LONGEST = 50
# They say less than a rule that knows what it found.
_VAGUE = frozenset(
    "ACCESS AUTH AUTHORIZATION BEARER CREDENTIAL CREDENTIALS DATA DEFAULT KEY PASS PASSWORD PWD "
    "SECRET TOKEN URI URL VALUE API_KEY ACCESS_KEY ACCESS_TOKEN AUTH_TOKEN SECRET_KEY".split()
)
_VAGUE_RULES = frozenset({"secret"})
# Variables that mean something to a system or a program already.
_TAKEN = frozenset(
    "CI DISPLAY EDITOR GROUP HOME HOST HOSTNAME IFS LANG LD_PRELOAD LOGNAME MAIL OLDPWD PAGER PATH "
    "PS1 PWD PYTHONPATH SHELL TERM TMP TEMP TMPDIR TZ UID USER USERNAME".split()
)


class Names:
    """The names given so far: the same value has one name, and no two values share one."""

    def __init__(self) -> None:
        self._by_value: dict[Secret, str] = {}
        self._used: set[str] = set()

    def name(self, value: Secret, before: str, rule: str, values: Iterable[Secret]) -> str:
        """The name for a value that `rule` found after the text `before`; `keep` takes it. It
        contains none of `values`: what a file calls its variables is not ours to trust."""
        known = self._by_value.get(value)
        if known is not None:
            return known
        base = self._base(before, rule)
        if any(_contains(base, one) for one in values):
            base = _shouted(rule) or "SECRET"
        if base in _TAKEN:
            base = f"APP_{base}"
        name, number = base, 1
        while name in self._used:
            number += 1
            name = f"{base}_{number}"
        return name

    def keep(self, value: Secret, name: str) -> None:
        """From now on the value is called so, and no other one is."""
        self._by_value[value] = name
        self._used.add(name)

    def _base(self, before: str, rule: str) -> str:
        assigned = _ASSIGNED.search(before)
        name = _shouted(re.split(r"[.]", assigned[1])[-1]) if assigned else ""
        by_rule = _shouted(rule) or "SECRET"
        if not name or (name in _VAGUE and not _is_vague(rule)):
            return by_rule
        return name


def _is_vague(rule: str) -> bool:
    return rule in _VAGUE_RULES or rule.startswith(("generic-", "assigned-", "private-"))


def _shouted(name: str) -> str:
    """`clientSecret`, `client-secret` as CLIENT_SECRET; nothing for what makes no good name."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    shouted = re.sub(r"[^A-Z0-9]+", "_", parted.upper()).strip("_")
    return shouted if re.fullmatch(rf"[A-Z][A-Z0-9_]{{1,{_LONGEST}}}", shouted) else ""


def _contains(name: str, value: Secret) -> bool:
    plain = re.sub(r"[^A-Z0-9]", "", value.reveal().upper())
    return len(plain) >= 4 and plain in name.replace("_", "")
