"""Known examples are recognised; a value that may be real never is."""

from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import LABELS, Label
from leaksift.policy.examples import is_example
from leaksift.policy.placeholders import example_data

BASE62 = string.ascii_letters + string.digits
# One rule for a token whose form a provider fixed, one for passwords.
TOKEN, PASSWORD = "github-pat", "generic-password"


@pytest.mark.parametrize("rule", [TOKEN, PASSWORD, "secret"])
@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "ChangeMe123!",
        "password",
        "secret",
        "your-api-key-here",
        "YOUR_TOKEN",
        "<token>",
        "<your api key>",
        "xxxxxxxx",
        "****",
        "...",
        "1234567890",
        "abcdef",
        "qwertyuiop",
        "00000000",
        "00000000-0000-0000-0000-000000000000",
        "dummy",
        "fake-token",
        "[REDACTED]",
        "TODO",
        "insert-key-here",
        "REPLACE-WITH-REAL-KEY",
        "my-secret-password",
        "test1234",
        "default_password",
        "ghp_" + "x" * 36,
        "ghp_" + "0123456789" * 3 + "abcdef",
        "AKIA" + "X" * 16,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY",
        "ghp_YourTokenHere",
        "xoxb-123456789012-1234567890123-" + string.ascii_lowercase[:24],
        "deadbeef" * 4,
        "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
        "https://user:" + "kD93kd02kfK2" + "@example.com/path",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0" + ".abc",
    ],
)
def test_a_placeholder_is_an_example(value: str, rule: str) -> None:
    assert is_example(value, "secret", rule)


@pytest.mark.parametrize(
    "value",
    [
        "${VAR}",
        "${db.password}",
        "${PW:-}",
        "${PW:-changeme}",
        "${PW:?must be set}",
        "${{ secrets.TOKEN }}",
        "{{ x }}",
        "{{ vault('db/password') }}",
        "%(x)s",
        "$(cat /run/secrets/x)",
        "<%= x %>",
        "$DB_PASSWORD",
        "$password",
        "%PASSWORD%",
        "#{key}",
        "{password}",
        "ghp_${TOKEN}",
        "Bearer ${TOKEN}",
        "process.env.TOKEN",
    ],
)
def test_a_template_expression_is_an_example(value: str) -> None:
    assert is_example(value, "secret", TOKEN)
    assert is_example(value, "secret", PASSWORD)


@pytest.mark.parametrize("rule", [TOKEN, PASSWORD])
@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "password123",
        "admin123",
        "Sup3rS3cret!",
        "P@ssw0rd!",
        "correct-horse-battery-staple",
        "${PW:-" + "hunter2}",
        "${PW:-" + "hunter}",
        "{{ x | default('hunter') }}",
        "{{ 'hunter' }}",
        "$(echo hunter)",
        "abc$XYZ9q",
        "$ecret12",
        "!@#$%^&*",
        "sk_live_" + "4eC39HqLyjEXAMPLEWDarjtT1zdp7dc",
        "sk_test_" + "51H8xkLJx2bQz8mNpRt",
        "postgres://app:" + "Xk2kd93kdQ@localhost/db",
        "postgres://app:" + "Xk2kd93kdQ@db.corp.com/sample",
        "https://o12345.ingest.sentry.io",
    ],
)
def test_a_value_that_may_be_real_is_not_an_example(value: str, rule: str) -> None:
    assert not is_example(value, "secret", rule)


def test_the_word_example_between_separators_marks_a_token_but_not_a_passphrase() -> None:
    assert is_example("sk_live_" + "EXAMPLE_4eC39HqLyjWDarjt", "secret", TOKEN)
    assert not is_example("correct-horse-example-battery", "secret", PASSWORD)


@given(
    seed=st.integers(0, 2**64),
    length=st.integers(20, 120),
    prefix=st.sampled_from(["", "ghp_", "sk_live_", "AKIA", "glpat-", "test_", "example"]),
)
def test_a_random_token_is_never_an_example(seed: int, length: int, prefix: str) -> None:
    value = prefix + "".join(random.Random(seed).choices(BASE62, k=length))
    assert not is_example(value, "secret", TOKEN)
    assert not is_example(value, "secret", PASSWORD)


@given(seed=st.integers(0, 2**64), length=st.integers(10, 40))
def test_a_random_password_is_never_an_example(seed: int, length: int) -> None:
    letters = BASE62 + "!#%&*+-.:;<=>?@^_|~"
    value = "".join(random.Random(seed).choices(letters, k=length))
    assert not is_example(value, "secret", PASSWORD)


@given(
    seed=st.integers(0, 2**64),
    alphabet=st.sampled_from(["0123456789abcdef", "0123456789ABCDEF", string.ascii_lowercase]),
)
def test_random_hexadecimal_digits_and_letters_are_never_an_example(
    seed: int, alphabet: str
) -> None:
    value = "".join(random.Random(seed).choices(alphabet, k=32))
    assert not is_example(value, "secret", PASSWORD)


