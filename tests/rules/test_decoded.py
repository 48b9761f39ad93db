"""What is spelled in another way is found, at the place of its spelling."""

import base64
import html
import json
import textwrap
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift import load_config
from leaksift.detect import detect
from leaksift.document import Document
from leaksift.finding import Span
from leaksift.pipeline import Target, scan
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github_token(body: str) -> str:
    """A made-up token with the right checksum."""
    number, check = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        check = _DIGITS[digit] + check
    return "ghp_" + body + check.rjust(6, "0")


TOKEN = github_token("x1Yk2mQ9vB7rT4wZ8pL6sN3dF5gH0j")
PASSWORD = "Grue7-" + "lamp!9"
SETTINGS = f"# settings\nDB_HOST=db.acme.io\nTOKEN={TOKEN}\nDB_PASSWORD={PASSWORD}\n"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    return RuleDetector(load_presets(["secrets", "keys", "schemes", "generic"]))


def spans(detector: RuleDetector, text: str, path: str = "notes.txt") -> list[Span]:
    [reading] = detect([Document(path, text, len(text))], [detector])
    return reading.spans


def found(detector: RuleDetector, text: str) -> list[tuple[str, str]]:
    """Rule and spelling of what is found."""
    return [(span.rule, text[span.start : span.end]) for span in spans(detector, text)]


def each(form: str) -> str:
    """Every character of the token in the form, such as `%{:02x}`."""
    return "".join(form.format(ord(char)) for char in TOKEN)


SPELLINGS = {
    "percent": each("%{:02X}"),
    "unicode": each("\\u{:04x}"),
    "long unicode": each("\\U{:08x}"),
    "braces": each("\\u{{{:x}}}"),
    "hexadecimal escapes": each("\\x{:02x}"),
    "decimal references": each("&#{};"),
    "references": each("&#x{:x};"),
    "one escape": TOKEN.replace("_", "\\u005f"),
    "one percent": TOKEN.replace("_", "%5F"),
    "added literals": TOKEN[:12] + "' + '" + TOKEN[12:],
    "adjoining literals": TOKEN[:12] + '"\n    "' + TOKEN[12:],
    "literals over a continued line": TOKEN[:12] + '" + \\\n    "' + TOKEN[12:],
    "PHP literals": TOKEN[:12] + "' . '" + TOKEN[12:],
    "a continued line": TOKEN[:12] + "\\\n" + TOKEN[12:],
    "a continued line in YAML": TOKEN[:12] + "\\\n    " + TOKEN[12:],
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_escaped_token_is_found_exactly_where_it_is_spelled(
    detector: RuleDetector, name: str
) -> None:
    spelling = SPELLINGS[name]
    [span] = spans(detector, f"é x = '{spelling}'; y = 1")
    assert (span.rule, span.start, span.end) == ("github-token", 7, 7 + len(spelling))
    assert span.decoded is not None
    assert span.decoded.reveal() == TOKEN


@pytest.mark.parametrize("before", ["\n", "\t", '"', "/", "\r\n"])
def test_a_token_behind_an_escape_in_json_is_found(detector: RuleDetector, before: str) -> None:
    text = json.dumps({"a": f"first{before}{TOKEN}{before}last"})
    assert found(detector, text) == [("github-token", TOKEN)]


def test_a_password_in_an_encoded_address_is_found(detector: RuleDetector) -> None:
    address = quote(f"postgres://app:{PASSWORD}@db.acme.io/x", safe="")
    text = f"https://acme.io/?next={address}"
    assert found(detector, text) == [("url-credentials", quote(PASSWORD))]
    value = "IjtiTy8g" + "MtwbKJ9z3qGfpONwgj2gJeNB"
    link = html.escape(f"https://acme.io/?page=2&access_token={value}")
    assert ("url-query-credential", value) in found(detector, f'<a href="{link}">')


@pytest.mark.parametrize("alphabet", ["standard", "url"])
@pytest.mark.parametrize("padded", [True, False])
def test_base64_is_decoded_in_both_alphabets_with_and_without_padding(
    detector: RuleDetector, alphabet: str, padded: bool
) -> None:
    encode = base64.b64encode if alphabet == "standard" else base64.urlsafe_b64encode
    encoded = encode(f"{SETTINGS}# é??>>".encode()).decode()
    encoded = encoded if padded else encoded.rstrip("=")
    text = f"data: '{encoded}'"
    for span in spans(detector, text):
        groups = text[span.start : span.end]
        # Whole groups of four, and not one more than the value needs.
        assert (span.start - text.index(encoded)) % 4 == 0
        decoded = base64.urlsafe_b64decode(groups.replace("+", "-").replace("/", "_") + "==")
        value = span.decoded.reveal() if span.decoded else ""
        assert value.encode() in decoded
        assert len(decoded) < len(value) + 6
    assert [span.rule for span in spans(detector, text)] == ["github-token", "generic-credential"]


@pytest.mark.parametrize("width", [60, 64, 76])
@pytest.mark.parametrize("wrap", ["\n", "\r\n", "\n    ", "\\n", '"\n  "', '" +\n "', "\n# "])
def test_wrapped_base64_is_one_text(detector: RuleDetector, width: int, wrap: str) -> None:
    for shift in range(0, 60, 7):
        body = in_base64("x" * shift + " " + "some words before. " * 4 + SETTINGS)
        text = 'x: "' + wrap.join(textwrap.wrap(body, width)) + '"\nend: 1'
        [span] = [span for span in spans(detector, text) if span.rule == "github-token"]
        assert span.decoded is not None
        assert span.decoded.reveal() == TOKEN
        start = text.index(body[:20])
        assert start <= span.start < span.end <= text.index("end: 1")


def test_hexadecimal_and_powershell_are_decoded(detector: RuleDetector) -> None:
    digits = SETTINGS.encode().hex()
    assert ("github-token", TOKEN.encode().hex()) in found(detector, f"blob = {digits}")
    command = base64.b64encode(f'$t = "{TOKEN}"'.encode("utf-16-le")).decode()
    assert [rule for rule, _ in found(detector, f"powershell -enc {command}")] == ["github-token"]


def test_a_broad_rule_looks_into_a_decoded_document_only(detector: RuleDetector) -> None:
    line = f'db_password = "{PASSWORD}"'
    document = json.dumps({"user": "svc", "password": PASSWORD})
    assert [rule for rule, _ in found(detector, "x: " + in_base64(document))] == [
        "generic-credential"
    ]
    assert found(detector, "x: " + in_base64(f"some prose, then {line} and more of it")) == []


def test_three_spellings_within_each_other_are_read(detector: RuleDetector) -> None:
    text = SETTINGS
    for _ in range(3):
        text = "x: " + in_base64(text)
        assert "github-token" in [rule for rule, _ in found(detector, text)]


def test_what_is_encoded_too_often_is_named() -> None:
    detector = RuleDetector(load_presets(["secrets"]))
    text = SETTINGS
    for _ in range(20):
        text = in_base64(text)
    assert found(detector, f"{text}\n{TOKEN}") == [("github-token", TOKEN)]
    assert [(one.path, one.reason) for one in detector.skipped] == [("notes.txt", "encoded")]


def test_what_is_encoded_too_often_is_reported_as_not_scanned(tmp_path: Path) -> None:
    text = SETTINGS
    for _ in range(6):
        text = in_base64(text)
    (tmp_path / "deep.txt").write_text(text)
    loaded = load_config(tmp_path, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(tmp_path),)), loaded)
    assert [one.reason for one in result.skipped] == ["encoded"]
    assert result.summary.files == 1


