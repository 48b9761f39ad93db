"""Private keys in all spellings: a whole key is one finding, what only looks like one is none."""

import base64
import hashlib
import random

import pytest

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.rules.validators import VALIDATORS, Candidate

_RANDOM = random.Random(20261122)
DASHES = "-" * 5


def body(size=600):
    data = b"\x30\x82" + size.to_bytes(2, "big") + _RANDOM.randbytes(size)
    return base64.b64encode(data).decode()


def lines(text, width=64):
    return [text[at : at + width] for at in range(0, len(text), width)]


def block(kind, content):
    return [f"{DASHES}BEGIN {kind}{DASHES}", *content, f"{DASHES}END {kind}{DASHES}"]


@pytest.fixture(scope="module")
def detector():
    return RuleDetector(load_presets(("keys",)))


def found(detector, text):
    document = Document("a", text, len(text))
    [spans] = detector.detect([document])
    return [
        (span.rule, document.line_at(span.start), document.line_at(span.end - 1))
        for span in merge(spans)
    ]


KEY = block("RSA PRIVATE " + "KEY", lines(body()))
SPELLINGS = {
    "plain": "\n".join(KEY),
    "windows": "\r\n".join(KEY),
    "indented": "\n".join("    " + line for line in KEY),
    "json": '{"key": "' + "\\n".join(KEY) + '"}',
    "json twice": '"{\\"key\\": \\"' + "\\\\n".join(KEY) + '\\"}"',
    "one line": " ".join(KEY),
    "environment": 'KEY="' + "\\n".join(KEY) + '"',
    "joined by plus": " +\n".join(f'  "{line}\\n"' for line in KEY),
    "joined by nothing": "\n".join(f'    "{line}\\n"' for line in KEY),
    "joined by dots": " .\n".join(f"'{line}'" for line in KEY),
    "continued": "\\\n".join(f"{line}\\n" for line in KEY),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_is_one_finding_over_all_its_lines(detector, spelling):
    text = "first line\n" + SPELLINGS[spelling] + "\nlast line"
    last = text.count("\n")
    assert found(detector, text) == [("private-key", 2, last)]


@pytest.mark.parametrize(
    "kind", ["", "RSA ", "EC ", "DSA ", "ANY ", "ED25519 ", "ENCRYPTED ", "OPENSSH "]
)
def test_keys_of_all_kinds_are_found_and_encrypted_ones_are_told_apart(detector, kind):
    text = "\n".join(block(f"{kind}PRIVATE " + "KEY", lines(body())))
    expected = "encrypted-private-key" if kind == "ENCRYPTED " else "private-key"
    assert [rule for rule, _, _ in found(detector, text)] == [expected]


@pytest.mark.parametrize(
    "content",
    [
        [],
        ["..."],
        ["MIIEpAIBAAKCAQEA..."],
        ["MIIEpAIBAAKCAQEA", "...", "3f7Q=="],
        ["<paste your key here>"],
        ["x" * 64] * 8,
        ["your private key goes here and nowhere else"] * 6,
        [base64.b64encode(b"just a sentence, and no key at all").decode()],
    ],
)
def test_marks_around_something_else_are_no_key(detector, content):
    assert found(detector, "\n".join(block("RSA PRIVATE " + "KEY", content))) == []


@pytest.mark.parametrize(
    "kind", ["PUBLIC KEY", "CERTIFICATE", "CERTIFICATE REQUEST", "DH PARAMETERS"]
)
def test_what_may_be_public_is_no_key(detector, kind):
    assert found(detector, "\n".join(block(kind, lines(body())))) == []


def test_two_keys_in_a_file_are_two_findings(detector):
    text = "\n".join([*KEY, *block("CERTIFICATE", lines(body())), *KEY])
    assert [rule for rule, _, _ in found(detector, text)] == ["private-key"] * 2


def says(name, value):
    return VALIDATORS[name](Candidate(value, 0, len(value)))


def test_the_checksum_of_a_wallet_key_counts():
    # Base58Check of a made-up key: the version of the main network, and the mark of a compressed
    # public key.
    data = b"\x80" + bytes(range(32)) + b"\x01"
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    digits, number = "", int.from_bytes(data, "big")
    while number:
        number, digit = divmod(number, 58)
        digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + digits
    assert says("base58-key", digits)
    assert not says("base58-key", digits[:-1] + ("2" if digits[-1] != "2" else "3"))


def test_the_checksum_of_a_recovery_phrase_counts():
    phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"  # BIP 39
    assert says("mnemonic", phrase)
    assert not says("mnemonic", phrase.replace("yellow", "year"))
    assert not says("mnemonic", " ".join(["abandon"] * 11 + ["about"]))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("$2y$10$" + "Kx2mQztR" * 6 + "p7LrW", True),
        ("$apr1$r31Kettl$HqJZimcKQFAMYayBlzkrA/", True),
        ("{SHA}2PRZAyDhNDqRW2OUFwZQqPNcaSY=", True),
        ("*" * 41, False),
        ("x", False),
        ("aaaaaaaaaaaaa", False),
        ("$6$salt$hash", False),
    ],
)
def test_a_password_hash_has_a_known_form(value, verdict):
    assert says("password-hash", value) is verdict


@pytest.mark.parametrize(
    ("pair", "verdict"),
    [
        ("deployer:kettle7drum", True),
        ("user:password", False),
        ("user:", False),
        ("user:${PASSWORD}", False),
        ("nothing", False),
    ],
)
def test_user_and_password_in_base64_are_decoded(pair, verdict):
    assert says("user-and-password", base64.b64encode(pair.encode()).decode()) is verdict
