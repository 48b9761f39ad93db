"""`leaksift rules`: list, show, explain, test and import, as somebody types them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leaksift.toml import parse_toml

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "Xk29fj" + "Qp3LmZ"
TOKEN = "q8w7e6r5" + "t4z3u2i1" + "o9p8a7s6"
MAIL = "ottoline.brandlhuber" + "@" + "kastanienhof.de"

ACME = f"""\
[[rules]]
id = "acme-token"
title = "Token of ACME"
pattern = 'acme_[a-z0-9]{{24}}'
keywords = ["gateway"]
examples.match = [["gateway acme_", "{TOKEN}"], "gateway {TOKEN}"]
examples.ignore = ["gateway", ["gateway = acme_", "{TOKEN}"]]
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def leaksift(tmp_path: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "leaksift", *arguments],
            cwd=tmp_path,
            env={**os.environ, "LEAKSIFT_MODEL": "none"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


# list, show


def test_the_list_shows_what_a_scan_uses_with_its_severity_here(
    leaksift: Run, tmp_path: Path
) -> None:
    write(tmp_path, ".leaksift.toml", '[severity]\njwt = "off"\n' + ACME)
    lines = leaksift("rules", "list").stdout.splitlines()
    by_id = {line.split()[0]: line.split() for line in lines}
    assert by_id["jwt"][1:4] == ["off", "high", "secrets"]
    assert by_id["acme-token"][1:4] == ["block", "high", "own"]
    assert not any(line[3] == "internal" for line in by_id.values())


def test_the_list_as_json_can_be_of_one_family(leaksift: Run) -> None:
    rules = json.loads(leaksift("rules", "list", "--preset", "keys", "--json").stdout)
    assert {rule["family"] for rule in rules} == {"keys"}
    assert all(rule["why"] and rule["fix"] and rule["references"] for rule in rules)


def test_a_rule_is_shown_with_what_it_looks_for(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, ".leaksift.toml", ACME)
    shown = leaksift("rules", "show", "acme-token").stdout
    for part in ("Token of ACME", "block", "CWE-798", "acme_[a-z0-9]{24}", "gateway"):
        assert part in shown


def test_a_rule_of_a_family_that_is_off_says_so(leaksift: Run) -> None:
    rules = json.loads(leaksift("rules", "list", "--preset", "internal", "--json").stdout)
    shown = leaksift("rules", "show", rules[0]["id"]).stdout
    assert "not used: its family, internal, is not in this scan" in shown


def test_an_unknown_rule_is_one_line_with_a_guess(leaksift: Run) -> None:
    done = leaksift("rules", "show", "githb-token")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "did you mean github-token?" in done.stderr


# test


def test_examples_that_fail_make_the_exit_code_1_and_are_masked(
    leaksift: Run, tmp_path: Path
) -> None:
    write(tmp_path, ".leaksift.toml", ACME)
    done = leaksift("rules", "test")
    assert done.returncode == 1
    failures = [line.strip() for line in done.stdout.splitlines() if "examples." in line]
    assert len(failures) == 2
    assert failures[0].startswith("examples.match 2") and "not found" in failures[0]
    assert failures[1].startswith("examples.ignore 2") and "column 11" in failures[1]
    assert TOKEN not in done.stdout + done.stderr


def test_examples_of_a_rule_file_that_are_right_make_the_exit_code_0(
    leaksift: Run, tmp_path: Path
) -> None:
    good = "\n".join(line for line in ACME.splitlines() if "examples" not in line)
    write(tmp_path, "acme.toml", f'{good}\nexamples.match = [["gateway acme_", "{TOKEN}"]]\n')
    done = leaksift("rules", "test", "acme.toml")
    assert (done.returncode, done.stdout.split()[0]) == (0, "ok")


def test_a_missing_keyword_is_the_reason_that_is_told(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, "acme.toml", ACME.replace("gateway acme_", "door acme_"))
    assert "none of its keywords" in leaksift("rules", "test", "acme.toml").stdout


# explain

LINES = [
    'db_password = "' + PASSWORD + '"',
    'db_password = "' + PASSWORD + '"  # leaksift: allow generic-credential -- test',
    "call +1 202-555-0143 now",
    "acme_" + TOKEN,
    "contact: " + MAIL,
    'allowed_password = "' + PASSWORD + 'a"',
    "nothing",
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, "app/client.py", "\n".join(LINES) + "\n")
    write(
        tmp_path,
        ".leaksift.toml",
        '[[allow]]\nvalue = "a$"\nrule = "generic-*"\n'
        "[min-score]\nprivate_email = 0.99\n" + ACME.replace('"acme-token"', '"acme"'),
    )
    return tmp_path


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (1, ["generic-credential", "found: block"]),
        (2, ["generic-credential", "let be: by a comment"]),
        (3, ["a placeholder or a known example"]),
        (4, ["acme", "not found: none of its keywords stands in the file"]),
        (5, ["email-address", "its score is below `min-score`"]),
        (6, ["let be: by an entry of `allow`"]),
        (7, ["no rule saw anything here"]),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_line_is_explained_by_what_removed_each_match(
    leaksift: Run, line: int, told: list[str]
) -> None:
    done = leaksift("rules", "explain", f"app/client.py:{line}")
    assert done.returncode == 0, done.stderr
    for part in told:
        assert part in done.stdout
    for value in (PASSWORD, TOKEN, MAIL, "kastanien"):
        assert value not in done.stdout + done.stderr


def test_what_a_more_specific_rule_took_is_said(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, "settings.py", LINES[0] + "\n")
    said = leaksift("rules", "explain", "settings.py:1").stdout
    assert "left out: overlaps python-settings-secret" in said


def test_a_known_finding_is_explained_by_the_baseline(leaksift: Run, repository: Path) -> None:
    assert leaksift("baseline", "create").returncode == 0
    assert "let be: in the baseline" in leaksift("rules", "explain", "app/client.py:1").stdout


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ("app/client.py", "FILE:LINE"),
        ("app/client.py:99", "has 7 lines"),
        ("app/none.py:1", "none.py"),
    ],
)
def test_a_line_that_is_not_there_is_wrong_usage(leaksift: Run, place: str, complaint: str) -> None:
    done = leaksift("rules", "explain", place)
    assert done.returncode == 2
    assert complaint in done.stderr


