"""Many short texts in one pass give what each of them gives alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.config import Config
from leaksift.document import Document
from leaksift.rules.custom import CustomRule, as_rule
from leaksift.rules.engine import RuleDetector
from leaksift.rules.joined import can_join
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS, examples, preset_bytes

TOKEN = "ghp_" + "Q7zR2kLm9XcV4bN8wT3y" + "H6sD1fG5jK0pAe2U"
PIECES = [
    "mail anna.meier@acme.io",
    "+44 20 7946 0958",
    f"token = '{TOKEN}'",
    'password: "k7!mPq2#vL9x"',
    "4111 1111 1111 1111",
    "bm90aGluZyBvZiBpbnRlcmVzdCBoZXJlLCBmcmllbmRz",
    "nothing\\u0041\\u0042",
    "order 17",
    "\n",
    "é",
    "\0",
    "",
]
TEXTS = st.lists(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=4).map("".join),
    min_size=30,
    max_size=50,
)


def documents(texts: list[str]) -> list[Document]:
    return [Document("", text, len(text)) for text in texts]


@pytest.fixture(scope="module")
def rules() -> RuleDetector:
    return RuleDetector(load_presets(Config.presets))


@given(texts=TEXTS)
@settings(max_examples=60, deadline=None)
def test_many_short_texts_give_what_each_gives_alone(rules: RuleDetector, texts: list[str]) -> None:
    together = rules.detect(documents(texts))
    assert together == [rules.detect([document])[0] for document in documents(texts)]


def test_the_rules_own_examples_are_found_among_others(rules: RuleDetector) -> None:
    found = [text for name in Config.presets for _, _, text in examples(preset_bytes(name))]
    texts = [text for text in found if len(text) <= 1_000]
    assert len(texts) > 300
    together = rules.detect(documents(texts))
    assert together == [rules.detect([document])[0] for document in documents(texts)]


def test_a_rule_of_ones_own_may_ask_for_the_beginning_of_the_text() -> None:
    rule = CustomRule("first", r"^staff-[0-9]{6}", label="account_number")
    own = RuleDetector([as_rule(rule)])
    found = own.detect(documents(["order 17", "staff-123456"] * 30))
    assert [len(spans) for spans in found] == [0, 1] * 30


@pytest.mark.parametrize(
    ("anchor", "joinable"),
    [
        (r"\bkey=[^$]{3}", True),
        (r"price \$[0-9]", True),
        (r"[$^]a", True),
        (r"\^a", True),
        (r"[\]^]a", True),
        ("^a", False),
        ("a$", False),
        (r"a\z", False),
        (r"\\$", False),
        (r"(?:^|[^a-z])b", False),
    ],
)
def test_edges_of_the_text_are_seen_in_an_anchor(anchor: str, joinable: bool) -> None:
    assert can_join([anchor]) is joinable


def test_all_our_anchors_can_be_joined() -> None:
    assert can_join(rule.anchor for rule in load_presets(PRESETS))
