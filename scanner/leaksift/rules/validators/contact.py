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

# National numbers are tried in these regions; what the text around says puts others first.
_REGIONS = ("US", "GB", "DE", "FR")
# Words for a telephone, and names of countries and of their largest cities, by region.
_REGION_WORDS = tuple(
    (re.compile(words), regions.split())
    for words, regions in (
        (r"(?i)telefon|handy|mobil\b|rufnummer|fax\.?nr|durchwahl", "DE AT CH"),
        (r"(?i)t[ée]l[ée]phone|portable|\bt[ée]l\b", "FR BE CH CA"),
        (r"(?i)tel[ée]fono|m[óo]vil|celular", "ES MX AR CO CL PE IT"),
        (r"(?i)telefono|cellulare", "IT CH"),
        (r"(?i)telefone|celular|telem[óo]vel", "BR PT"),
        (r"(?i)telefoon|mobiel", "NL BE"),
        (r"(?i)telefonnummer|mobilnummer|\bmobil\b", "SE NO DK"),
        (r"(?i)puhelin|\bpuh\b", "FI"),
        (r"(?i)\bgsm\b|cep tel", "TR BE PL"),
        (r"[тТ]елефон|[тТ]ел\.", "RU UA BY BG"),
        (r"電話|携帯", "JP TW HK"),
        (r"电话|手机", "CN"),
        (r"전화|휴대폰", "KR"),
        (r"טלפון", "IL"),
        (r"هاتف", "SA EG AE"),
        (r"(?i)deutschland|germany|berlin|m[üu]nchen|hamburg", "DE"),
        (r"(?i)austria|[öo]sterreich|\bwien\b|vienna", "AT"),
        (r"(?i)switzerland|schweiz|suisse|z[üu]rich|gen[eè]ve", "CH"),
        (r"(?i)france|paris\b|lyon\b|marseille", "FR"),
        (r"(?i)spain|espa[ñn]a|madrid|barcelona", "ES"),
        (r"(?i)italy|italia|\brom[ae]\b|milano?\b", "IT"),
        (r"(?i)portugal|lisbo[na]", "PT"),
        (r"(?i)bra[sz]il|s[ãa]o paulo|rio de janeiro", "BR"),
        (r"(?i)netherlands|nederland|amsterdam|rotterdam", "NL"),
        (r"(?i)belgi(?:um|que|[ëe])|bruxelles|brussels?", "BE"),
        (r"(?i)poland|polska|wars(?:aw|zawa)|krak[óo]w", "PL"),
        (r"(?i)sweden|sverige|stockholm", "SE"),
        (r"(?i)norway|norge|\boslo\b", "NO"),
        (r"(?i)denmark|danmark|k[øo]benhavn|copenhagen", "DK"),
        (r"(?i)ireland|dublin", "IE"),
        (r"(?i)australia|sydney|melbourne", "AU"),
        (r"(?i)new zealand|auckland", "NZ"),
        (r"(?i)\bindia\b|mumbai|delhi|bangalore|bengaluru", "IN"),
        (r"(?i)south africa|johannesburg|cape town", "ZA"),
        (r"(?i)japan|tokyo|osaka", "JP"),
        (r"(?i)mexico|m[ée]xico", "MX"),
        (r"(?i)singapore", "SG"),
        (r"(?i)united kingdom|england|scotland|london\b", "GB"),
    )
)
# A web or mail address of a country: `.de`, `.co.uk`, `.com.au`; and a locale, `lang="de"`.
_REGION_DOMAIN = re.compile(
    r"\.(?P<domain>de|at|ch|fr|be|nl|es|it|pt|br|pl|cz|se|no|dk|fi|ie|au|nz|in|za|jp|kr|mx|ar|sg|uk)"
    r"(?![A-Za-z0-9.])"
    r"|\b[a-z]{2}[-_](?P<locale>DE|AT|CH|FR|BE|NL|ES|IT|PT|BR|PL|SE|DK|IE|AU|NZ|IN|ZA|JP|KR|MX|GB)\b",
    re.ASCII,
)


def phone_international(candidate: Candidate) -> bool:
    """A number with its country code that the country's numbering plan has."""
    return _is_valid(_without_extension(candidate.value), None)


def phone_national(candidate: Candidate) -> bool:
    """A number without country code that is in the plan of a region which the text suggests."""
    value = _without_extension(candidate.value)
    digits = re.sub(r"[^0-9]", "", value)
    if len(set(digits)) < 3 or _DATE.match(value):
        return False
    if digits.startswith("00") and len(digits) > 10:
        return _is_valid("+" + value.replace("(", "").lstrip("0"), None)
    around = candidate.text[max(0, candidate.start - 120) : candidate.end + 120]
    regions = [
        region for words, suggested in _REGION_WORDS if words.search(around) for region in suggested
    ]
    for hint in _REGION_DOMAIN.finditer(around):
        region = (hint["locale"] or hint["domain"]).upper()
        regions.append("GB" if region == "UK" else region)
    # Without its first 0, or the ten digits of North America, a bare number is just a number.
    if digits.startswith("0"):
        regions += [region for region in _REGIONS if region != "US"]
    elif len(digits) == 10 or digits != value:
        regions += ["US"]
    return any(_is_valid(value, region) for region in dict.fromkeys(regions))


def phone_us_letters(candidate: Candidate) -> bool:
    """A toll-free number of North America of which letters spell a part."""
    value = candidate.value
    return sum(c.isalpha() for c in value) >= 3 and _is_valid(value, "US")


def _without_extension(number: str) -> str:
    """The number up to its first letter: `ext. 12`, `x12`, `Durchwahl 12` are cut off."""
    return re.split(r"[ ,;]*[A-Za-z]", number, maxsplit=1)[0]


def _is_valid(number: str, region: str | None) -> bool:
    import phonenumbers  # 30 ms; only a text that looks as if it had a number needs it

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed))
