"""Values that look private and are not: what a scanner must stay silent about."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable

from training.pools.lists import Lists
from training.pools.secrets import ALNUM, BASE64, HEX, chars

PLACEHOLDERS = (
    "<YOUR_API_KEY>|changeme|CHANGE_ME|xxxxxxxx|xxxxxxxxxxxxxxxxxxxx|${DB_PASSWORD}|${API_TOKEN}|your-secret-here|your_password|********|"
    "<password>|{{ secrets.TOKEN }}|{{ .Values.password }}|$TOKEN|$(cat token.txt)|YOUR_TOKEN|null|None|REPLACE_ME|%s|<token>|[REDACTED]|***|..."
    "|{password}|${{ secrets.GITHUB_TOKEN }}|insert-token-here|TODO|os.environ['SECRET_KEY']|process.env.API_KEY|env('DB_PASSWORD')|example|"
    "sk-xxxxxxxxxxxxxxxx|AKIAXXXXXXXXXXXXXXXX|string|secret|password|${var.db_password}|!vault|(hidden)|00000000-0000-0000-0000-000000000000|"
    "<your-password>|<secret>|my-token-here|your_api_key_here|dummy|fake|placeholder|not-a-secret|<REDACTED>|****|#{password}#|@Password|"
    '%PASSWORD%|$env:TOKEN|__TOKEN__|ENC[...]|data.vault.token|args.password|self.password|getenv("PASS")|user.password|config.secret_key|'
    "request.form['password']|true|false|required|optional|abcdefghijklmnopqrstuvwxyz|0123456789abcdef|ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
).split("|")
EXAMPLE_USERS = "user test foo bar info support noreply no-reply admin you name john.doe jane.doe security hello someone git contact sales postmaster webmaster help office team dev root alerts billing press jobs privacy abuse newsletter bot ci".split()
EXAMPLE_HOSTS = "example.com example.com example.org test.com domain.com localhost users.noreply.github.com example.net email.com yourcompany.com company.com acme.com foo.bar mail.com your-domain.com googlegroups.com lists.example.org".split()
ROLES = "root admin app postgres deploy www-data nginx git ubuntu ec2-user jenkins sa service oracle mysql guest user test runner backup".split()
SUFFIXES = "Manager Service Error Test Factory Handler Controller Repository Builder Client Exception View Model Provider Adapter Mixin".split()
LAST_LIKE = "Jenkins Hudson Travis Jackson Mercurial Maven Lucene Cassandra Kafka Django Flask Ruby Julia Pearl Jasmine Karma Jade Sass Ada Haskell Erlang Pascal Turing Gauss Euler Newton Fourier Laplace Bayes Markov Poisson Bernoulli Dijkstra Huffman Levenshtein Luhn Fibonacci Lambda Alice Bob Carol Mallory Foo Bar Lorem Ipsum".split()
COMPANY_ENDS = "Inc. Ltd GmbH LLC Bank Systems Health Labs University Hospital Insurance Group S.A. AG Corp. Foundation Software Clinic Partners Energy".split()
PLACES = "Berlin Paris Chicago Madrid Toronto Sydney Mumbai Dublin Lisbon Oslo Boston Denver Lagos Nairobi Prague Vienna London Tokyo Rome Milan Warsaw Munich Texas Florida California Germany France Spain Italy Brazil Mexico Canada India China Japan".split()


def digest(rng: random.Random) -> str:
    """A hash sum or object id in hex."""
    return chars(rng, HEX, rng.choice((7, 8, 10, 12, 32, 32, 40, 40, 64, 64, 96, 128)))


def integrity(rng: random.Random) -> str:
    """A subresource integrity value."""
    size, count = rng.choice((("256", 43), ("384", 64), ("512", 86)))
    return f"sha{size}-{chars(rng, BASE64, count)}{'=' if size == '256' else '==' if size == '512' else ''}"


def version(rng: random.Random) -> str:
    """A version number."""
    return f"{rng.randrange(30)}.{rng.randrange(30)}.{rng.randrange(60)}{rng.choice(('', '', '', '-rc1', '.dev0', '-beta.2', '+build.7'))}"


def ip(rng: random.Random) -> str:
    """A network address."""
    if rng.random() < 0.1:
        return ":".join(chars(rng, HEX, 4) for _ in range(8))
    return ".".join(str(rng.randrange(256)) for _ in range(4))


def identifier(rng: random.Random, lists: Lists) -> str:
    """A class, function or variable name, some of them like people's names."""
    word, other = rng.choice(lists.words), rng.choice(lists.words)
    return rng.choice((
        word.title() + other.title(), word.title() + rng.choice(SUFFIXES), f"{word}_{other}", word + other.title(), f"{word.upper()}_{other.upper()}",
        f"get{word.title()}", rng.choice(LAST_LIKE) + rng.choice(SUFFIXES), f"{word}.{other}", f"{word}-{other}",
    ))  # fmt: skip


def company(rng: random.Random, lists: Lists) -> str:
    """A company, some named like people."""
    roll = rng.random()
    if roll < 0.3:
        place = lists.places[rng.choice(("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT"))]
        if place.companies:
            return rng.choice(place.companies)
    if roll < 0.8:
        return f"{rng.choice(lists.words).title()} {rng.choice(COMPANY_ENDS)}"
    return rng.choice(lists.words).title() + rng.choice(
        ("soft", "works", "ify", "hub", "base", "ly")
    )


