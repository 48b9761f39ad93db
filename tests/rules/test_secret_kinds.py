"""The family `secrets`: hundreds of kinds in one folder, told by their form or by their name."""

import base64
import json
import random
import re
import string
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leaksift.rules
from leaksift.document import Document
from leaksift.rules.assigned import with_pattern
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import parse_rules, preset_bytes
from leaksift.rules.validators import VALIDATORS, Candidate

FOLDER = Path(leaksift.rules.__file__).parent / "presets" / "secrets"
FILES = sorted(FOLDER.glob("*.toml"))
HEX = random.Random(7).randbytes(20).hex()
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

RULE = """
[[rules]]
id = "acme-token"
title = "Acme token"
why = "Opens Acme."
fix = "Revoke it."
severity = "block"
label = "secret"
assigned.to = ["acme", "road_runner", "ac_"]
assigned.named = ["api_token", "secret"]
assigned.value = '[a-f0-9]{40}'
precision = "medium"
security-severity = 7.0
cwe = 798
"""
[ACME] = parse_rules(RULE.encode(), "test")


def values(text: str) -> list[str]:
    [spans] = RuleDetector([ACME]).detect([Document("a.txt", text, len(text))])
    return [text[span.start : span.end] for span in spans]


def passes(validator: str, value: str) -> bool:
    return VALIDATORS[validator](Candidate(value, 0, len(value)))


def test_the_family_knows_at_least_310_kinds_of_credential():
    assert len(load_presets(["secrets"])) >= 310


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_of_the_family_is_a_preset_of_its_own(file):
    rules = parse_rules(file.read_bytes(), file.name)
    assert {rule.info.id for rule in rules} <= {rule.info.id for rule in load_presets(["secrets"])}


def test_the_family_is_all_files_of_its_folder():
    count = sum(len(parse_rules(file.read_bytes(), file.name)) for file in FILES)
    assert len(parse_rules(preset_bytes("secrets"), "secrets")) == count


def test_rules_from_the_cache_are_those_of_the_files(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAKSIFT_CACHE_DIR", str(tmp_path))
    families = ["secrets", "files", "pii"]
    parsed = load_presets(families)
    assert list(tmp_path.iterdir())
    assert load_presets(families) == parsed
    assert parsed == tuple(
        replace(rule, info=replace(rule.info, family=name))
        for name in families
        for rule in parse_rules(preset_bytes(name), name)
    )


@pytest.mark.parametrize(
    "text",
    [
        f"ACME_API_TOKEN={HEX}",
        f"export ROAD_RUNNER_SECRET='{HEX}'",
        f'"acmeApiToken": "{HEX}",',
        f"acme:\n  api_token: {HEX}\n",
        f"[acme]\nsecret = {HEX}\n",
        f"new Acme({{ secret: '{HEX}' }})",
        f"acme.api.token: {HEX}",
        f"- name: ACME_SECRET\n  value: {HEX}\n",
        f'<add key="AcmeSecret" value="{HEX}" />',
        f"<acme-secret>{HEX}</acme-secret>",
        f'os.getenv("ACME_SECRET", "{HEX}")',
        f'const acmeSecret: string = "{HEX}";',
        f"acme-cli --acme-secret {HEX}",
        f"AC_SECRET={HEX}",
    ],
)
def test_an_assigned_value_is_found_in_the_syntax_of_any_language(text):
    assert values(text) == [HEX]


@pytest.mark.parametrize(
    "text",
    [
        f"API_TOKEN={HEX}",
        f"ACME_COMMIT={HEX}",
        f"ACME_SECRET_HASH={HEX}",
        f"ACME_PUBLIC_SECRET={HEX}",
        f"acme_encrypted_secret: {HEX}",
        f"track_secret={HEX}",  # `ac` inside of a word
        f"account_secret={HEX}",  # `ac_` before a small letter
        f"ACME_SECRET={HEX}ab",
        f"ACME_SECRET={HEX}.{HEX}",
        f"ACME_SECRET={HEX}(",
        "ACME_SECRET=" + "0" * 40,
        "ACME_SECRET=" + ("0123456789abcdef" * 3)[:40],
        "ACME_SECRET=${ACME_SECRET}",
        f"acme = 1\n\nother_secret = {HEX}",
    ],
)
def test_what_only_looks_like_an_assigned_value_is_not_found(text):
    assert values(text) == []


@given(st.binary(min_size=20, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_random_assigned_value_is_found_and_nothing_around_it(data):
    value = data.hex()
    if not any(c.isalpha() for c in value) or len(set(value)) < 10:
        return
    assert values(f"# é 🙂\nACME_API_TOKEN = {value}\n") == [value]


def test_assigned_stands_for_a_pattern_and_names_all_three_keys():
    whole = {"to": ["acme"], "named": ["key"], "value": "[a-z]{9}"}
    assert re.compile(with_pattern({"assigned": whole})["pattern"])
    for wrong in ({"to": ["acme"]}, whole | {"more": 1}, "acme"):
        with pytest.raises(ValueError, match="assigned"):
            with_pattern({"assigned": wrong})
    with pytest.raises(ValueError, match="assigned"):
        with_pattern({"assigned": whole, "pattern": "x"})


@given(st.text(string.ascii_letters + string.digits, min_size=32, max_size=32))
def test_a_grafana_token_is_known_by_its_checksum(secret):
    body = "glsa_" + secret
    checksum = zlib.crc32(body.encode()).to_bytes(4, "little").hex()
    assert passes("grafana-token", f"{body}_{checksum}")
    assert not passes("grafana-token", f"{body}_{int(checksum, 16) ^ 1:08x}")


@given(st.integers(0, (1 << 40) - 1), st.text(UPPER, min_size=8, max_size=8))
def test_a_newer_aws_key_id_holds_an_account_of_twelve_digits(account, rest):
    head = base64.b32encode((account << 7 | 1 << 47).to_bytes(6, "big")).decode()[:8]
    value = "AKIA" + head + rest
    if len(set(value[4:])) >= 6:
        assert passes("aws-access-key-id", value) == (account <= 999_999_999_999)


def test_an_older_aws_key_id_holds_no_account():
    assert passes("aws-access-key-id", "AKIA" + "I" + "ZYXWVUT" + "765432BC")


def test_a_token_with_an_inner_object_is_opened():
    inner = base64.b64encode(json.dumps({"o": "1", "k": "x" * 30}).encode()).decode()
    assert passes("json-payload", "glc_" + inner)
    assert not passes("json-payload", "glc_eyJ" + "Q" * 60)
    assert passes("sentry-token", f"sntrys_{inner}_{'a1' * 21}b")
    assert not passes("sentry-token", f"sntrys_eyJ{'Q' * 60}_{'a1' * 21}b")


def test_tokens_that_hold_their_own_kind_are_opened():
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode().rstrip("=")

    uuid = "0b7f4e2a_91c3_4d5e_8f60_7182a3b4c5d6"
    assert passes("intercom-token", encoded(f"tok:{uuid}:1:0"))
    assert not passes("intercom-token", encoded(f"tok:{uuid}:one:two"))
    assert passes("jfrog-reference-token", encoded("reftkn:01:1893456000:" + "aB3" * 9))
    assert not passes("jfrog-reference-token", encoded("reftkn:01:not-a-date:" + "aB3" * 9))
    tunnel = {"a": "0" * 32, "t": uuid, "s": "c2VjcmV0"}
    assert passes("cloudflare-tunnel-token", encoded(json.dumps(tunnel)))
    assert not passes("cloudflare-tunnel-token", encoded(json.dumps({"a": "0" * 32})))