@pytest.mark.parametrize(
    "value",
    [
        "jane@example.com",
        "jane@mail.example.org",
        "a.b+c@example.co.uk",
        "x@foo.test",
        "x@something.invalid",
        "root@localhost",
        "user@host",
        "no-reply@corp.com",
        "noreply+12@corp.com",
        "12345+name@users.noreply.github.com",
        "git@github.com",
        "icon@2x.png",
        "left-pad@1.3.0",
        "user@domain.com",
        "john.doe@company.com",
        "your-email@mail.com",
        "<you@yourdomain.com>",
        "{{ user }}@corp.com",
        "ops@[192.0.2.7]",
    ],
)
def test_an_address_that_reaches_nobody_is_an_example(value: str) -> None:
    assert is_example(value, "private_email", "email")


@pytest.mark.parametrize(
    "value",
    ["jane.roe@corp.com", "jane@exampleshop.com", "r.miller@domain.com", "jane roe at corp"],
)
def test_an_address_of_somebody_is_not_an_example(value: str) -> None:
    assert not is_example(value, "private_email", "email")


@pytest.mark.parametrize(
    "value",
    [
        "555-0123",
        "(212) 555-0142",
        "+1 212 555 0142",
        "1-800-555-0199",
        "202-555-1234",
        "123-456-7890",
        "000-000-0000",
        "020 7946 0958",
        "+44 20 7946 0958",
        "+44 (0)7700 900123",
        "0044 1632 960001",
        "07700 900461",
        "0491 570 156",
        "+61 2 5550 1234",
        "01 99 00 12 34",
        "+49 30 23125 123",
        "08-465 004 00",
    ],
)
def test_a_number_kept_for_fiction_is_an_example(value: str) -> None:
    assert is_example(value, "private_phone", "phone")


@pytest.mark.parametrize(
    "value", ["+44 20 7123 0958", "(212) 736-5000", "+65 8155 5123", "9825551234", "+49 30 1234567"]
)
def test_an_ordinary_number_is_not_an_example(value: str) -> None:
    assert not is_example(value, "private_phone", "phone")


@pytest.mark.parametrize(
    "value",
    [
        "4242 4242 4242 4242",
        "4111-1111-1111-1111",
        "378282246310005",
        "4000002500003155",
        "GB82 WEST 1234 5698 7654 32",
        "de89370400440532013000",
        "078-05-1120",
        "219-09-9999",
        "123-45-6789",
        "987-65-4321",
        "000-00-0000",
        "1234567890",
        "XXXX-XXXX-XXXX-1234",
    ],
)
def test_a_documented_account_number_is_an_example(value: str) -> None:
    assert is_example(value, "account_number", "payment-card")


@pytest.mark.parametrize("value", ["4539 1488 0343 6467", "DE12500105170648489890", "536-22-8716"])
def test_an_ordinary_account_number_is_not_an_example(value: str) -> None:
    assert not is_example(value, "account_number", "iban")


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("https://example.com/x?y=1", "private_url"),
        ("http://localhost:8080/", "private_url"),
        ("http://203.0.113.9/a", "private_url"),
        ("http://[2001:db8::1]/a", "private_url"),
        ("https://${HOST}/a", "private_url"),
        ("John Doe", "private_person"),
        ("Max  Mustermann", "private_person"),
        ("DejaVu Sans", "private_person"),
        ("123 Main St, Anytown", "private_address"),
        ("742 Evergreen Terrace", "private_address"),
        ("1970-01-01", "private_date"),
        ("YYYY-MM-DD", "private_date"),
    ],
)
def test_other_private_data_of_documentation_is_an_example(value: str, label: Label) -> None:
    assert is_example(value, label, label.replace("_", "-"))


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("https://intranet.corp.com/example", "private_url"),
        ("https://example.com@corp.com/", "private_url"),
        ("Johnny Doering", "private_person"),
        ("Deja Sans", "private_person"),
        ("123 Main Straight", "private_address"),
        ("1987-04-12", "private_date"),
    ],
)
def test_other_private_data_of_somebody_is_not(value: str, label: Label) -> None:
    assert not is_example(value, label, label.replace("_", "-"))


def test_the_documented_cards_and_accounts_have_right_check_digits() -> None:
    accounts = example_data()["accounts"]
    for card in accounts["cards"]:
        digits = [int(c) for c in reversed(card)]
        doubled = (sum(divmod(2 * d, 10)) for d in digits[1::2])
        assert (sum(digits[::2]) + sum(doubled)) % 10 == 0, card
    for iban in accounts["ibans"]:
        rearranged = iban[4:] + iban[:4]
        assert int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1, iban


def test_the_words_are_lower_case_and_the_loud_ones_are_markers() -> None:
    secrets = example_data()["secrets"]
    for word in secrets["marker-words"] + secrets["name-words"]:
        assert re.fullmatch(r"[a-z0-9]+", word)
    assert set(secrets["loud-words"]) <= set(secrets["marker-words"])


@given(st.text(max_size=300), st.sampled_from(LABELS), st.sampled_from([TOKEN, PASSWORD]))
def test_any_value_can_be_judged(value: str, label: Label, rule: str) -> None:
    assert is_example(value, label, rule) in (True, False)


@given(st.text(alphabet="a0x*-${}<>%#()'\"=:|@. _", max_size=300), st.sampled_from(LABELS))
def test_any_mixture_of_marks_can_be_judged(value: str, label: Label) -> None:
    assert is_example(value, label, TOKEN) in (True, False)