def test_the_text_comes_before_what_it_spells(detector: RuleDetector) -> None:
    # The claims of a token are JSON in base64, and its whole is a finding of its own.
    claims = in_base64(json.dumps({"password": PASSWORD, "user": "svc"})).rstrip("=")
    header = in_base64('{"alg":"HS256","typ":"JWT"}').rstrip("=")
    token = f"{header}.{claims}.{'Qx7Zk2Lm9Rw4Tb6Yp1Vn8Hs3'}"
    assert [spelling for _, spelling in found(detector, f"x = {token}")] == [token]


def test_plain_text_gives_nothing_to_decode(detector: RuleDetector) -> None:
    text = "The quick brown fox jumps over internationalization_of_everything/and/more " * 50
    assert detector._scan(text).encoded == {}


@given(
    st.text(max_size=30),
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=30),
    st.sampled_from(["base64", "hex", "percent", "json"]),
)
def test_wherever_a_token_is_encoded_its_range_spells_it(
    before: str, inside: str, spelling: str
) -> None:
    message = f"settings for all {inside} {TOKEN} {inside}"
    encoded = {
        "base64": in_base64(message),
        "hex": message.encode().hex(),
        "percent": quote(message.replace(TOKEN, TOKEN.replace("_", "%5F")), safe="%"),
        "json": json.dumps(message.replace(" ", "\n")),
    }[spelling]
    text = f"{before}\n: {encoded}"
    [reading] = detect([Document("a", text, len(text))], [_SECRETS])
    mine = [span for span in reading.spans if span.rule == "github-token"]
    assert len(mine) == 1
    start = len(before) + 3
    assert start <= mine[0].start < mine[0].end <= len(text)
    value = mine[0].decoded.reveal() if mine[0].decoded else text[mine[0].start : mine[0].end]
    assert value == TOKEN


_SECRETS = RuleDetector(load_presets(["secrets"]))


def test_no_decoded_value_is_in_a_report(tmp_path: Path) -> None:
    (tmp_path / "values.txt").write_text("x: " + in_base64(SETTINGS))
    loaded = load_config(tmp_path, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(tmp_path),)), loaded)
    assert len(result.findings) == 2
    assert TOKEN not in repr(result)
    assert PASSWORD not in repr(result)


def test_a_known_example_is_one_in_any_spelling(tmp_path: Path) -> None:
    example = "AKIA" + "IOSFODNN7" + "EXAMPLE"
    (tmp_path / "values.txt").write_text("x: " + in_base64(f"aws_access_key_id = {example}\n"))
    loaded = load_config(tmp_path, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(tmp_path),)), loaded)
    assert result.findings == ()
    assert result.summary.allowed == {"example": 1}