def amount(rng: random.Random) -> str:
    """A sum of money."""
    return rng.choice(("$", "€", "£", "USD ", "EUR ")) + rng.choice(
        (
            f"{rng.randrange(1, 9999)}.{rng.randrange(100):02}",
            f"{rng.randrange(1, 99)},{rng.randrange(100, 999)}.00",
        )
    )


def reference(rng: random.Random) -> str:
    """The number of a thing rather than of a person: an order, invoice, ticket, shipment."""
    return rng.choice((
        f"INV-{rng.randrange(10**6):06}", f"#{rng.randrange(10**7)}", f"{rng.choice(('PO', 'SO', 'ORD', 'TKT', 'REQ', 'RMA', 'RE', 'SR', 'CASE'))}-{rng.randrange(10**6)}",
        f"{rng.randrange(2015, 2028)}-{rng.randrange(10**5):05}", f"1Z{chars(rng, string.ascii_uppercase + string.digits, 16)}", f"{rng.randrange(10**8, 10**9)}",
        f"{rng.choice(('BUG', 'PROJ', 'OPS', 'WEB', 'API'))}-{rng.randrange(9999)}", f"R{rng.randrange(10**5)}/{rng.randrange(10, 28)}",
    ))  # fmt: skip


def isbn(rng: random.Random) -> str:
    """A book number."""
    return rng.choice(
        (
            f"978-{rng.randrange(10)}-{rng.randrange(1000, 9999)}-{rng.randrange(1000, 9999)}-{rng.randrange(10)}",
            f"978{rng.randrange(10**9, 10**10)}",
        )
    )


def number(rng: random.Random) -> str:
    """A plain number of any size."""
    roll = rng.random()
    if roll < 0.15:
        return f"{rng.uniform(-180, 180):.{rng.randrange(2, 8)}f}"
    return str(rng.randrange(10 ** rng.randrange(1, 11)))


def path(rng: random.Random, lists: Lists) -> str:
    """A file path."""
    parts = [rng.choice(lists.words) for _ in range(rng.randrange(1, 4))]
    return (
        rng.choice(("/", "./", "", "~/", "/usr/lib/", "src/", "C:\\"))
        + "/".join(parts)
        + rng.choice((".py", ".json", ".log", "", ".conf", ".txt", ".ts"))
    )


def placeholder_email(rng: random.Random) -> str:
    """An address that is nobody's: a role, or an example."""
    return f"{rng.choice(EXAMPLE_USERS)}@{rng.choice(EXAMPLE_HOSTS)}"


def coordinates(rng: random.Random) -> str:
    """A place on the map."""
    return f"{rng.uniform(-89, 89):.{rng.randrange(3, 7)}f}, {rng.uniform(-179, 179):.{rng.randrange(3, 7)}f}"


MAKERS: dict[str, Callable[[random.Random, Lists], str]] = {
    "sha": lambda r, _: digest(r),
    "integrity": lambda r, _: integrity(r),
    "uuid": lambda r, _: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "version": lambda r, _: version(r),
    "ip": lambda r, _: ip(r),
    "ident": identifier,
    "org": company,
    "amount": lambda r, _: amount(r),
    "ref": lambda r, _: reference(r),
    "isbn": lambda r, _: isbn(r),
    "int": lambda r, _: number(r),
    "small": lambda r, _: str(r.randrange(1, 60)),
    "year": lambda r, _: str(r.randrange(1950, 2028)),
    "time": lambda r, _: f"{r.randrange(24):02}:{r.randrange(60):02}",
    "port": lambda r, _: str(r.choice((80, 443, 5432, 3306, 6379, 8080, r.randrange(1024, 65535)))),
    "path": path,
    "word": lambda r, lists: r.choice(lists.words),
    "title": lambda r, lists: r.choice(lists.words).title(),
    "upper": lambda r, lists: r.choice(lists.words).upper(),
    "words": lambda r, lists: " ".join(r.choice(lists.words) for _ in range(r.randrange(2, 6))),
    "placeholder": lambda r, _: r.choice(PLACEHOLDERS),
    "anyone": lambda r, _: placeholder_email(r),
    "role": lambda r, _: r.choice(ROLES),
    "place": lambda r, _: r.choice(PLACES),
    "b64": lambda r, _: chars(r, BASE64, r.choice((24, 44, 88, 160))) + r.choice(("", "=", "==")),
    "image": lambda r, _: (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA"
        + chars(r, BASE64, r.choice((80, 200, 400)))
        + "=="
    ),
    "hex": lambda r, _: chars(r, HEX, 6),
    "coords": lambda r, _: coordinates(r),
    "mac": lambda r, _: ":".join(chars(r, HEX, 2) for _ in range(6)),
    "nonce": lambda r, _: chars(r, ALNUM, r.choice((8, 12, 16, 22))),
    "percent": lambda r, _: f"{r.uniform(0, 100):.1f}",
    "pubkey": lambda r, _: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB" + chars(r, BASE64, 120),
    "age": lambda r, _: str(r.randrange(1, 99)),
    "thing": lambda r, _: r.choice(LAST_LIKE),
}
"""The slots of templates that are never labelled, by name."""
