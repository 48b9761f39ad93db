"""The validators: true values pass, values with one character changed or of another kind do not."""

import base64
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.rules.validators import VALIDATORS, Candidate
from leaksift.rules.validators.checksum import base62_crc32
from leaksift.rules.validators.literal import is_literal

UUID = "20999d87-e304-4725-ad84-832dcbfd7fc5"

base62 = st.text(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=30, max_size=30
)


def says(name: str, value: str, before: str = "", after: str = "") -> bool:
    text = before + value + after
    return VALIDATORS[name](Candidate(text, len(before), len(before) + len(value)))


def assigned(line: str, value: str) -> bool:
    start = line.index(value)
    candidate = Candidate(line, start, start + len(value))
    return VALIDATORS["credential"](candidate) or VALIDATORS["weak-credential"](candidate)


def encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def test_the_checksum_is_the_one_that_github_published():
    # Worked out in GitHub's article on its token formats.
    assert base62_crc32("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


@given(base62)
def test_a_token_with_its_own_checksum_passes_and_no_other(body):
    good = base62_crc32(body)
    other = good[:-1] + ("a" if good[-1] != "a" else "b")
    for name, prefix in (
        ("github-token", "gho_"),
        ("npm-token", "npm_"),
        ("github-app-token", "ghs_"),
    ):
        assert says(name, prefix + body + good)
        assert not says(name, prefix + body + other)


@pytest.mark.parametrize(
    ("header", "claims", "verdict"),
    [
        ({"alg": "HS256"}, {"sub": "x"}, True),
        ({"alg": "none"}, {"sub": "x"}, False),
        ({"typ": "JWT"}, {"sub": "x"}, False),
        ({"alg": "HS256"}, ["x"], False),
        ({"alg": "HS256"}, {"iss": "supabase", "role": "anon"}, False),
    ],
)
def test_a_json_web_token_is_opened(header, claims, verdict):
    assert says("jwt", f"{encoded(header)}.{encoded(claims)}.c2lnbmF0dXJl") is verdict


def test_a_deeply_nested_json_web_token_is_refused_without_an_error():
    deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * 100_000).decode()
    assert not says("jwt", f"{deep}.{deep}.c2lnbmF0dXJl")


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@given(st.text(min_size=1, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_no_validator_fails_on_any_text(name, value, before, after):
    # A pattern stands before every validator; those of checksums count on its form.
    forms = {
        "gitlab-routable": "glpat-aaaaaaaaaaaaaaaaaaaa.01.123456789",
        "github-app-token": "ghs_1_a.b.c",
        "pem": "-----BEGIN X-----" + value.replace("-", "") + "-----END X-----",
        "pgp": "-----BEGIN X-----" + value.replace("-", "") + "-----END X-----",
        "aba-routing-number": "021000089",
        "ssn": "536-22-8726",
        "payment-card": "4539 9820 0173 6040",
    }
    says(name, forms.get(name, value), before, after)


@pytest.mark.parametrize(
    ("pair", "verdict"),
    [
        ("svc:kettle7drum", True),
        ("user:password", False),
        ("svc:${PASSWORD}", False),
        ("no colon at all", False),
        ("bell:\a\a\a\a", False),
        ("Aladdin:open sesame", False),
    ],
)
def test_basic_credentials_are_decoded(pair, verdict):
    assert says("basic-auth", base64.b64encode(pair.encode()).decode()) is verdict


def test_a_private_key_needs_a_body_that_can_be_one():
    body = base64.b64encode(b"\x30\x82" + bytes(range(200))).decode()
    text = base64.b64encode(b"paste the key of the team here, please, and nothing else").decode()
    mark = "PRIVATE " + "KEY"
    assert says("pem", f"-----BEGIN {mark}-----\n{body}\n-----END {mark}-----")
    assert says("pem", f'-----BEGIN {mark}-----\\n{body}\\n" +\n  "-----END {mark}-----')
    assert not says("pem", f"-----BEGIN {mark}-----\n{text}\n-----END {mark}-----")
    assert not says("pem", f"-----BEGIN {mark}-----\n<your key>\n-----END {mark}-----")


REFERENCES = """
${DB_PASSWORD} $DB_PASSWORD $(cat) {{password}} %(password)s <password> os.environ['X'] #{password}
process.env.X config.password get_secret('x') %PASSWORD% {password} vault:secret/db arn:aws:ssm:x
ENC[abc] ******** xxxxxxxx abc...xyz aaaaaaa
""".split()


@pytest.mark.parametrize("value", REFERENCES)
def test_a_reference_or_a_mask_is_no_literal(value):
    assert not is_literal(value)


@pytest.mark.parametrize("value", ["Tr0ub4dor&3", "hunter2secret", "pa$$w0rd!9", "50%off-Grue"])
def test_a_password_with_odd_characters_is_a_literal(value):
    assert is_literal(value)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('db_password = "Tr0ub4dor&3"', "Tr0ub4dor&3"),
        ("PASSWORD=hunter2secret", "hunter2secret"),
        ("  password: winter2024", "winter2024"),
        ("export API_TOKEN=9f8e7d6c5b4a39281706f5e4", "9f8e7d6c5b4a39281706f5e4"),
        ('String password = "hunter42x";', "hunter42x"),
        ("'password' => 'Tr1cky#Pass',", "Tr1cky#Pass"),
        ("define('DB_PASSWORD', 'Winter2024!');", "Winter2024!"),
        ('<property name="password" value="Grue77lamp"/>', "Grue77lamp"),
        ("<password>Grue77lamp</password>", "Grue77lamp"),
        ("mysql -u app --password=Grue77lamp app", "Grue77lamp"),
        ("PGPASSWORD=Grue77lamp psql", "Grue77lamp"),
        ('let token = "b7f3a9c1d2e4f5a6b7c8d9e0";', "b7f3a9c1d2e4f5a6b7c8d9e0"),
        ("SECRET_KEY = 'django-7x!k#2m@9qv$z8&p1w^e4r*t6'", "django-7x!k#2m@9qv$z8&p1w^e4r*t6"),
        ("DB_PASSWORD=sunflower", "sunflower"),
        ('password   = "Bullace-29-lantern"', "Bullace-29-lantern"),
    ],
)
def test_a_credential_is_recognised_where_it_is_assigned(line, value):
    assert assigned(line, value)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('password = "password"', "password"),
        ('password = "mypassword"', "mypassword"),
        ('TOKEN_KEY = "access_token"', "access_token"),
        ("    token = other_token1", "other_token1"),
        ("def login(user, password: str2nd): pass", "str2nd"),
        ("    password: typing.Optional[bytes],", "typing.Optional[bytes],"),
        ('password = "abc1" + suffix', "abc1"),
        ('secret = "/run/secrets/db1"', "/run/secrets/db1"),
        ('token = "https://auth.invalid/token1"', "https://auth.invalid/token1"),
        ('"next_page_token": "9f8e7d6c5b4a39281706f5e4"', "9f8e7d6c5b4a39281706f5e4"),
        (f'"RequestToken": "{UUID}"', UUID),
        ('"AWS::IAM::AccessKey": "48205d4ffd7feba3"', "48205d4ffd7feba3"),
        ("NTE_INCORRECT_PASSWORD: Final = -2146893773", "-2146893773"),
        ('"password": "Contraseña"', "Contraseña"),
        ('password = "123456789"', "123456789"),
        ('auth_plugin_password = "sha256_password"', "sha256_password"),
        ("The password: enter2 it twice", "enter2"),
    ],
)
def test_what_only_looks_like_an_assignment_of_a_credential_is_refused(line, value):
    assert not assigned(line, value)


