"""Rules of a configuration: tables, rule files, plugins; what they find and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from leaksift import Target, load_config, scan
from leaksift.errors import ConfigError, LeaksiftError
from leaksift.finding import Severity
from leaksift.pipeline import load_detectors
from leaksift.rules import own
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS

ACME = """\
[[rules]]
id = "acme-token"
title = "Token of ACME"
pattern = 'acme_(?P<value>[a-z0-9]{8,40})'
severity = "warn"
marker = "[acme]"
"""
VALUE = "q8w7e6r5" + "t4z3u2i1"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEAKSIFT_MODEL", "none")
    (tmp_path / "a.py").write_text(f"x = 1\nkey = acme_{VALUE}\n", encoding="utf-8")
    return tmp_path


def found(here: Path) -> list[tuple[str, int, Severity]]:
    result = scan(Target("paths", ("a.py",)), load_config(here))
    return [(f.rule, f.start_line, f.severity) for f in result.findings]


def configure(here: Path, text: str, name: str = ".leaksift.toml") -> None:
    (here / name).write_text(text, encoding="utf-8")


def test_a_table_with_three_keys_is_a_rule(here: Path) -> None:
    configure(here, '[[rules]]\nid = "acme"\ntitle = "ACME"\npattern = "acme_[a-z0-9]+"\n')
    assert found(here) == [("acme", 2, Severity.BLOCK)]


def test_a_rule_in_pyproject_counts_too(here: Path) -> None:
    text = ACME.replace("[[rules]]", "[[tool.leaksift.rules]]")
    configure(here, text, "pyproject.toml")
    assert found(here) == [("acme-token", 2, Severity.WARN)]


def test_a_rule_file_starts_at_the_folder_of_the_configuration(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=here, check=True)
    (here / "rules").mkdir()
    configure(here, ACME, "rules/acme.toml")
    configure(here, 'rules-files = ["rules/acme.toml"]\n')
    below = here / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    (below / "a.py").write_text(f"acme_{VALUE}\n", encoding="utf-8")
    assert found(below) == [("acme-token", 1, Severity.WARN)]


def test_severity_and_allow_entries_count_for_rules_of_ones_own(here: Path) -> None:
    configure(here, '[severity]\nacme-token = "note"\n' + ACME)
    assert found(here) == [("acme-token", 2, Severity.NOTE)]
    configure(here, ACME + '[[allow]]\nrule = "acme-token"\npath = "a.py"\n')
    assert found(here) == []


def test_the_marker_of_a_rule_is_known(here: Path) -> None:
    configure(here, ACME)
    assert own.load_own_rules(load_config(here)).markers == {"acme-token": "[acme]"}


def test_the_rules_that_ship_stay_in_use_beside(here: Path) -> None:
    configure(here, ACME)
    ids = {rule.id for rule in load_detectors(load_config(here)).rules}
    assert {"acme-token", "github-token", "jwt"} <= ids


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('id = "github-token"', "leaksift has a rule of that id; use [severity]"),
        ('id = "private-person"', "leaksift has a rule of that id"),
        ('id = "Acme"', "small letters"),
        ('keywords = "acme"', "keywords must be a list of texts"),
        ("keywords = [1]", "keywords must be a list of texts"),
        ('max-length = "9"', "max-length must be a whole number"),
        ("max-length = 0", "max-length is 1 to"),
        ("generic = 1", "generic must be true or false"),
        ('severity = "high"', "severity is one of"),
        ('label = "person"', "label is one of"),
        ('validator = "lun"', "there is no validator 'lun'"),
        ('patern = "x"', "unknown key patern"),
        ('examples.match = "x"', "examples.match must be a list"),
        ('examples.find = ["x"]', "examples has match and ignore"),
        ('beside = "(?=a)"', "its beside cannot be matched in linear time"),
        ("pattern = '(a+)+b'", "its pattern cannot be matched in linear time"),
        ('assigned = { to = "x" }', "assigned has the lists"),
        ("pattern = 1979-05-27", "pattern must be a text"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_file_and_rule(
    here: Path, line: str, complaint: str
) -> None:
    table = {"id": 'id = "acme"', "title": 'title = "A"', "pattern": "pattern = 'acme'"}
    table[line.split()[0]] = line
    if line.startswith("assigned"):
        del table["pattern"]
    configure(here, "[[rules]]\n" + "\n".join(table.values()) + "\n")
    with pytest.raises(ConfigError) as caught:
        found(here)
    message = str(caught.value)
    assert complaint in message
    assert message.startswith(".leaksift.toml: rule ")
    assert "\n" not in message


def test_two_rules_of_one_id_are_refused_with_both_places(here: Path) -> None:
    configure(here, ACME, "more.toml")
    configure(here, 'rules-files = ["more.toml"]\n' + ACME)
    with pytest.raises(ConfigError, match=r"more\.toml: rule acme-token: there is another one in"):
        found(here)


@pytest.mark.parametrize("text", [None, "[rules]\n", "x = 1\n", "[[rules"])
def test_a_rule_file_that_is_none_is_named(here: Path, text: str | None) -> None:
    if text is not None:
        configure(here, text, "more.toml")
    configure(here, 'rules-files = ["more.toml"]\n')
    with pytest.raises(ConfigError, match=r"^more\.toml: "):
        found(here)


def test_rules_are_checked_once_and_read_from_the_cache_then(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, ACME.replace("acme_", "acme_(?:v1_)?"))
    loaded = load_config(here)
    first = own.load_own_rules(loaded)

    def unwanted(*_: object) -> None:
        raise AssertionError("the rules were made again")

    monkeypatch.setattr(own, "make_own_rule", unwanted)
    assert own.load_own_rules(loaded) == first


def test_a_change_of_own_rules_leaves_the_large_database_alone(here: Path, own_cache: Path) -> None:
    configure(here, ACME)
    found(here)
    before = {file.name: file.stat().st_size for file in own_cache.glob("hyperscan-*")}
    configure(here, ACME.replace("acme_", "acme(?:_|-)"))
    found(here)
    new = {f.name: f.stat().st_size for f in own_cache.glob("hyperscan-*")}.keys() - before.keys()
    assert len(new) == 1
    assert (own_cache / new.pop()).stat().st_size < 100_000


def test_without_own_rules_nothing_of_them_is_loaded(here: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from leaksift import load_config, Target, scan; "
        "scan(Target('paths', ('a.py',)), load_config(Path.cwd())); "
        "print([m for m in sys.modules if m in ('leaksift.rules.own', 'leaksift.rules.plugins', "
        "'leaksift.rules.linear', 'importlib.metadata._meta')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True
    )
    assert "leaksift" not in done.stdout


PLUGIN = """\
from leaksift import CustomRule

