"""Tokens that can be opened: their parts decode to something that only such a token holds."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.checksum import github_token
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.words import is_plain

# The examples of RFC 7617, RFC 2617 and RFC 6749. Once encoded, no list of known examples
# recognises them, so that they are refused here, as are pairs whose password is a word for one.
_SHOWN_PAIRS = frozenset(
    {"Aladdin:open sesame", "aladdin:opensesame", "s6BhdRkqt3:gX1fBat3bV", "test:123£"}
)


def jwt(candidate: Candidate) -> bool:
    """A signed JSON Web Token: header and claims are JSON objects, the header names an algorithm.

    Unsigned tokens prove nothing, and the anonymous key of a Supabase project is made to be
    published, so that neither is a finding. RFC 7519.
    """
    claims = _signed_claims(candidate.value)
    return claims is not None and not (
        claims.get("iss") == "supabase" and claims.get("role") == "anon"
    )


def supabase_service_key(candidate: Candidate) -> bool:
    """A JSON Web Token that Supabase issued for the role that passes all access rules."""
    claims = _signed_claims(candidate.value)
    return claims is not None and claims.get("role") == "service_role"


def github_app_token(candidate: Candidate) -> bool:
    """`ghs_` and either 36 characters with a checksum, or the app's id and a JSON Web Token.

    https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    """
    if "." not in candidate.value:
        return github_token(candidate)
    return _signed_claims(candidate.value.split("_", 2)[2]) is not None


def pypi_token(candidate: Candidate) -> bool:
    """A macaroon (format 2) with an identifier and a signature of 32 bytes.

    https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt
    """
    data = _decode(candidate.value.partition("-")[2])
    return data is not None and _is_macaroon(data)


def basic_auth(candidate: Candidate) -> bool:
    """The payload of HTTP Basic: base64 of `user:password` in printable characters. RFC 7617."""
    data = _decode(candidate.value)
    if data is None:
        return False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    _, colon, password = text.partition(":")
    if not colon or len(password) < 3 or not text.isprintable() or text in _SHOWN_PAIRS:
        return False
    return is_literal(password) and not is_plain(password)


def discord_token(candidate: Candidate) -> bool:
    """The first part of a Discord token is the bot's numeric id in base64."""
    data = _decode(candidate.value.partition(".")[0])
    return data is not None and data.isdigit() and 15 <= len(data) <= 20


def aws_access_key_id(candidate: Candidate) -> bool:
    """An AWS key id: newer ones, whose fifth character is none of A to P, hold their account.

    Its number is in the 40 bits after the first of the base32 text, and has twelve digits. A key
    that repeats itself is nobody's.
    """
    identifier = candidate.value[4:]
    if len(set(identifier)) < 6:
        return False
    if "A" <= identifier[0] < "Q":
        return True
    try:
        data = base64.b32decode(identifier)
    except ValueError:
        return False
    account = int.from_bytes(data[:6], "big") >> 7 & (1 << 40) - 1
    return account <= 999_999_999_999


def json_payload(candidate: Candidate) -> bool:
    """A token whose part from `eyJ` on, up to a full stop or the last `_`, is a JSON object in
    base64."""
    rest = candidate.value[candidate.value.find("eyJ") :]
    return any(_json_object(part, 0) is not None for part in (rest, rest.rpartition("_")[0]))


def sentry_token(candidate: Candidate) -> bool:
    """A Sentry token of an organization holds a JSON object; one of a user has no inner form."""
    return candidate.value.startswith("sntryu_") or json_payload(candidate)


def cloudflare_tunnel_token(candidate: Candidate) -> bool:
    """The account, tunnel and secret of a Cloudflare Tunnel as a JSON object in base64."""
    fields = _json_object(candidate.value, 0)
    return fields is not None and {"a", "t", "s"} <= fields.keys()


def intercom_token(candidate: Candidate) -> bool:
    """An Intercom access token is `tok:` and an identifier in base64."""
    data = _decode(candidate.value)
    return data is not None and re.fullmatch(rb"tok:[0-9a-f_]{30,40}:[0-9]:[0-9]", data) is not None


def jfrog_reference_token(candidate: Candidate) -> bool:
    """A JFrog reference token is its kind, its version, its expiry and 28 characters in base64."""
    data = _decode(candidate.value)
    return data is not None and re.match(rb"reftkn:[0-9]{2}:[0-9]{10}:", data) is not None


def _signed_claims(token: str) -> dict[str, Any] | None:
    """The claims of a JSON Web Token whose header names an algorithm for its signature."""
    header = _json_object(token, 0)
    if not header or str(header.get("alg", "none")).lower() == "none":
        return None
    return _json_object(token, 1)


def _json_object(token: str, part: int) -> dict[str, Any] | None:
    """A part of a JSON Web Token, if it is a JSON object."""
    parts = token.split(".")
    data = _decode(parts[part]) if part < len(parts) else None
    if data is None:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decode(text: str) -> bytes | None:
    """The bytes of a text in base64, either alphabet, padded or not."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_macaroon(data: bytes) -> bool:
    """Packets up to an end mark: location, identifier; then caveats; then the signature."""
    packets: list[tuple[int, bytes]] = []
    if data[:1] != b"\x02":
        return False
    at = 1
    while at < len(data):
        kind, at = data[at], at + 1
        if kind == 0:
            packets.append((0, b""))
            continue
        length = shift = 0
        while True:
            if at >= len(data) or shift > 21:
                return False
            byte, at = data[at], at + 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if at + length > len(data):
            return False
        packets.append((kind, data[at : at + length]))
        at += length
    kinds = [kind for kind, _ in packets]
    return kinds[:3] == [1, 2, 0] and kinds[-1] == 6 and len(packets[-1][1]) == 32
