"""What programs and their documentation write beside credential-like names, and what it looks like.

A value that is made of these words alone is the name of something, not a secret. The list is not a
dictionary: it holds the words that stand in such places in ordinary source code.
"""

from __future__ import annotations

import re
from itertools import pairwise

PLAIN_WORDS = frozenset(
    """
    access account active actual add address admin administrator aes agent alg algorithm all allow
    alpha an and anonymous any api app application apply arg argon args argument array as asc
    ascii assertion async at attr attribute auth authenticate authenticated authentication
    authorization authorize authorized auto aws azure backend bad bar base basic baz bcrypt bearer
    begin beta bin blank blob block body bool boolean bot both box browser bucket buffer build but
    by byte bytes cache call callback camel cannot card case cbc cert certificate change changed
    changeme char character characters chars check class clear cli client clients clone cloud code
    codec com command common complete concat conf config configuration confirm confirmation
    connection console const contain content context cookie copy core correct count create created
    credential credentials crypt crypto csrf ctr ctx current custom daemon data database date day
    db debug default define delete demo deny deprecated der des desc description dev device dict
    digest dir disable disabled display doc docs document domain drop dummy duplicate ecdsa ed
    edit element email empty enable enabled encode encoded encoding encrypt encrypted encryption
    end endpoint enter entity enum env environment eof error event example exception execute exist
    exists expire expired expires explicit export expr expression extra factory fail failed fake
    false family fetch field file filter final first fixed flag flags flow fmt foo for forgot form
    format from full func function gcm generate generated generic get git github gitlab global go
    goes google grant group guest handler hard has hash header headers hello help here hex hidden
    hint hmac holder home host hostname html http https id ident identifier identity idle if
    ignore image implicit import in include index info init inline input insert install instance
    int integer interface internal invalid invite is issuer item iv java job json jwk jws jwt kdf
    keep key keychain keyfile keyring keys keyword keywords kid kind known label lang language
    last latest ldap least left length less let level license lifetime limit line link list
    literal live load local locale location lock log login logout long lookup loop lower machine
    magic mail main make manager map mask master match max maybe md me member message messages
    meta metadata method mfa min missing mock mod mode model module mount multi must my mysql name
    names namespace native need nested net network never new next no node nonce none normal not
    nothing ns ntlm null num number oauth obj object of off oidc ok old on once one only op open
    openid operator option optional options or order org origin other out output owner package pad
    page param parameter params parent parse parser part pass passcode passphrase passwd password
    passwords path pattern payload pbkdf peer pem percent permanent permission permissions phone
    pin pipe pkce pkcs placeholder plain plaintext plugin pool port post postgres postgresql pre
    prefix preshared previous primary print private prod production profile project prompt
    property protected provider proxy pub public push put pwd query queue quote random range rate
    raw re read readonly real realm redirect redis ref refresh regex region register registry
    remember remote remove rename renew repeat replace replica repo request require required reset
    resource response rest result retry return revoke right role root route rsa rule run runtime
    salt same saml sample sasl save schema scheme scope scram scrypt search second secret secrets
    section secure security see seed select self send separator serial serializer server service
    session set setting settings setup sha shared should show sid sign signature signed signin
    signing signup single site size skip slot snake socket some sort source space spec special sql
    src ssh ssl sso staging standard start state static status step stop storage store str stream
    strict string strong struct style sub subject submit success suffix super symbol sync syntax
    system tag target task team temp template temporary tenant test tester testing tests text the
    this threshold ticket time timeout tls tmp to todo token tokens too tools total trace trailing
    transform transport true trust try ttl two txt type types unauthorized undefined unexpected
    unique unknown unset unused update upload upper uri url urn usage use used user userinfo
    username users using utf uuid valid validate validation validator value values var variable
    vault verbose verify version view virtual visible wait warning weak web webhook when which
    while width will window with word words worker workflow wrap write wrong xml yaml yes you your
    zero zone
    """.split()
)

# The pairs of letters that make up nine tenths of the words in source code and English text, and a
# quarter of random ones.
_COMMON_PAIRS = frozenset(
    """
    ab ac ad ag ai al am an ap ar as at au ay ba be bl bo bu ca ce ch ci ck cl co cr ct cu da
    de di do ds ea ec ed ee ef el em en ep eq er es et ev ex fa fe fi fo fu ge gi ha he hi ho
    ht ia ib ic id ie if ig il im in io ip ir is it iv iz ke la ld le li ll lo ls lt lu ly ma
    me mi mo mp na nc nd ne nf ng ni nn no ns nt ob oc od ol om on oo op or os ot ou ov ow pa
    pe pi pl po pp pr pt pu qu ra rd re rg ri rm rn ro rr rs rt ru ry sa sc se sh si so sp ss
    st su ta te th ti to tr ts tt tu ty ub ue ul um un up ur us ut va ve vi wa wh wi xc xt yp
    """.split()
)

_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", re.ASCII)
_LETTERS = re.compile("[a-z]+", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:[.:-]{1,2}[A-Za-z0-9_$]+)*\Z", re.ASCII)


def words(text: str) -> list[str]:
    """The words of a text in lower case, split at capitals and at everything but letters."""
    return [word.lower() for word in _CAMEL.findall(text)]


def is_plain(text: str) -> bool:
    """Whether all words of the text, if it has any, are plain ones, whatever stands between."""
    found = words(text)
    return bool(found) and all(_plain_word(word) for word in found)


def _plain_word(word: str) -> bool:
    """Whether the word is plain, or one that owns another: `mypassword`, `testuser`."""
    if word in PLAIN_WORDS:
        return True
    return any(
        word.startswith(owner) and word[len(owner) :] in PLAIN_WORDS
        for owner in ("my", "your", "the", "some", "test", "user", "db", "super", "new", "old")
    )


def is_identifier(text: str) -> bool:
    """Whether the text could name a variable, an attribute or a dotted path."""
    return _IDENTIFIER.match(text) is not None


def wordiness(text: str) -> float:
    """How much of the letters runs like words: 0 (also where no two letters meet) to 1."""
    runs = _LETTERS.findall(text.lower())
    pairs = [run[i : i + 2] for run in runs for i in range(len(run) - 1)]
    return sum(pair in _COMMON_PAIRS for pair in pairs) / len(pairs) if pairs else 0.0


def changes_of_kind(text: str) -> int:
    """How often letters, digits and other characters take turns along the text, or small letters
    are followed by capitals."""
    kinds = "".join(
        "a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else "-" for c in text
    )
    return sum(left != right and left + right != "Aa" for left, right in pairwise(kinds))
