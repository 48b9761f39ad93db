"""Known examples: values that a standard reserves, that documentation prints, that stand in.

They are not reported unless asked for. The rule of the house: an example is only what everybody
can see to be one. A strong value stays a finding, whatever words it happens to contain. Templates,
masks and placeholder words of secrets are judged in `placeholders.py`; the tables are in
`examples.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from leaksift.finding import Label
from leaksift.policy.placeholders import example_data, is_placeholder


def is_example(value: str, label: Label, rule: str) -> bool:
    """Whether the value that `rule` found is a known example or plainly a placeholder."""
    value = value.strip().strip("\"'`<>").strip() if label != "secret" else value.strip()
    return _BY_LABEL[label](value, rule)


def _secret(value: str, rule: str) -> bool:
    if any("".join(pieces) in value for pieces in example_data()["secrets"]["contain"]):
        return True
    address = re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://(\S*)", value)
    if not address:
        return is_placeholder(value, has_form=not _is_free(rule))
    # An address that holds a secret: of an example host, or with a placeholder for the password
    # or, where there is none, for the path (a webhook).
    authority, _, path = address[1].partition("/")
    user, _, host = authority.rpartition("@")
    if _is_example_host(host) and not re.search(r"(?:localhost|\.test)(?::\d+)?$", host):
        return True  # on one's own machine a password may well be the real one
    part = user.partition(":")[2] or user or path
    return part != "" and is_placeholder(part, has_form=False)


def _is_free(rule: str) -> bool:
    """Whether the rule is for passwords and the like, whose form nobody fixed."""
    return rule == "secret" or any(
        word in rule
        for word in ("generic", "password", "passphrase", "credential", "basic-auth", "bearer")
    )


def _email(value: str, _rule: str) -> bool:
    local, _, domain = value.lower().removeprefix("mailto:").rpartition("@")
    domain = domain.strip("[].")
    data = example_data()["domains"]
    if not local or _is_template(value):
        return _is_template(value)
    if "." not in domain and ":" not in domain:
        return True  # `user@host` is no address that mail reaches
    if _is_example_host(domain) or domain in data["no-reply-domains"]:
        return True
    if local.partition("+")[0] in data["impersonal"] or domain.startswith(
        ("noreply.", "no-reply.")
    ):
        return True
    ending = domain.rpartition(".")[2]
    if ending in data["file-endings"] or (not ending.isalpha() and "xn--" not in ending):
        return True  # `icon@2x.png`, `package@1.2.3`
    names = {local, local.replace("-", "."), local.replace("_", ".")}
    return domain in data["common"] and not names.isdisjoint(data["local-parts"])


def _url(value: str, _rule: str) -> bool:
    if _is_template(value):
        return True
    authority = re.split(
        r"[/?#\\]", re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*:(?://)?", "", value), maxsplit=1
    )[0]
    return _is_example_host(authority.rpartition("@")[2])


def _is_example_host(host: str) -> bool:
    host = host.lower()
    host = host.removeprefix("[").partition("]")[0] if host.startswith("[") else host
    if host.count(":") == 1:
        host = host.partition(":")[0]
    data = example_data()["domains"]
    if host.startswith(tuple(data["networks"])):
        return True
    labels = host.rstrip(".").split(".")
    return labels[-1] in data["top-level"] or not set(labels).isdisjoint(data["labels"])


def _phone(value: str, _rule: str) -> bool:
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    if _is_filler(digits):
        return True
    international = value.lstrip().startswith("+") or digits.startswith("00")
    if _is_fictional_in_north_america(value, digits, international):
        return True
    for plan in example_data()["phones"]["reserved"]:
        if international:
            number = digits.removeprefix("00")
            if not number.startswith(plan["country"]):
                continue
            number = number.removeprefix(plan["country"]).removeprefix("0")
        elif digits.startswith("0"):
            number = digits[1:]
        else:
            continue
        if len(number) == plan["digits"] and number.startswith(tuple(plan["prefixes"])):
            return True
    return False


def _is_fictional_in_north_america(value: str, digits: str, international: bool) -> bool:
    """Whether it is a 555 number: 555-0100 to 0199 are for fiction, 555 is no area code, and other
    numbers of the exchange 555 stand for "some number" where they are written the American way."""
    if international:
        return re.match(r"(?:00)?1(?:555|\d{3}555)\d+$", digits) is not None
    number = digits.removeprefix("1") if len(digits) == 11 else digits
    written = re.search(r"(?:\d{3}\)?[ .-]{1,2})?\d{3}[ .-]\d{4}$", value.strip())
    if len(number) == 10:
        return number[3:8] == "55501" or (
            written is not None and "555" in (number[:3], number[3:6])
        )
    return len(number) == 7 and number.startswith("555") and written is not None


def _account(value: str, _rule: str) -> bool:
    data = example_data()["accounts"]
    compact = re.sub(r"[\s.\u2010-\u2015-]", "", value).upper()
    if compact in data["ibans"]:
        return True
    if compact.isdecimal():
        if _is_filler(compact) or compact in data["cards"]:
            return True
        if len(compact) == 16 and compact.startswith(tuple(data["card-beginnings"])):
            return True
        if len(compact) == 9:
            return compact in data["ssns"] or compact.startswith(tuple(data["ssn-beginnings"]))
        return False
    return is_placeholder(value, has_form=False)


def _person(value: str, _rule: str) -> bool:
    plain = " ".join(value.lower().split())
    people = example_data()["people"]
    return plain in people["names"] or plain in people["typefaces"] or _is_template(value)


def _address(value: str, _rule: str) -> bool:
    plain = " ".join(value.lower().replace(",", " ").split())
    if plain.startswith(tuple(example_data()["domains"]["networks"])) or _is_template(value):
        return True
    return any(
        re.match(rf"{re.escape(known)}(?!\w)", plain)
        for known in example_data()["people"]["addresses"]
    )


def _date(value: str, _rule: str) -> bool:
    return value.lower() in example_data()["people"]["dates"] or _is_template(value)


def _is_filler(digits: str) -> bool:
    """Whether a number is one digit again and again, or the digits in their order."""
    rows = ("0123456789" * 3, "9876543210" * 3)
    return len(digits) >= 4 and (len(set(digits)) == 1 or any(digits in row for row in rows))


def _is_template(value: str) -> bool:
    """Whether something is to be filled in: `{{ email }}`, `${host}`, `<name>`."""
    return re.search(r"\{\{|\$\{|#\{|%\(|<%|^[<{\[].*[>}\]]$", value) is not None


_BY_LABEL: dict[Label, Callable[[str, str], bool]] = {
    "secret": _secret,
    "private_email": _email,
    "private_url": _url,
    "private_phone": _phone,
    "account_number": _account,
    "private_person": _person,
    "private_address": _address,
    "private_date": _date,
}
