"""Notebooks are read by cell, and what is found stands where it is in the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift import Document, Finding, LineRange, load_config
from leaksift.detect import detect
from leaksift.finding import Reading, RuleInfo, Span
from leaksift.notebook import read_notebook
from leaksift.pipeline import Target, scan

PASSWORD = "Grue7-" + "lamp!9"
ADDRESS = f"postgres://app:{PASSWORD}@db.acme.io/x"


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    metadata = {"language_info": {"name": "python", "file_extension": ".py"}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": list(outputs), "source": source}


def scanned(folder: Path, content: dict[str, Any], **layout: Any) -> tuple[str, list[Finding]]:
    text = json.dumps(content, **(layout or {"indent": 1, "ensure_ascii": False}))
    (folder / "analysis.ipynb").write_text(text, encoding="utf-8")
    loaded = load_config(folder, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(folder),)), loaded)
    return text, list(result.findings)


@pytest.mark.parametrize("layout", [{"indent": 1}, {"indent": None}, {"ensure_ascii": False}])
def test_a_password_in_a_cell_is_found_at_its_place_in_the_file(
    tmp_path: Path, layout: dict[str, Any]
) -> None:
    source = ["# größer \U0001f600\n", f'url = "{ADDRESS}"\n', "print(url)"]
    text, [finding] = scanned(tmp_path, notebook(code(source)), **layout)
    assert text[finding.start : finding.end] == PASSWORD
    line = text.split("\n")[finding.start_line - 1]
    assert line[finding.start_column - 1 : finding.end_column - 1] == PASSWORD


def test_a_value_with_escapes_is_found_with_its_whole_spelling(tmp_path: Path) -> None:
    value = "Grue7\\lamp\"9'x!"
    source = f"password = '''{value}'''\nurl = 'postgres://app:Grue7%5Clamp@db.acme.io/x'\n"
    text, findings = scanned(tmp_path, notebook(code(source)))
    assert "Grue7%5Clamp" in [text[one.start : one.end] for one in findings]


def test_a_key_over_the_lines_of_a_cell_is_one_finding(tmp_path: Path) -> None:
    body = [f"QyNTUxOQAAACB{n}" + "b3BlbnNzaC1rZXktdjE" * 2 for n in range(3)]
    key = ["-----BEGIN OPENSSH PRIVATE " + "KEY-----", "b3BlbnNzaC1rZXktdjEAAAAA" * 2, *body]
    key.append("-----END OPENSSH PRIVATE " + "KEY-----")
    source = "".join(f"{line}\n" for line in ['key = """', *key, '"""'])
    text, findings = scanned(tmp_path, notebook(code(source.splitlines(keepends=True))))
    [finding] = [one for one in findings if "key" in one.rule]
    assert text[finding.start :].startswith("-----BEGIN")
    assert text[: finding.end].endswith("KEY-----")
    assert finding.end_line - finding.start_line == len(key) - 1


def test_outputs_are_read_and_images_are_not(tmp_path: Path) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": [f"at {ADDRESS}\n"]}
    image = {"output_type": "display_data", "data": {"image/svg+xml": f"<a href='{ADDRESS}'/>"}}
    text, [finding] = scanned(tmp_path, notebook(code("run()", stream, image)))
    assert text[finding.start : finding.end] == PASSWORD
    assert finding.start < text.index("image/svg")


def test_metadata_is_read_too(tmp_path: Path) -> None:
    content = notebook(code("run()"))
    content["metadata"]["database"] = ADDRESS
    text, [finding] = scanned(tmp_path, content)
    assert text[finding.start : finding.end] == PASSWORD


def test_only_changed_lines_of_a_notebook_count() -> None:
    content = notebook(code([f"a = '{ADDRESS}'\n", "b = 1\n", f"c = '{ADDRESS}'\n"]))
    text = json.dumps(content, indent=1)
    line = text[: text.rindex(ADDRESS)].count("\n") + 1
    document = Document("n.ipynb", text, len(text), changed=(LineRange(line, line),))
    from leaksift.rules.engine import RuleDetector
    from leaksift.rules.presets import load_presets

    [reading] = detect([document], [RuleDetector(load_presets(["schemes"]))])
    touched = [span for span in reading.spans if document.touches_change(span.start, span.end)]
    assert len(reading.spans) == 2
    assert len(touched) == 1


class _Words:
    """A model that takes every `name` for a person: what it is given is what is tested."""

    rules: tuple[RuleInfo, ...] = ()
    notices: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.texts: list[str] = []

    def read(self, documents: list[Document]) -> list[Reading]:
        self.texts += [document.text for document in documents]
        return [Reading(_persons(document.text)) for document in documents]


def _persons(text: str) -> list[Span]:
    at = text.find("Mara Quill")
    if at == -1:
        return []
    return [Span(at, at + 10, "private_person", "private-person", 0.9, "model")]


def test_the_model_reads_the_text_of_cells() -> None:
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ['"By"\n', "Mara Quill\n"]}
    text = json.dumps(notebook(code("x = 1"), markdown))
    model = _Words()
    [reading, other] = detect(
        [Document("n.ipynb", text, len(text)), Document("b", "plain", 5)], [], model
    )
    assert '"By"\nMara Quill\n' in "".join(model.texts)
    assert "plain" in model.texts
    assert [text[span.start : span.end] for span in reading.spans] == ["Mara Quill"]
    assert other.spans == []


@given(st.text(max_size=200))
def test_nothing_that_is_called_a_notebook_breaks_the_reader(text: str) -> None:
    for content in (text, '{"cells": [{"source": "' + text, json.dumps(notebook(code(text)))):
        read_notebook("n.ipynb", content)


@given(st.lists(st.text(max_size=20), max_size=6), st.booleans())
def test_every_character_leads_back_to_its_spelling(lines: list[str], as_ascii: bool) -> None:
    text = json.dumps(notebook(code(lines)), ensure_ascii=as_ascii)
    read = read_notebook("n.ipynb", text)
    assert read is not None
    path, strings = read.code
    assert path == "n.py"
    assert strings.text.rstrip("\n") == "".join(lines).rstrip("\n") or "".join(lines) == ""
    for index in range(len("".join(lines))):
        start, end = strings.back(index, index + 1)
        spelling = text[start:end]
        assert json.loads(f'"{spelling}"') == strings.text[index]


@pytest.mark.parametrize("text", ["", "{", '{"cells": ', '"cells"', '{"cells": [{"source": "a'])
def test_a_notebook_that_is_cut_off_is_read_as_far_as_it_goes(text: str) -> None:
    read_notebook("n.ipynb", text)


def test_a_file_without_cells_is_no_notebook() -> None:
    assert read_notebook("n.ipynb", '{"source": "x"}') is None
