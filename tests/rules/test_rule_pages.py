"""The documentation pages of the rules: as new as the rules, found by SARIF's links, no leaks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from leaksift import Target, load_config, scan
from leaksift.finding import RuleInfo, Severity
from leaksift.model.labels import label_rules
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS
from leaksift_sarif.descriptors import DOCUMENTATION, descriptors

DOCS = Path(__file__).parents[2] / "docs"
ALL = [*(rule.info for rule in load_presets(PRESETS)), *label_rules()]


@pytest.fixture(scope="module")
def build_rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_rules", DOCS / "build_rules.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_as_new_as_the_rules(build_rules: ModuleType) -> None:
    written = {file.name: file.read_text("utf-8") for file in (DOCS / "rules").glob("*.md")}
    made = build_rules.pages()
    old = sorted(
        name for name in made.keys() | written.keys() if made.get(name) != written.get(name)
    )
    assert old == [], "run python docs/build_rules.py"


def test_the_help_of_every_rule_leads_to_its_section() -> None:
    for one in descriptors(ALL):
        page, _, anchor = one.help_uri.partition("#")
        file = DOCS / page.removeprefix(f"{DOCUMENTATION}/")
        assert anchor == one.id
        assert f"\n## {one.id}\n" in file.read_text("utf-8"), one.help_uri


@pytest.mark.parametrize(
    ("references", "page"),
    [
        (("https://acme.example.com/keys",), "https://acme.example.com/keys"),
        (("see the wiki",), f"{DOCUMENTATION}/own-rules.md"),
        ((), f"{DOCUMENTATION}/own-rules.md"),
    ],
)
def test_the_help_of_somebodys_own_rule_is_what_it_refers_to(
    references: tuple[str, ...], page: str
) -> None:
    info = RuleInfo("o", "O", "w", "f", "secret", Severity.WARN, "low", 1, 7, references)
    assert descriptors([info])[0].help_uri == page
    assert (DOCS / "own-rules.md").is_file()


def test_a_scanner_finds_nothing_in_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS)
    result = scan(Target("paths", ("rules",)), load_config(DOCS, flags={"model": "none"}))
    assert [(f.path, f.start_line, f.rule) for f in result.findings] == []
