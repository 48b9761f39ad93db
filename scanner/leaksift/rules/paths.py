"""Which rules a document's path asks for: patterns of file names and of the ends of paths.

Decided once for each document, by look-ups of its name for all patterns that begin or end with
plain text, so that hundreds of patterns cost a document nothing that can be measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# The beginning and the end of a file's name around the stars, the rule's number and the pattern.
_Filed = tuple[str, str, int, str]


def matches(pattern: str, text: str) -> bool:
    """Whether the text has the form of the pattern, in which `*` stands for anything. Both are in
    small letters. Linear: the parts between stars are looked for from left to right."""
    head, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(head):
        return False
    at = len(head)
    for part in rest[:-1]:
        found = text.find(part, at)
        if found == -1:
            return False
        at = found + len(part)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])


def matches_end(patterns: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether the last parts (of a path, of a name) have the forms of the patterns."""
    return len(parts) >= len(patterns) and all(
        matches(pattern, part)
        for pattern, part in zip(reversed(patterns), reversed(parts), strict=False)
    )


_Parts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class PathIndex:
    """The path patterns of many rules, in small letters, each rule known by a number."""

    def __init__(self, patterns: Mapping[int, Sequence[str]]) -> None:
        # Made at every start of the hook: patterns are only filed here, and taken apart when a
        # path gets near them.
        self._by_name: dict[str, list[tuple[int, str]]] = {}
        self._with_star: dict[str, list[_Filed]] = {}
        self._of_place: dict[str, _Parts] = {}
        for number, of_rule in patterns.items():
            for pattern in of_rule:
                name = pattern[pattern.rfind("/") + 1 :]
                if "*" not in name:
                    self._by_name.setdefault(name, []).append((number, pattern))
                    continue
                start, _, rest = name.partition("*")
                end = rest[rest.rfind("*") + 1 :]
                # Filed under the folder, `vars/`, or under the ending, `.py`, or under nothing.
                folder = pattern[: -len(name) - 1].rpartition("/")[2]
                if folder and "*" not in folder:
                    place = folder + "/"
                else:
                    place = end[end.rfind(".") :] if "." in end else ""
                self._with_star.setdefault(place, []).append((start, end, number, pattern))

    def rules_for(self, path: str) -> frozenset[int]:
        """The numbers of the rules of which a pattern fits `path` (forward slashes)."""
        path = path.lower()
        name = path[path.rfind("/") + 1 :]
        near = list(self._by_name.get(name, ()))
        ending = name[name.rfind(".") :] if "." in name else ""
        folder = path[: -len(name) - 1].rpartition("/")[2] + "/"
        for place in {ending, folder, ""}.intersection(self._with_star):
            starts, ends, within = self._parts(place)
            # Three questions for all of them, to which most names say no.
            if not (
                name.startswith(starts)
                or name.endswith(ends)
                or any(part in path for part in within)
            ):
                continue
            near += [
                (number, pattern)
                for start, end, number, pattern in self._with_star[place]
                if name.startswith(start) and name.endswith(end)
            ]
        if not near:
            return frozenset()
        parts = path.split("/")
        return frozenset(
            number for number, pattern in near if matches_end(pattern.split("/"), parts)
        )

    def _parts(self, place: str) -> _Parts:
        """How a name that a pattern filed under `place` fits begins, else ends, else what is in
        the path."""
        if place not in self._of_place:
            filed = self._with_star[place]
            self._of_place[place] = (
                tuple({start for start, _, _, _ in filed if start}),
                tuple({end for start, end, _, _ in filed if end and not start}),
                tuple(
                    {
                        max(pattern.split("*"), key=len)
                        for start, end, _, pattern in filed
                        if not start and not end
                    }
                ),
            )
        return self._of_place[place]
