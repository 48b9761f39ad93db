"""What reports say about the model's labels."""

from __future__ import annotations

from leaksift.finding import LABELS, Severity
from leaksift.model.labels import label_rules, rule_id


def test_every_label_has_a_rule_in_order():
    assert tuple(rule.label for rule in label_rules()) == LABELS
    assert [rule.id for rule in label_rules()] == [rule_id(label) for label in LABELS]


def test_rule_ids_are_the_labels_with_dashes_and_secret_is_told_apart():
    assert rule_id("private_person") == "private-person"
    assert rule_id("account_number") == "account-number"
    assert rule_id("secret") == "model-secret"


def test_every_rule_says_what_why_and_what_to_do():
    for rule in label_rules():
        assert rule.title
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")
        assert rule.fix.endswith(".")
        assert 0.1 <= rule.security_severity <= 10.0
        assert all(reference.startswith("https://") for reference in rule.references)


def test_dates_and_addresses_of_the_web_are_notes_and_the_rest_blocks():
    notes = {rule.label for rule in label_rules() if rule.severity is Severity.NOTE}
    assert notes == {"private_date", "private_url"}
    assert all(rule.severity is not Severity.WARN for rule in label_rules())


def test_private_data_and_secrets_have_their_weakness_numbers():
    assert {rule.label: rule.cwe for rule in label_rules() if rule.cwe != 359} == {"secret": 798}