def test_a_word_is_a_password_among_settings_and_a_name_in_code():
    settings = "DB_USER=app\nDB_PASSWORD=sunflower\nDB_HOST=db\n"
    code = "def connect():\n    PASSWORD = sunflower\n    return open(PASSWORD)\n"
    assert assigned(settings, "sunflower")
    assert not assigned(code, "sunflower")


@pytest.mark.parametrize(
    ("value", "before", "verdict"),
    [
        ("4539 9820 0173 6040", "", False),
        ("4539982001736047", "", False),
        ("5352 5354 5353 5351", "", False),
        ("4000 0000 0000 0002", "", False),
    ],
)
def test_a_number_that_is_no_card_is_refused(value, before, verdict):
    assert says("payment-card", value, before) is verdict


@given(st.integers(10**14, 10**15 - 1))
def test_of_ten_numbers_with_a_card_prefix_one_has_the_check_digit(number):
    stem = "4" + str(number)[1:]
    valid = [d for d in "0123456789" if says("payment-card", stem + d, "card ")]
    assert len(valid) <= 1


def test_bare_digits_are_a_card_only_where_the_text_speaks_of_cards():
    [card] = [c for d in "0123456789" if says("payment-card", c := "453998200173604" + d, "card ")]
    assert not says("payment-card", card, "id = ")
    assert says("payment-card", card, "name,card_number\nNobody Real,")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("536-22-8726", True), ("000-12-3456", False), ("666-12-3456", False), ("111-22-3333", False)],
)
def test_a_social_security_number_is_from_an_issued_range(value, verdict):
    assert says("ssn", value) is verdict


@pytest.mark.parametrize(
    ("value", "before", "verdict"),
    [
        ("030 22771234", "Telefon: ", True),
        ("07911 123456", "mobile: ", True),
        ("(212) 736-5000", "Phone: ", True),
        ("2016-06-02", "phone: ", False),
        ("12345678901", "phone = ", False),
    ],
)
def test_a_national_number_is_read_by_the_language_around_it(value, before, verdict):
    assert says("phone-national", value, before) is verdict


@pytest.mark.parametrize(
    ("value", "after", "verdict"),
    [
        ("mara.lindqvist@madeup-post.org", "", True),
        ("git@github.com", ":org/repo", False),
        ("icon@2x.png", "", False),
        ("a@self.weight", "", False),
        ("user@host.py", "", False),
        ("decorated@app.get", "(", False),
    ],
)
def test_an_address_has_a_domain_that_can_exist(value, after, verdict):
    assert says("email", value, after=after) is verdict


def test_importing_the_rules_loads_neither_numbering_plans_nor_check_digits():
    code = (
        "import sys, leaksift.rules.validators as v; "
        "sys.exit(any(m.startswith(('stdnum', 'phonenumbers', 'hyperscan')) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
