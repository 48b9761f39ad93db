"""Puts markers into one text, section by section. What is outside of the spans stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leaksift.library.markers import Marker, parts
from leaksift.library.result import FoundSpan
from leaksift.library.sealing import SIGN, Sealed
from leaksift.library.sections import Section


class Redactor:
    """One text on its way out. Holds back only what may be the beginning of a token's sign."""

    def __init__(self, marker: Marker) -> None:
        self._marker = marker
        self._sealed = next((one for one in parts(marker) if isinstance(one, Sealed)), None)
        self._done = 0
        self._held = ""

    def add(self, section: Section, spans: Iterable[FoundSpan]) -> tuple[str, list[FoundSpan]]:
        """The redacted text of the section as far as nothing can change it, and the spans with the
        markers that were put there."""
        pieces: list[str] = []
        marked: list[FoundSpan] = []
        for span in spans:
            value = section.part(span.start, span.end)
            marker = self._marker.mark(span, value)
            marked.append(replace(span, marker=marker))
            if marker is None:
                continue
            pieces += (self._plain(section.part(self._done, span.start), True), marker)
            self._done = span.end
        if self._done < section.end:
            pieces.append(self._plain(section.part(self._done, section.end), section.last))
            self._done = section.end
        return "".join(pieces), marked

    def _plain(self, text: str, last: bool) -> str:
        """Text between markers. Its end waits for what follows unless it is the `last` of it."""
        if self._sealed is None:
            return text
        text = self._held + text
        held = 0
        # A whole one at the end is done, though its last sign might begin another.
        if not last and not text.endswith(SIGN):
            held = next((n for n in range(len(SIGN) - 1, 0, -1) if text.endswith(SIGN[:n])), 0)
        self._held = text[len(text) - held :]
        return self._sealed.protect(text[: len(text) - held])
