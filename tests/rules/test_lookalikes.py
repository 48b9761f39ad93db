"""Vetoes: what only looks like a credential is none to a broad rule, and no veto binds a form."""

import base64

import pytest

from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.lookalikes import lookalike
from leaksift.rules.rule import parse_rules
from leaksift.rules.validators.candidate import Candidate

RULES = r"""
[[rules]]
id = "broad"
title = "Broad"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
pattern = '''(?:key|token|[a-z0-9_]{2,20})["']?\s?[:=]\s?["']?(?P<value>[^\s"']{8,200})'''
precision = "medium"
security-severity = 5
cwe = 798
generic = true

[[rules]]
id = "form"
title = "Form"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
pattern = 'frm_[A-Za-z0-9]{26}'
precision = "high"
security-severity = 5
cwe = 798
"""


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    return RuleDetector(parse_rules(RULES.encode(), "test"))


def found(detector: RuleDetector, text: str, path: str = "a.py") -> list[str]:
    [spans] = detector.detect([Document(path, text, len(text))])
    return [span.rule for span in spans]


RANDOM = "q7Zk2LmR9wTb4Yp1VnH8" + "s3Xc"
HEX40 = "3f786850e387550fdab836ed" + "7e6dc881de23001b"

LOOKALIKES = [
    f'sha1 = "{HEX40}"',
    f'"commit": "{HEX40}"',
    f"image_digest: {HEX40}",
    f"etag={HEX40[:32]}",
    'integrity = "' + base64.b64encode(b"q" * 10 + bytes(range(22))).decode() + '"',
    'request_id = "123e4567-e89b-12d3-a456-426614174000"',
    'key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"',
    'key = "0123456789abcdef"',
    'token = "xxxxxxxxxxxxxxxxxxxx"',
    'key = "loremipsum-dolor-ipsum-amet"',
    'key = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"',
    'token = "' + base64.b64encode(b"your password here").decode() + '"',
    'token = "getAccessTokenProvider"',
    'key = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"',
    "key=data:font/woff2;base64,q7Zk2LmR9wTb4Yp1VnH8",
]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_a_lookalike_is_no_finding_of_a_broad_rule(detector: RuleDetector, text: str) -> None:
    value = text.partition("=" if "=" in text.split(":")[0] else ":")[2].strip(' "')
    at = text.index(value)
    if value.startswith("data:"):
        at, value = at + len("data:font/woff2;base64,"), value[len("data:font/woff2;base64,") :]
        assert lookalike(Candidate(text, at, at + len(value))) is not None
        return
    assert found(detector, text) == []


@pytest.mark.parametrize(
    "path",
    ["package-lock.json", "web/yarn.lock", "Cargo.lock", "go.sum", "app.js.map", "x.svg", "a.css"],
)
def test_generated_files_are_nothing_for_a_broad_rule(detector: RuleDetector, path: str) -> None:
    assert found(detector, f'key = "{RANDOM}"', path) == []
    assert found(detector, f'key = "{RANDOM}"', "settings.py") == ["broad"]


@pytest.mark.parametrize(
    "text",
    [
        f'key = "{RANDOM}"',
        f'api_key = "{HEX40}"',
        'client_secret = "123e4567-e89b-12d3-a456-426614174000"',
        'key = "' + base64.b64encode(bytes(range(100, 130))).decode() + '"',
        'hash_key = "Tr0ub4dor&3-horse"',
    ],
)
def test_what_can_be_a_credential_stays_one(detector: RuleDetector, text: str) -> None:
    assert found(detector, text) == ["broad"]


def test_a_rule_for_a_form_has_no_veto(detector: RuleDetector) -> None:
    text = 'sha256 = "frm_ABCDEFGHIJKLMNOPQRSTUVWXYZ"'
    assert found(detector, text, "yarn.lock") == ["form"]
