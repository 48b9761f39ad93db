"""E-mail addresses and telephone numbers: whether they can exist."""

from __future__ import annotations

import re

from leaksift.rules.validators.candidate import Candidate

# Generic domains in wide use; every name of two letters is taken for a country's. What is in
# neither (`user@host.local`, `icon@2x.png`, `x@y.weight`) is no address.
_GENERIC_DOMAINS = frozenset(
    """com org net edu gov mil int info biz name pro mobi jobs travel museum coop aero asia cat tel
    app dev page cloud online site website tech store shop blog email live news media agency studio
    design digital solutions systems software company business group team network world global
    consulting services support center academy school university foundation health care clinic
    bank finance capital legal law work works life today space fun xyz top club vip one ltd gmbh
    berlin hamburg koeln bayern wien london paris amsterdam nyc tokyo eus gal scot wales swiss
    test example invalid localhost""".split()
)
_FILE_ENDINGS = frozenset("js ts cs py rb rs go sh md cc hh mm pl ps gz xz so py".split()) - {
    # Country codes with so many addresses that they count as one.
    "cc",
    "cs",
    "pl",
}
# Not a person: addresses of programs (ssh user names, automatic senders).
_NO_PERSON = frozenset("git hg svn noreply no-reply donotreply do-not-reply".split())


def email(candidate: Candidate) -> bool:
    """An address with a domain that can exist, of a person or a team rather than a program."""
    local, _, domain = candidate.value.rpartition("@")
    ending = domain.rpartition(".")[2].lower()
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    if local.lower() in _NO_PERSON or domain.startswith("-") or "-." in domain:
        return False
    # `scheme://user:password@host` is a credential, and `git@host:path` an address of a program.
    before = candidate.text[max(0, candidate.start - 3) : candidate.start]
    if before.endswith(("/", ":")) and "//" in candidate.line_before(80):
        return False
    if candidate.text[candidate.end : candidate.end + 1] in ("(", "="):
        return False
    if ending in _FILE_ENDINGS:
        return False
    return len(ending) == 2 or ending in _GENERIC_DOMAINS


_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./][0-9]{2}[-./][0-9]{2}|[0-9]{2}[-./][0-9]{2}[-./](?:19|20)[0-9]{2}"
)

# National numbers are tried in these regions; words of a language put its regions first.
_REGIONS = ("US", "GB", "DE", "FR")
_REGION_WORDS = (
    (re.compile(r"(?i)telefon|handy|mobil\b|rufnummer|fax\.?nr"), ("DE", "AT", "CH")),
    (re.compile(r"(?i)t[ée]l[ée]phone|portable"), ("FR", "BE", "CH", "CA")),
    (re.compile(r"(?i)tel[ée]fono|m[óo]vil|celular"), ("ES", "MX", "AR", "IT", "CO")),
    (re.compile(r"(?i)telefono|cellulare"), ("IT", "CH")),
    (re.compile(r"(?i)telefone|celular|telem[óo]vel"), ("BR", "PT")),
    (re.compile(r"(?i)telefoon|mobiel"), ("NL", "BE")),
)


def phone_international(candidate: Candidate) -> bool:
    """A number with its country code that the country's numbering plan has."""
    return _is_valid(candidate.value, None)


def phone_national(candidate: Candidate) -> bool:
    """A number without country code that is in the plan of a region which the text suggests."""
    value = candidate.value
    digits = re.sub(r"[^0-9]", "", value)
    if len(set(digits)) < 3 or _DATE.match(value):
        return False
    around = candidate.text[max(0, candidate.start - 120) : candidate.end + 120]
    regions = [
        region for words, suggested in _REGION_WORDS if words.search(around) for region in suggested
    ]
    # Without its first 0, or the ten digits of North America, a bare number is just a number.
    if digits.startswith("0"):
        regions += [region for region in _REGIONS if region != "US"]
    elif len(digits) == 10 or digits != value:
        regions += ["US"]
    return any(_is_valid(value, region) for region in dict.fromkeys(regions))


def _is_valid(number: str, region: str | None) -> bool:
    import phonenumbers  # 30 ms; only a text that looks as if it had a number needs it

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed))
