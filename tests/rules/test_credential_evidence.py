"""What the rules for passwords and keys take for one, by name, place and value."""

import base64
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.rule import parse_rules, preset_bytes
from leaksift.rules.validators import VALIDATORS, Candidate
from leaksift.rules.validators.evidence import WEIGHTS, name_kind, score


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    rules = [
        rule for name in ("schemes", "generic") for rule in parse_rules(preset_bytes(name), name)
    ]
    return RuleDetector(rules)


def values(detector: RuleDetector, text: str, path: str = "settings") -> list[str]:
    [spans] = detector.detect([Document(path, text, len(text))])
    return [text[span.start : span.end] for span in spans]


STRONG = "Grue7" + "7lamp!"

PLACES = [
    "password = '{}'",
    "'password' => '{}',",
    'password := "{}"',
    "<db-password>{}</db-password>",
    '<add key="SmtpPassword" value="{}"/>',
    'setPassword("{}")',
    'config.put("db.password", "{}")',
    "- name: DB_PASSWORD\n  value: {}",
    "const password = process.env.DB_PASSWORD || '{}'",
    'if password == "{}":',
    '#define DB_PASSWORD "{}"',
    'variable "db_password" {{\n  default = "{}"\n}}',
    '$env:DB_PASSWORD = "{}"',
    "contraseña: {}",
    "пароль: {}",
    "密码：{}",
    '{{"body": "{{\\"password\\": \\"{}\\"}}"}}',
    "postgres://svc:{}@db.madeup.invalid/app",
    "CREATE USER svc IDENTIFIED BY '{}'",
    "sshpass -p '{}' ssh host",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_strong_password_is_found_wherever_languages_and_settings_put_it(detector, place):
    assert STRONG in values(detector, place.format(STRONG))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", ["${DB_PASSWORD}", "{{ password }}", "********", "$(cat /run/p)"])
def test_what_stands_for_a_password_is_none_there(detector, place, value):
    assert value not in values(
        detector, place.replace("{}", value).replace("{{", "{").replace("}}", "}")
    )


@pytest.mark.parametrize(
    "line",
    [
        "password = other_password1",
        "token: Token2 = load()",
        'token = r"[-!#$a-zA-Z0-9]+"',
        'password_hash = "$2b$12$abcdefghijklmnopqrstuv"',
        'public_key = "0e3cf3c5966647b2b1a81b61c70107f3"',
        'next_page_token = "0e3cf3c5966647b2b1a81b61c70107f3"',
        "KEYWORDS = ['pass', 'raise', 'return', 'try']",
    ],
)
def test_code_that_only_speaks_of_credentials_is_quiet(detector, line):
    assert values(detector, line, "module.py") == []


def test_a_bare_word_is_a_name_in_code_and_a_value_in_settings(detector):
    assert values(detector, "password: lanternfish\n", "application.yml") == ["lanternfish"]
    assert values(detector, "password: lanternfish\n", "module.py") == []


def test_a_word_is_found_as_a_weak_password_and_a_mixture_as_a_strong_one(detector):
    [spans] = detector.detect([Document("x", 'password="lanternfish"', 22)])
    assert {span.rule for span in spans} == {"generic-weak-password"}
    [spans] = detector.detect([Document("x", f'password="{STRONG}"', 22)])
    assert {span.rule for span in spans} == {"generic-credential"}


def test_basic_credentials_in_another_encoding_count_behind_the_header_only():
    payload = base64.b64encode(b"svc:\xe4\xf6\xfc\xdf7Kq\xff\xfe\x91zR").decode()
    for before, verdict in (("Authorization: Basic ", True), ("a basic ", False)):
        text = before + payload
        assert VALIDATORS["http-basic"](Candidate(text, len(before), len(text))) is verdict


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("db_password", "password"),
        ("smtpPass", "pass"),
        ("CLIENT_SECRET", "secret"),
        ("accessToken", "token"),
        ("api-key", "key"),
        ("sort_key", "other"),
        ("username", None),
    ],
)
def test_a_name_promises_a_kind_of_credential(name, kind):
    assert name_kind(name) == kind


def test_a_stronger_value_never_makes_a_place_less_convincing():
    place = {"always", "quoted", "name password"}
    for better, worse in (("mixed", "title"), ("random", "camel"), ("hexadecimal", "words")):
        scores = [
            score(frozenset(place | {f"value {looks}", f"password: {looks}"}))
            for looks in (better, worse)
        ]
        assert scores[0] > scores[1]


@given(st.frozensets(st.sampled_from(sorted(WEIGHTS))))
def test_the_sum_of_the_evidence_is_exact_whatever_its_order(observed: frozenset[str]) -> None:
    assert score(observed) == float(sum(Fraction(WEIGHTS[name]) for name in observed))