# import

GITLEAKS = r"""
[extend]
disabledRules = ["jwt", "no-such"]

[[rules]]
id = "Acme_Key"
description = "ACME key."
regex = '''(?i)acmekey\s*[:=]\s*([a-z0-9]{20,40})'''
keywords = ["acmekey"]
path = '''\.py$'''

[[rules.allowlists]]
description = "old ones"
paths = ['''(^|/)tests/''']
stopwords = ["dummy"]
commits = ["abcdef"]

[[rules]]
id = "unicode"
regex = '''x\pL+'''

[[allowlists]]
paths = ['''(^|/)vendor/''']
stopwords = ["changeit"]
"""


def test_gitleaks_settings_become_a_configuration_that_works(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, "gitleaks.toml", GITLEAKS)
    done = leaksift("rules", "import", "gitleaks.toml", "-o", ".leaksift.toml")
    assert done.returncode == 0, done.stderr
    made = parse_toml((tmp_path / ".leaksift.toml").read_bytes())
    assert made["exclude"] == ["**/vendor/"]
    assert made["stop-words"] == ["changeit"]
    assert made["severity"] == {"jwt": "off"}
    assert {"path": "**/tests/", "rule": "acme-key", "reason": "old ones"} in made["allow"]
    for left_out in ("no-such", "commits", "rule unicode: \\p"):
        assert left_out in done.stderr
    # What was converted finds what the original would.
    key = "k3j4h5g6f7d8s9a0" + "p1o2i3u4"
    for name in ("a.py", "a.txt", "tests/a.py", "vendor/a.py"):
        write(tmp_path, name, f"acmekey: {key}\n")
    found = leaksift("scan", "-o", "jsonl").stdout.splitlines()
    paths = {json.loads(line)["path"] for line in found if '"acme-key"' in line}
    assert paths == {"a.py"}


def test_a_file_that_is_there_is_replaced_only_by_force(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, "gitleaks.toml", GITLEAKS)
    write(tmp_path, ".leaksift.toml", "# mine\n")
    done = leaksift("rules", "import", "gitleaks.toml", "-o", ".leaksift.toml")
    assert done.returncode == 2
    assert (tmp_path / ".leaksift.toml").read_text(encoding="utf-8") == "# mine\n"
    assert (
        leaksift("rules", "import", "gitleaks.toml", "-o", ".leaksift.toml", "--force").returncode
        == 0
    )


