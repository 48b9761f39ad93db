"""The presets that ship: every rule finds its own examples, says why, and costs linear time."""

import re
import time
import warnings

import pytest

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.rule import PRESETS, examples, parse_rules, preset_bytes
from leaksift.rules.validators import VALIDATORS

with warnings.catch_warnings():
    # Python's own parser of expressions has no public name; its module moved in 3.11.
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        from re import _constants, _parser
    except ImportError:
        import sre_constants as _constants
        import sre_parse as _parser

RULES = {name: parse_rules(preset_bytes(name), name) for name in PRESETS}
ALL = [rule for rules in RULES.values() for rule in rules]
EXAMPLES = [example for name in PRESETS for example in examples(preset_bytes(name))]
MATCHES = [(rule, text) for rule, kind, text in EXAMPLES if kind == "match"]
IGNORED = [(rule, text) for rule, kind, text in EXAMPLES if kind == "ignore"]

each_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.info.id)


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    return RuleDetector(ALL)


# A rule for known files finds its examples where they are the content of one.
PATHS = {rule.info.id: rule.example_path for rule in ALL}


def found(detector: RuleDetector, text: str, rule: str) -> set[str]:
    [spans] = detector.detect([Document(PATHS[rule], text, len(text))])
    return {span.rule for span in merge(spans)}


@pytest.mark.parametrize(("rule", "text"), MATCHES, ids=[rule for rule, _ in MATCHES])
def test_an_example_is_found_by_its_rule_alone(detector, rule, text):
    assert found(detector, text, rule) == {rule}


@pytest.mark.parametrize(("rule", "text"), MATCHES, ids=[rule for rule, _ in MATCHES])
def test_an_example_is_found_by_a_detector_with_only_its_rule(rule, text):
    alone = RuleDetector([one for one in ALL if one.info.id == rule])
    assert found(alone, text, rule) == {rule}


@pytest.mark.parametrize(("rule", "text"), IGNORED, ids=[rule for rule, _ in IGNORED])
def test_what_a_rule_ignores_is_not_found_by_it(detector, rule, text):
    assert rule not in found(detector, text, rule)


@pytest.mark.parametrize(("rule", "text"), MATCHES, ids=[rule for rule, _ in MATCHES])
def test_a_finding_stays_the_same_among_other_text(detector, rule, text):
    quiet = "# An ordinary line of text, é and 🙂 included.\n"
    assert found(detector, quiet * 40 + text + "\n" + quiet * 40, rule) == {rule}


def test_the_first_presets_cover_what_matters_most():
    assert len(RULES["secrets"]) >= 300
    assert len(RULES["pii"]) >= 80


def test_every_id_is_its_own_and_kebab_case():
    ids = [rule.info.id for rule in ALL]
    assert len(ids) == len(set(ids))
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", one)] == []


@each_rule
def test_a_rule_has_examples_of_both_kinds(rule):
    kinds = {kind for one, kind, _ in EXAMPLES if one == rule.info.id}
    assert kinds == {"match", "ignore"}


@each_rule
def test_a_rule_says_what_it_is_why_and_what_to_do(rule):
    info = rule.info
    for text in (info.title, info.why, info.fix):
        assert 3 <= len(text) <= 1024
        assert text == text.strip()
        assert "\n" not in text
    assert not info.title.endswith(".")
    assert info.why.endswith(".")
    assert info.fix.endswith(".")
    assert 0.1 <= info.security_severity <= 10
    assert info.references
    assert all(url.startswith("https://") for url in info.references)


@each_rule
def test_the_validator_of_a_rule_exists(rule):
    assert rule.validator is None or rule.validator in VALIDATORS


@each_rule
def test_a_pattern_is_bounded_and_fits_the_length_that_is_searched(rule):
    assert _parser.parse(rule.pattern).getwidth()[1] <= rule.max_length


@each_rule
def test_a_pattern_and_its_anchor_have_no_repeat_without_end(rule):
    for expression in (rule.pattern, rule.anchor):
        operators = list(_operators(_parser.parse(expression)))
        assert not any(
            operator in (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
            and argument[1] == _constants.MAXREPEAT
            for operator, argument in operators
        )
        # The engine looks at a region of the text: its ends are not the text's.
        edges = (_constants.AT_BEGINNING, _constants.AT_END, _constants.AT_END_STRING)
        assert not any(
            operator is _constants.AT and argument in (*edges, _constants.AT_BEGINNING_STRING)
            for operator, argument in operators
        )


@each_rule
def test_an_anchor_looks_at_nothing_around_it(rule):
    if rule.anchor != rule.pattern:
        assert not any(
            operator in (_constants.ASSERT, _constants.ASSERT_NOT)
            for operator, _ in _operators(_parser.parse(rule.anchor))
        )


# What an attacker, or a data file, can repeat to make each rule look everywhere and find nothing.
CUT_SHORT = {rule: text[:-1] for rule, text in reversed(MATCHES)}
CUT_IN_HALF = {f"{rule}, half": text[: max(4, len(text) // 2)] for rule, text in reversed(MATCHES)}
SIMPLE = {
    "one letter": "a",
    "assignments": "password=",
    "begin lines": "-----BEGIN PRIVATE " + "KEY-----",
    "token parts": "eyJabcdefghijk.",
    "digits": "4 ",
    "at signs": "@a",
    "urls": "://a:",
}
# Hundreds of rules say only which words a name holds and share the rest of their pattern: a few
# stand for all.
ASSIGNED = [rule.info.id for rule in ALL if rule.validator == "assigned-value"]
LIKE_OTHERS = set(ASSIGNED) - set(ASSIGNED[::25])
HOSTILE = [
    pytest.param(
        PATHS.get(name, "hostile"), text, id=name, marks=[pytest.mark.slow] * (name in LIKE_OTHERS)
    )
    for name, text in (CUT_SHORT | SIMPLE).items()
]
HOSTILE += [
    pytest.param(PATHS[name.partition(",")[0]], text, id=name, marks=pytest.mark.slow)
    for name, text in list(CUT_IN_HALF.items())[::5]
]


@pytest.mark.parametrize(("path", "piece"), HOSTILE)
def test_a_hostile_text_is_scanned_in_linear_time(detector, path, piece):
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        begin = time.process_time()
        detector.detect([Document(path, text, length)])
        return time.process_time() - begin

    seconds(5_000)  # patterns are compiled when first needed
    # Below a fifth of a second the machine's own noise is larger than any difference. Twice the
    # text may take up to three times as long, in the better of two tries.
    assert any(seconds(60_000) < max(3 * seconds(30_000), 0.2) for _ in range(2))


def _operators(parsed):
    """Every operator of a parsed expression with its argument, however deep."""
    for operator, argument in parsed:
        yield operator, argument
        for inner in _inside(argument):
            yield from _operators(inner)


def _inside(argument):
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for item in argument:
            yield from _inside(item)
