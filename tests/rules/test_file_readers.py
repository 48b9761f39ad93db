"""Readers of known files: what they get out of a file, and that no file can upset them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.errors import ConfigError
from leaksift.rules.engine import RuleDetector
from leaksift.rules.files import json, kubernetes, netrc, settings, source, xml, yaml
from leaksift.rules.files.credential_names import is_credential
from leaksift.rules.paths import PathIndex, matches
from leaksift.rules.rule import parse_rules

READERS = {
    "settings": settings.settings,
    "words": settings.words,
    "json": json.entries,
    "yaml": yaml.entries,
    "xml": xml.entries,
    "source": source.entries,
    "netrc": netrc.entries,
    "kubernetes": kubernetes.entries,
}
each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def read(name, text):
    return {"/".join(entry.names): entry.value for entry in READERS[name](text)}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("settings", "[a b]\nc = d # e\n", {"a/b/c": "d"}),
        ("settings", 'export A="b c"\n', {"A": "b c"}),
        ("settings", "#a=b\n", {"a": "b"}),
        ("settings", 'x "y" {\n  z = "1"\n}\nq = 2', {'x "y/z': "1", "q": "2"}),
        ("settings", 'variable "key" {\n  default = "v"\n}', {"key": "v"}),
        ("words", "bindpw  secret1\n# bindpw secret2\n", {"bindpw": "secret1"}),
        ("json", '{"a": {"b": "c\\"d"}, "e": [{"f": 1}]}', {"a/b": 'c"d', "e/f": "1"}),
        ("json", '{"a": "b", // "c": "d"\n}', {"a": "b"}),
        ("json", '[{"name": "N", "value": "v"}]', {"name": "N", "value": "v", "N": "v"}),
        (
            "yaml",
            "a:\n  b: c # d\n  e: 'f''g'\nh: \"i\\nj\"\n",
            {"a/b": "c", "a/e": "f'g", "h": "i\nj"},
        ),
        ("yaml", "a:\n- b: c\n  d: e\nf: g\n", {"a/b": "c", "a/d": "e", "f": "g"}),
        ("yaml", "a: |\n  b\n  c\nd: e\n", {"a": "b\n  c", "d": "e"}),
        ("yaml", "a: !vault |\n  b: c\nd: e\n", {"d": "e"}),
        ("yaml", "env:\n  - A=b\n", {"env": "A=b", "env/A": "b"}),
        ("yaml", "a: {b: c, d: 'e'}\n", {"a/b": "c", "a/d": "e"}),
        ("xml", "<a><b c='d'>e&amp;f</b><!-- <g>h</g> --></a>", {"a/b/@c": "d", "a/b": "e&f"}),
        ("xml", "<a><![CDATA[b]]></a>", {"a": "b"}),
        ("xml", '<a><p name="n">v</p></a>', {"a/p/@name": "n", "a/p": "v", "a/p/n": "v"}),
        ("source", "$x['a'] = 'b'; define('C', \"d\"); e: 'f'", {"a": "b", "C": "d", "e": "f"}),
        ("source", "call('a', 'b')", {}),
        ("netrc", "machine a login b password c", {"machine/login": "b", "machine/password": "c"}),
        ("netrc", "machine a login anonymous password me", {}),
        ("kubernetes", "kind: Secret\ndata:\n  a: a2V0dGxlN2RydW0=\n", {"data/a": "kettle7drum"}),
        ("kubernetes", "kind: ConfigMap\ndata:\n  a: a2V0dGxlN2RydW0=\n", {}),
    ],
)
def test_a_reader_gives_names_and_values(name, text, expected):
    found = read(name, text)
    assert {names: found.get(names) for names in expected} == expected
    assert expected or not found


@each_reader
@given(st.text(alphabet="ab:='\"{}[]<>/&!|-#\\ \t\n\réA0", max_size=120))
def test_no_text_upsets_a_reader_and_every_place_is_in_it(reader, text):
    for entry in reader(text):
        assert 0 <= entry.start <= entry.end <= len(text)
        assert entry.names


@each_reader
@given(value=st.text(alphabet="abcXYZ019", min_size=4, max_size=20))
def test_a_plain_value_stands_where_the_reader_says(reader, value):
    for text in (f"password: {value}\n", f"password = '{value}'\n", f'{{"password": "{value}"}}'):
        for entry in reader(text):
            if entry.value == value:
                assert text[entry.start : entry.end] == value


PIECES = [
    '"', "'", '\\"', "{", "[", "<a ", '<a b="', "<!--", "<![CDATA[", "</a>", "- ", "a: ", "a:\n ",
    "a='", "a: {b: ", "---\nkind: Secret\n", "machine ", "[a", "x {\n", "a" * 50, "${", "/*", " ",
    "&amp;", "a=b ", "name: a\n", "|", "a: |\n", "<b>x",
]  # fmt: skip


@each_reader
@pytest.mark.parametrize("piece", PIECES)
def test_a_reader_takes_time_by_the_length_of_the_text_alone(reader, piece):
    def seconds(length):
        text = (piece * (length // len(piece) + 1))[:length]
        begun = time.process_time()
        for _ in reader(text):
            pass
        return time.process_time() - begun

    assert any(seconds(200_000) < max(3 * seconds(100_000), 0.3) for _ in range(2))


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("DB_PASSWORD", "sunflower", True),
        ("db.password", "admin123", True),
        ("dbPass", "sunflower", True),
        ("smtppass", "sunflower", True),
        ("clientSecret", "8sKd92mNq0aZ", True),
        ("bypass", "sunflower", False),
        ("password", "password", False),
        ("password_file", "sunflower", False),
        ("token_url", "8sKd92mNq0aZ", False),
        ("csrf_token", "8sKd92mNq0aZ", False),
        ("password", "/run/secrets/db", False),
        ("password", "https://widgets.io/reset", False),
        ("password", "Enter your password", False),
        ("secret", "true", False),
        ("api_key", "words-of-a-name", False),
    ],
)
def test_a_setting_is_a_credential_by_its_name_and_value(name, value, verdict):
    assert is_credential(name, value) is verdict


@pytest.mark.parametrize(
    ("pattern", "name", "verdict"),
    [
        (".netrc", ".netrc", True),
        ("*.tfstate", "a.tfstate", True),
        ("*.tfstate", "tfstate", False),
        ("a*a", "a", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "acb", False),
        ("*", "", True),
    ],
)
def test_a_star_stands_for_anything(pattern, name, verdict):
    assert matches(pattern, name) is verdict


def test_a_path_asks_for_the_rules_whose_patterns_fit_its_end():
    index = PathIndex({1: [".docker/config.json"], 2: ["config.json"], 3: ["*.json"], 4: ["con*"]})
    assert index.rules_for("home/.docker/config.json") == {1, 2, 3, 4}
    assert index.rules_for("CONFIG.JSON") == {2, 3, 4}
    assert index.rules_for("docker/x.json") == {3}
    assert index.rules_for("") == set()


RULE = """
[[rules]]
id = "gate-code"
title = "Gate code"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
paths = ["gates.json"]
format = "json"
names = ["gates/*/code"]
precision = "high"
security-severity = 5
cwe = 798
"""


def test_a_rule_of_ones_own_picks_entries_of_a_file():
    detector = RuleDetector(parse_rules(RULE.encode(), "test"))
    text = '{"gates": {"north": {"code": "abcd"}}, "code": "efgh"}'
    for path, found in (("a/gates.json", ["abcd"]), ("other.json", [])):
        [spans] = detector.detect([Document(path, text, len(text))])
        assert [text[span.start : span.end] for span in spans] == found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('format = "json"', 'format = "csv"', "format is one of"),
        ('paths = ["gates.json"]', "", "a format needs paths or an anchor"),
        ('format = "json"', "", "names without format"),
        ('format = "json"', 'format = "lines"', "pattern and format"),
    ],
)
def test_a_mistake_in_where_a_rule_looks_is_named(old, new, message):
    with pytest.raises(ConfigError, match=message):
        parse_rules(RULE.replace(old, new).encode(), "test")


def test_a_pattern_with_paths_counts_in_those_files_only():
    rule = RULE.replace('format = "json"\nnames = ["gates/*/code"]', "pattern = 'code[0-9]{3}'")
    detector = RuleDetector(parse_rules(rule.encode(), "test"))
    text = "code123"
    for path, count in (("gates.json", 1), ("other.json", 0)):
        [spans] = detector.detect([Document(path, text, len(text))])
        assert len(spans) == count