def find(text):
    if "crash" in text:
        raise ValueError(text)
    at = text.find("badge ")
    return [] if at < 0 else [(at + 6, at + 12)]

RULES = [
    CustomRule("acme-badge", find=find, label="account_number", title="Badge", marker="[badge]"),
    CustomRule("acme-door", "door_[0-9]{6}", severity="note"),
]
"""


@pytest.fixture
def plugin(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip installs one, in a folder of Python's path."""
    site = tmp_path_factory.mktemp("site")
    (site / "acme_leaksift_test.py").write_text(PLUGIN, encoding="utf-8")
    info = site / "acme_leaksift_test-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[leaksift.rules]\nacme = acme_leaksift_test:RULES\nbroken = acme_leaksift_test:NONE\n"
        "odd = acme_leaksift_test:find\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "acme_leaksift_test", raising=False)
    return site


@pytest.mark.usefixtures("plugin")
def test_an_installed_package_brings_functions_and_patterns(here: Path) -> None:
    (here / "a.py").write_text("badge 482913\ndoor_654321\n", encoding="utf-8")
    assert [rule for rule, *_ in found(here) if rule.startswith("acme")] == []
    assert "acme_leaksift_test" not in sys.modules
    configure(here, 'plugins = ["acme"]\n')
    assert found(here) == [("acme-badge", 1, Severity.BLOCK), ("acme-door", 2, Severity.NOTE)]
    assert own.load_own_rules(load_config(here)).markers == {"acme-badge": "[badge]"}


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("name", "complaint"),
    [("nowhere", "there is acme, broken, odd"), ("broken", "cannot"), ("odd", "no CustomRule")],
)
def test_a_plugin_that_cannot_be_used_is_named(here: Path, name: str, complaint: str) -> None:
    configure(here, f'plugins = ["{name}"]\n')
    with pytest.raises(ConfigError, match=complaint):
        found(here)


@pytest.mark.usefixtures("plugin")
def test_a_function_that_fails_says_which_rule_and_not_the_text(here: Path) -> None:
    (here / "a.py").write_text("crash hunter2\n", encoding="utf-8")
    configure(here, 'plugins = ["acme"]\n')
    with pytest.raises(LeaksiftError, match=r"rule acme-badge: .*ValueError") as caught:
        found(here)
    assert "hunter2" not in str(caught.value)


def test_a_plugin_is_not_imported_from_the_folder_that_is_scanned(here: Path) -> None:
    """`python -m leaksift` has the current folder on Python's path."""
    info = here / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[leaksift.rules]\nevil = evil_rules:RULES\n")
    (here / "evil_rules.py").write_text("open('ran', 'w')\nRULES = []\n")
    configure(here, 'plugins = ["evil"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "leaksift", "scan", "a.py"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no installed package has an entry point 'evil'" in done.stderr
    assert not (here / "ran").exists()


def test_every_rule_that_ships_says_its_family() -> None:
    assert {rule.info.family for rule in load_presets(PRESETS)} == set(PRESETS)
