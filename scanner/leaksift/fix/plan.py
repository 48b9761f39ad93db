"""The proposals for one file: which findings an edit settles, and why others are left."""

from __future__ import annotations

from collections.abc import Sequence

from leaksift.finding import Finding, Secret
from leaksift.fix.imports import import_edit
from leaksift.fix.languages import language_of
from leaksift.fix.naming import Names
from leaksift.fix.private import Replacements
from leaksift.fix.programs import check_python, line_before, literal_for, reference, url_name
from leaksift.fix.proposal import CannotFix, Edit, Proposal, applied
from leaksift.fix.settings import kind_of, setting_edit


class Planner:
    """Plans for one file after the other; equal values get equal names and replacements."""

    def __init__(self) -> None:
        self._names = Names()
        self._replacements = Replacements()

    def proposals(self, text: str, findings: Sequence[Finding]) -> list[Proposal]:
        """What to do about the findings of one file, in their order. Edits do not overlap."""
        values = [Secret(text[finding.start : finding.end]) for finding in findings]
        planned: list[Proposal] = []
        for finding in findings:
            try:
                edit = self._edit(text, finding, values)
            except CannotFix as error:
                planned.append(Proposal((finding,), reason=str(error)))
                continue
            last = next((one for one in reversed(planned) if one.edit), None)
            if last is None or last.edit is None or last.edit.end <= edit.start:
                planned.append(Proposal((finding,), edit))
            elif (last.edit.start, last.edit.end) == (edit.start, edit.end):
                # The user and the password of one address go together.
                both = Proposal((*last.findings, finding), last.edit)
                planned[planned.index(last)] = both
            else:
                planned.append(Proposal((finding,), reason="it overlaps with another one"))
        return planned

    def _edit(self, text: str, finding: Finding, values: Sequence[Secret]) -> Edit:
        if finding.path.lower().endswith(".ipynb"):
            raise CannotFix("a notebook is left to its own editor")
        if finding.label != "secret":
            return self._replacements.edit(finding, text)
        language = language_of(finding.path, text)
        start, end = finding.start, finding.end
        if language is None:
            kind = kind_of(finding.path, text)
            value, name = self._name(text, finding, values)
            edit = setting_edit(kind, text, start, end, name)
            self._names.keep(value, name)
            return edit
        literal = literal_for(text, start, end, language)
        if literal is None:
            _, name = self._name(text, finding, values)
            return Edit(start, end, f"<{name}>", note="it stood in a comment")
        rule = url_name(text, literal) or finding.rule
        value = Secret(text[literal.inner_start : literal.inner_end])
        before = line_before(text, literal.start) or ""
        name = self._names.name(value, before, rule, values)
        edit = reference(text, literal, name, language)
        if language.name == "python":
            check_python(text, applied(text, [edit]))
        if language.needs:
            import_edit(text, language.needs)  # it must be possible
        self._names.keep(value, name)
        return edit

    def _name(self, text: str, finding: Finding, values: Sequence[Secret]) -> tuple[Secret, str]:
        before = line_before(text, finding.start) or ""
        value = Secret(text[finding.start : finding.end])
        return value, self._names.name(value, before, finding.rule, values)


def changed(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits, with the imports that they need."""
    needs = sorted({edit.needs for edit in edits if edit.needs})
    imports = [edit for need in needs if (edit := import_edit(text, need)) is not None]
    return applied(text, [*edits, *imports])
