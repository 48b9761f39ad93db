"""`Secret` holds a value and gives it to nobody."""

import copy
import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import LABELS, Secret, Severity

VALUE = "gh" + "p_" + "Zq8" * 12


def test_no_way_of_printing_gives_the_value(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(VALUE)
    logging.getLogger("test").warning("found %s %r", secret, secret)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>60}", f"{secret!r}", caplog.text]
    shown += ["{}".format(secret), "%s" % secret, repr([secret]), repr({"a": secret})]  # noqa: UP031, UP032
    assert not any(VALUE in text for text in shown)


def test_a_traceback_with_a_secret_in_it_does_not_show_the_value() -> None:
    try:
        raise ValueError(Secret(VALUE))
    except ValueError:
        assert VALUE not in traceback.format_exc()


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(VALUE))


def test_copies_are_equal_and_still_masked() -> None:
    copied = copy.deepcopy(Secret(VALUE))
    assert copied == Secret(VALUE)
    assert VALUE not in repr(copied)


@given(st.text(alphabet=st.characters(exclude_characters="*( )"), min_size=5))
def test_a_preview_never_holds_the_value(value: str) -> None:
    assert all(value not in Secret(value).preview(label) for label in LABELS)


def test_a_preview_shows_the_ends_of_a_long_secret_and_nothing_of_private_data() -> None:
    assert Secret(VALUE).preview("secret") == "gh****q8 (40 characters)"
    assert Secret("maria@corp.example").preview("private_email") == "**** (18 characters)"
    assert Secret("hunter2").preview("secret") == "**** (7 characters)"


def test_a_digest_needs_the_key_and_keeps_its_parts_apart() -> None:
    secret = Secret("078051120")
    assert secret.digest(b"one", "rule") != secret.digest(b"two", "rule")
    assert Secret("bc").digest(b"k", "a") != Secret("c").digest(b"k", "ab")


def test_severities_are_ordered_and_named() -> None:
    assert Severity.NOTE < Severity.WARN < Severity.BLOCK
    assert str(Severity.BLOCK) == "block"
    assert Severity.parse("Warn") is Severity.WARN
    with pytest.raises(ValueError, match="note, warn, block"):
        Severity.parse("fatal")
