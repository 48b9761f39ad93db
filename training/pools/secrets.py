"""Secrets: what people choose as passwords, what programs draw at random, and provider formats.

All are drawn at random here; none was ever valid anywhere. The formats are those that the
providers document.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable

from training.pools.lists import Lists
from training.pools.split import part_of

LOWER, UPPER, DIGITS, HEX = (
    string.ascii_lowercase,
    string.ascii_uppercase,
    string.digits,
    "0123456789abcdef",
)
ALNUM = string.ascii_letters + DIGITS
BASE64 = ALNUM + "+/"
URLSAFE = ALNUM + "-_"
BASE32 = UPPER + "234567"


def chars(rng: random.Random, alphabet: str, count: int) -> str:
    """`count` random characters of `alphabet`."""
    return "".join(rng.choices(alphabet, k=count))


def jwt(rng: random.Random) -> str:
    """A signed JSON Web Token with made-up claims."""

    def part(data: object) -> str:
        raw = json.dumps(data, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    header = {"alg": rng.choice(("HS256", "RS256", "ES256")), "typ": "JWT"}
    if rng.random() < 0.3:
        header["kid"] = chars(rng, HEX, 16)
    claims: dict[str, object] = {
        "sub": str(rng.randrange(10**9)),
        "iat": rng.randrange(15 * 10**8, 18 * 10**8),
    }
    if rng.random() < 0.5:
        claims["name"] = chars(rng, LOWER, rng.randrange(4, 12))
    if rng.random() < 0.5:
        claims["exp"] = rng.randrange(16 * 10**8, 20 * 10**8)
    if rng.random() < 0.3:
        claims["scope"] = rng.choice(("read", "admin", "openid profile", "api"))
    return f"{part(header)}.{part(claims)}.{chars(rng, URLSAFE, rng.choice((43, 43, 86, 342)))}"


def dashed(rng: random.Random) -> str:
    """A key in the form of a UUID."""
    return "-".join(chars(rng, HEX, count) for count in (8, 4, 4, 4, 12))


Maker = Callable[[random.Random], str]
PROVIDERS: dict[str, Maker] = {
    "aws id": lambda r: r.choice(("AKIA", "AKIA", "ASIA")) + chars(r, BASE32, 16),
    "aws secret": lambda r: chars(r, BASE64, 40),
    "github": lambda r: r.choice(("ghp_", "gho_", "ghs_", "ghu_", "ghr_")) + chars(r, ALNUM, 36),
    "github fine": lambda r: f"github_pat_{chars(r, ALNUM, 22)}_{chars(r, ALNUM, 59)}",
    "gitlab": lambda r: r.choice(("glpat-", "glptt-", "gldt-", "glrt-")) + chars(r, URLSAFE, 20),
    "slack bot": lambda r: (
        f"xoxb-{r.randrange(10**11, 10**12)}-{r.randrange(10**12, 10**13)}-{chars(r, ALNUM, 24)}"
    ),
    "slack user": lambda r: (
        f"xoxp-{r.randrange(10**11, 10**12)}-{r.randrange(10**11, 10**12)}-{r.randrange(10**12, 10**13)}-{chars(r, HEX, 32)}"
    ),
    "slack hook": lambda r: (
        f"https://hooks.slack.com/services/T{chars(r, UPPER + DIGITS, 8)}/B{chars(r, UPPER + DIGITS, 10)}/{chars(r, ALNUM, 24)}"
    ),
    "stripe": lambda r: (
        r.choice(("sk_live_", "sk_live_", "rk_live_", "sk_test_"))
        + chars(r, ALNUM, r.choice((24, 99)))
    ),
    "stripe hook": lambda r: "whsec_" + chars(r, ALNUM, 32),
    "google": lambda r: "AIza" + chars(r, URLSAFE, 35),
    "google oauth": lambda r: "GOCSPX-" + chars(r, URLSAFE, 28),
    "google access": lambda r: "ya29." + chars(r, URLSAFE, r.choice((68, 130))),
    "sendgrid": lambda r: f"SG.{chars(r, URLSAFE, 22)}.{chars(r, URLSAFE, 43)}",
    "npm": lambda r: "npm_" + chars(r, ALNUM, 36),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + chars(r, URLSAFE, r.choice((76, 130))),
    "hugging face": lambda r: "hf_" + chars(r, string.ascii_letters, 34),
    "openai": lambda r: (
        r.choice(("sk-", "sk-proj-", "sk-svcacct-")) + chars(r, URLSAFE, r.choice((48, 74, 120)))
    ),
    "anthropic": lambda r: f"sk-ant-api03-{chars(r, URLSAFE, 93)}AA",
    "digitalocean": lambda r: "dop_v1_" + chars(r, HEX, 64),
    "twilio key": lambda r: "SK" + chars(r, HEX, 32),
    "mailgun": lambda r: "key-" + chars(r, HEX, 32),
    "mailchimp": lambda r: f"{chars(r, HEX, 32)}-us{r.randrange(1, 22)}",
    "shopify": lambda r: r.choice(("shpat_", "shpss_", "shpca_")) + chars(r, HEX, 32),
    "docker hub": lambda r: "dckr_pat_" + chars(r, URLSAFE, 27),
    "vault": lambda r: r.choice(("hvs.", "s.")) + chars(r, URLSAFE, r.choice((24, 90))),
    "telegram": lambda r: f"{r.randrange(10**8, 10**10)}:AA{chars(r, URLSAFE, 33)}",
    "discord": lambda r: (
        f"{r.choice('MNO')}{chars(r, ALNUM, 23)}.{chars(r, URLSAFE, 6)}.{chars(r, URLSAFE, 27)}"
    ),
    "linear": lambda r: "lin_api_" + chars(r, ALNUM, 40),
    "notion": lambda r: r.choice(("secret_", "ntn_")) + chars(r, ALNUM, 43),
    "azure storage": lambda r: chars(r, BASE64, 86) + "==",
    "azure client": lambda r: f"{chars(r, ALNUM, 3)}8Q~{chars(r, URLSAFE + '.~', 34)}",
    "atlassian": lambda r: "ATATT3xFfGF0" + chars(r, URLSAFE + "=", r.choice((60, 180))),
    "sentry": lambda r: "sntrys_" + chars(r, ALNUM, 60),
    "databricks": lambda r: "dapi" + chars(r, HEX, 32),
    "datadog": lambda r: chars(r, HEX, r.choice((32, 40))),
    "grafana": lambda r: f"glsa_{chars(r, ALNUM, 32)}_{chars(r, HEX, 8)}",
    "newrelic": lambda r: "NRAK-" + chars(r, UPPER + DIGITS, 27),
    "square": lambda r: r.choice(("sq0csp-", "sq0atp-")) + chars(r, URLSAFE, 43),
    "age": lambda r: "AGE-SECRET-KEY-1" + chars(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "azure devops": lambda r: chars(r, LOWER + "234567", 52),
    "jwt": jwt,
    "jwt again": jwt,
    "artifactory": lambda r: "AKCp" + chars(r, ALNUM, 69),
    "rubygems": lambda r: "rubygems_" + chars(r, HEX, 48),
    "terraform": lambda r: f"{chars(r, ALNUM, 14)}.atlasv1.{chars(r, ALNUM, 64)}",
    "sonar": lambda r: r.choice(("squ_", "sqp_")) + chars(r, HEX, 40),
    "figma": lambda r: "figd_" + chars(r, URLSAFE, 40),
    "postman": lambda r: f"PMAK-{chars(r, HEX, 24)}-{chars(r, HEX, 34)}",
    "dropbox": lambda r: "sl." + chars(r, URLSAFE, 135),
    "facebook": lambda r: "EAA" + chars(r, ALNUM, r.choice((80, 150))),
    "okta": lambda r: "00" + chars(r, URLSAFE, 40),
    "airtable": lambda r: f"pat{chars(r, ALNUM, 14)}.{chars(r, HEX, 64)}",
    "fly": lambda r: "fo1_" + chars(r, URLSAFE, 43),
    "doppler": lambda r: "dp.pt." + chars(r, ALNUM, 43),
    "pulumi": lambda r: "pul-" + chars(r, HEX, 40),
    "planetscale": lambda r: "pscale_tkn_" + chars(r, URLSAFE, 43),
    "groq": lambda r: "gsk_" + chars(r, ALNUM, 52),
    "replicate": lambda r: "r8_" + chars(r, ALNUM, 37),
    "perplexity": lambda r: "pplx-" + chars(r, ALNUM, 48),
    "brevo": lambda r: f"xkeysib-{chars(r, HEX, 64)}-{chars(r, ALNUM, 16)}",
    "postmark": lambda r: dashed(r),
    "asana": lambda r: f"{r.randrange(1, 3)}/{r.randrange(10**15, 10**16)}:{chars(r, HEX, 32)}",
    "hubspot": lambda r: f"pat-{r.choice(('na1', 'eu1'))}-{dashed(r)}",
    "mapbox": lambda r: f"sk.eyJ1Ijoi{chars(r, ALNUM, 40)}.{chars(r, URLSAFE, 22)}",
    "azure sas": lambda r: f"sv=2022-11-02&sr=c&sig={chars(r, ALNUM, 43)}%3D",
    "supabase": lambda r: "sbp_" + chars(r, HEX, 40),
}
PROVIDERS_OF = {
    split: tuple(
        make
        for name, make in PROVIDERS.items()
        if part_of(name, dev_share=0.2, salt="provider") == split
    )
    for split in ("train", "dev")
}
SPECIAL = "!@#$%&*?_-+.="
LEET = str.maketrans("aeiost", "@310$7")
KEYBOARD = (
    "qwerty",
    "asdf",
    "1q2w3e4r",
    "zaq12wsx",
    "qazwsx",
    "123456",
    "12345",
    "abc123",
    "letmein",
    "passw0rd",
    "P@ssw0rd",
    "Welcome",
    "Summer",
    "Winter",
    "Spring",
    "Autumn",
    "Admin",
    "admin",
    "root",
    "Test",
    "dragon",
    "monkey",
    "iloveyou",
    "Secret",
    "Changeme",
)


def password(rng: random.Random, lists: Lists) -> str:
    """A password as a person makes it up: words, names, years, a mark; seldom quite random."""

    def word() -> str:
        return rng.choice(lists.words)

    def mark() -> str:
        return rng.choice("!!@#$%&*?.-_")

    locale = rng.choice(lists.locales)
    name = (
        rng.choice(
            lists.first[
                locale if locale[:2] in ("en", "de", "es", "it", "nl", "fr", "pt") else "en_US"
            ]
        )
        .replace(" ", "")
        .replace("'", "")
    )
    match rng.randrange(30):
        case 22:
            return f"{name}{rng.randrange(10, 32)}{rng.randrange(1, 13):02}{rng.choice(('', '19', '20'))}{rng.randrange(50, 100)}"
        case 23:
            return f"{word().title()}-{word().title()}-{word().title()}-{rng.randrange(10, 99)}"
        case 24:
            return f"{rng.choice(('i', 'we', 'mydog', 'the'))} {word()} {word()} {word()}".replace(
                " ", rng.choice(("", "_", "-", "."))
            )
        case 25:
            return f"{word()}{rng.choice('!@#$%')}{word().upper()}{rng.randrange(10, 100)}"
        case 26:
            return f"{name.title()}{mark()}{name.title()}{rng.randrange(10)}"
        case 27:
            return (
                f"{rng.choice(KEYBOARD)}{word()}{rng.choice(('', mark(), str(rng.randrange(100))))}"
            )
        case 28:
            return f"{word().title().translate(LEET)}{mark()}{mark()}{rng.randrange(1000)}"
        case 29:
            return f"{chars(rng, ALNUM, 4)}-{chars(rng, ALNUM, 4)}-{chars(rng, ALNUM, 4)}"
        case 0:
            return f"{word().title()}{rng.randrange(1950, 2028)}{mark()}"
        case 1:
            return word().translate(LEET) + str(rng.randrange(1000)) + rng.choice(("!", "", "#"))
        case 2:
            return (
                rng.choice("-._ ").strip().join(word() for _ in range(rng.choice((3, 4))))
                or word() + word()
            )
        case 3:
            return f"{word()}{rng.randrange(10, 9999)}"
        case 4:
            return chars(rng, ALNUM + "!@#%^&*-_=+", rng.randrange(8, 24))
        case 5:
            return chars(rng, ALNUM, rng.randrange(8, 20))
        case 6:
            return f"{word().title()}{word().title()}{rng.randrange(100)}{mark()}"
        case 7:
            return f"{name}{rng.randrange(1, 2020)}"
        case 8:
            return f"{name.lower()}{rng.choice('@._#')}{rng.randrange(10, 9999)}"
        case 9:
            return f"{rng.choice(KEYBOARD)}{rng.choice(('', '!', '1', '123', '@123', '2023', '#1', '99'))}"
        case 10:
            return f"{word()}{rng.choice(('@', '#', '_', '-', ''))}{word()}"
        case 11:
            return f"{word().title()}@{rng.randrange(10, 9999)}"
        case 12:
            return f"{chars(rng, LOWER, 4)}{rng.choice('.-_')}{chars(rng, ALNUM, 6)}{rng.choice('!$%')}"
        case 13:
            return f"{rng.randrange(10**5, 10**9)}"
        case 14:
            return f"{word()}{rng.choice(('pass', 'pw', 'pwd', 'password', 'secret', 'key'))}{rng.choice(('', '1', '123', '!'))}"
        case 15:
            return f"my{rng.choice(('', '-', '_'))}{word()}{rng.choice(('', '-', '_'))}{rng.choice(('secret', 'password', 'key', word()))}"
        case 16:
            return word() + word()
        case 17:
            return f"{rng.choice(('Summer', 'Winter', 'Spring', 'Autumn', 'January', 'Monday', 'Sommer', 'Verano'))}{rng.randrange(2010, 2028)}{rng.choice(('', '!', '#', '?'))}"
        case 18:
            return f"{mark()}{word().title()}{rng.randrange(10)}{mark()}{word()}"
        case 19:
            return f"{name}{rng.choice(('Loves', 'And', '4ever', 'Rocks', 'is'))}{word().title()}{mark()}"
        case 20:
            return chars(rng, LOWER + DIGITS, rng.randrange(8, 14))
        case _:
            return word() if rng.random() < 0.5 else word().title() + mark()


def url_password(rng: random.Random, lists: Lists) -> str:
    """A password that may stand in the user part of a URL as it is."""
    text = password(rng, lists)
    return "".join(c for c in text if c not in "@:/#?%&+= ") or chars(rng, ALNUM, 12)


def random_key(rng: random.Random) -> str:
    """A key without a format of its own."""
    count = rng.choice((16, 20, 24, 32, 32, 32, 40, 48, 50, 64))
    alphabet = rng.choice(
        (
            ALNUM,
            ALNUM,
            HEX,
            HEX,
            BASE64,
            URLSAFE,
            LOWER + DIGITS,
            UPPER + DIGITS,
            ALNUM + "!@#$%^&*(-_=+)",
        )
    )
    text = chars(rng, alphabet, count)
    if alphabet == BASE64:
        text += rng.choice(("", "=", "=="))
    if alphabet == HEX and rng.random() < 0.1:
        text = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{chars(rng, HEX, 4)}-{chars(rng, HEX, 12)}"
    return text


def provider_token(rng: random.Random, split: str) -> str:
    """A token in a provider's format; some formats only occur in development."""
    return rng.choice(PROVIDERS_OF[split])(rng)


def token(rng: random.Random, split: str) -> str:
    """A token or key of any kind."""
    return provider_token(rng, split) if rng.random() < 0.5 else random_key(rng)


def private_key(rng: random.Random, newline: str) -> str:
    """A whole private key in PEM, its lines joined by `newline`."""
    kind = rng.choice(
        (
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
        )
    )
    start = {
        "RSA PRIVATE KEY": "MIIE",
        "PRIVATE KEY": "MIIEv",
        "OPENSSH PRIVATE KEY": "b3BlbnNzaC1rZXktdjEA",
        "EC PRIVATE KEY": "MHcCAQEE",
    }.get(kind, "MIIF")
    body = start + chars(rng, BASE64, rng.choice((120, 200, 380)))
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return newline.join(
        (f"-----BEGIN {kind}-----", *lines[:-1], lines[-1] + "==", f"-----END {kind}-----")
    )