def test_known_secrets_are_recognised_by_their_hash_and_no_longer_found(
    leaksift: Run, tmp_path: Path
) -> None:
    write(tmp_path, "app.py", f'password = "{PASSWORD}"\nother_password = "{PASSWORD}9x"\n')
    digest = hashlib.sha1(PASSWORD.encode()).hexdigest()
    baseline = {
        "version": "1.5.0",
        "plugins_used": [{"name": "KeywordDetector"}, {"name": "Own", "path": "file://own.py"}],
        "filters_used": [
            {"path": "detect_secrets.filters.heuristic.is_templated_secret"},
            {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^docs/"]},
            {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["^x{4}"]},
            {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["noqa"]},
        ],
        "results": {
            "app.py": [
                {"type": "Secret Keyword", "hashed_secret": digest, "line_number": 1},
                {"type": "Secret Keyword", "hashed_secret": "0" * 40, "line_number": 2},
            ]
        },
    }
    write(tmp_path, ".secrets.baseline", json.dumps(baseline))
    done = leaksift("rules", "import", ".secrets.baseline", "--baseline", ".leaksift-baseline.json")
    assert done.returncode == 0, done.stderr
    made = parse_toml(done.stdout.encode())
    assert made["exclude"] == ["/docs/"]
    assert made["allow"] == [{"value": "^x{4}", "reason": "from detect-secrets"}]
    for part in ("plugin Own", "should_exclude_line", "1 known findings added", "app.py (Secret"):
        assert part in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    lines = [
        json.loads(line)
        for line in leaksift("scan", "-o", "jsonl", "app.py").stdout.split("\n")
        if line
    ]
    assert [finding["start_line"] for finding in lines] == [2]


@pytest.mark.parametrize("redacted", [True, False])
def test_a_report_of_gitleaks_becomes_a_baseline(
    leaksift: Run, tmp_path: Path, redacted: bool
) -> None:
    write(tmp_path, "app.py", f'a = 1\npassword = "{PASSWORD}"\n')
    secret = "REDACTED" if redacted else PASSWORD
    report = [{"RuleID": "generic-api-key", "File": "app.py", "StartLine": 2, "Secret": secret}]
    write(tmp_path, "report.json", json.dumps(report))
    done = leaksift("rules", "import", "report.json", "--baseline", "known.json")
    assert "1 known findings added" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert leaksift("scan", "--baseline", "known.json", "app.py").returncode == 0


def test_fingerprints_of_gitleaks_are_known_by_their_line(leaksift: Run, tmp_path: Path) -> None:
    write(tmp_path, "app.py", f'a = 1\npassword = "{PASSWORD}"\n')
    write(
        tmp_path,
        ".gitleaksignore",
        f"# known\napp.py:generic-api-key:2\n{'a1' * 20}:gone.py:aws:7\nnonsense\n",
    )
    without = leaksift("rules", "import", ".gitleaksignore")
    assert "2 known findings of the other scanner left out" in without.stderr
    assert "line 4" in without.stderr
    done = leaksift("rules", "import", ".gitleaksignore", "--baseline", "known.json")
    assert "gone.py:7 (aws)" in done.stderr
    assert leaksift("scan", "--baseline", "known.json", "app.py").returncode == 0


KINGFISHER = r"""
rules:
  - name: ACME key
    id: own.acme.1
    pattern: |
      (?xi)
      acme [_-]? key   # the name
      \s* = \s*
      (?P<TOKEN> [a-z0-9]{12,40} )
    confidence: medium
    min_entropy: 3.0
    examples:
      - acme_key = k3j4h5g6f7d8
    references: [https://example.com/keys]
    validation: {type: Http}
"""


def test_rules_of_kingfisher_become_rules(leaksift: Run, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    write(tmp_path, "rules.yml", KINGFISHER)
    done = leaksift("rules", "import", "rules.yml", "-o", ".leaksift.toml")
    assert done.returncode == 0, done.stderr
    [rule] = parse_toml((tmp_path / ".leaksift.toml").read_bytes())["rules"]
    assert rule["id"] == "own-acme-1"
    assert rule["pattern"] == r"(?i)acme[_-]?key\s*=\s*(?P<value>[a-z0-9]{12,40})"
    assert rule["precision"] == "medium"
    assert "validation" in done.stderr and "min_entropy" in done.stderr
    assert leaksift("rules", "test").returncode == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", "x = 1\n"), ("a.json", "{}"), ("a.json", "["), ("a.yml", "a: ["), ("a.txt", "?")],
)
def test_what_is_no_settings_file_is_one_line(
    leaksift: Run, tmp_path: Path, name: str, text: str
) -> None:
    write(tmp_path, name, text)
    done = leaksift("rules", "import", name)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert name in done.stderr
