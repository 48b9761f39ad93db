"""Names of settings that sound like a credential, and values of settings that look like one.

For files that hold settings and nothing else. Source code needs more care: see
`validators/credential.py`.
"""

from __future__ import annotations

import re

from leaksift.rules.validators.shape import looks_random
from leaksift.rules.validators.words import is_plain, wordiness

# Compared without separators: `client-secret`, `clientSecret` and `CLIENT_SECRET` are one name.
_PASSWORDS = (
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "userpw",
    "rootpw",
    "dbpw",
    "pwd",
    "pword",
)
_TOKENS = (
    "secret",
    "secretkeybase",
    "secretkey",
    "token",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "accountkey",
    "storagekey",
    "sharedkey",
    "sharedsecret",
    "licensekey",
    "appkey",
    "hashkey",
    "cryptkey",
    "cookiekey",
    "jwtkey",
    "sessionkey",
    "salt",
    "credential",
    "credentials",
    "connectionstring",
)
_ALL = _PASSWORDS + _TOKENS
# `pass` alone or behind a separator: `bypass` and `compass` are words.
_SHORT = re.compile(
    r"(?:(?:\A|[_.-])(?i:pass|psk|pw)|[a-z]Pass|(?i:app|admin|auth|db|ftp|http|imap|key|ldap|login"
    r"|mail|my|mysql|pop|proxy|remote|root|sftp|smtp|sql|ssh|store|user|web)pass)\Z"
)
_NUMBERED = re.compile(r"[_.-]?[0-9]{1,3}\Z", re.ASCII)
_OTHER = re.compile(
    r"(?:csrf|xsrf|next|page|cursor|continuation|public|pub|forgot|reset|change|show|hide|use|no|"
    r"enable|require|force|allow|without|need|invalid|wrong|old|confirm|min|max|pad|eos|bos|unk|"
    r"site|recaptchasite)_?\W?(?:password|passwd|token|secret|key|pass)\Z",
    re.ASCII,
)
_NO_PASSWORD = re.compile(
    r"""(?x)
    (?:true|false|yes|no|on|off|none|null|nil|undefined|empty|disabled|enabled|required|optional
      |string|password|text|default|prompt|ask|md5|sha1|sha256|sha512|bcrypt|crypt|plain|login)\Z
    | [a-z][a-z0-9+.-]{1,20}://[^:@/\s]*(?::[0-9]+)?(?:[/?\#]\S*)?\Z  # without a password
    | (?:\.{0,2}|~)/[\w.@-]+(?:/|\Z) | [a-z]:\\                         # a path
    | [\w./-]+\.(?:pem|key|crt|cer|json|ya?ml|txt|toml|ini|cfg|conf|env|p12|pfx|jks|gpg|html?)\Z
    | @ | \# | <
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def is_credential(name: str, value: str) -> bool:
    """Whether a setting called `name` with the literal `value` is a credential."""
    kind = _kind(name)
    if kind is None or len(value) < 4 or len(value) > 4000 or _NO_PASSWORD.match(value):
        return False
    flat = _flat(value)
    if not flat.isascii() or not flat or flat in _flat(name):
        return False
    if any(c.isspace() for c in value.strip()):
        # A sentence or a list, unless it is short and has what words have not.
        return kind == "password" and len(value.split()) == 2 and any(map(str.isdigit, value))
    if kind == "token":
        return looks_random(value) or (
            len(value) >= 8
            and any(c.isdigit() for c in value)
            and wordiness(value) < 0.9
            and not is_plain(value)
            and not value.isdigit()
        )
    if is_plain(value):
        return any(c.isdigit() for c in value)  # `admin123` opens doors
    return True


def _kind(name: str) -> str | None:
    name = _NUMBERED.sub("", name)
    if _SHORT.search(name):
        return "password"
    flat = _flat(name)
    if not flat.endswith(_ALL) or _OTHER.search(name.lower()):
        return None
    return "password" if flat.endswith(_PASSWORDS) else "token"


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
