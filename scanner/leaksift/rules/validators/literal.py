"""Whether a value is written out, or stands for one that comes from elsewhere.

References to variables, templates, calls, look-ups in a vault and masks are no leak. Known
placeholders (`changeme`, `your-token-here`) are literals here: whether they count is policy.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(
    r"""
    \$[({] | \A\$[A-Za-z_]             # shell, PHP, JavaScript templates: ${NAME} $(cmd) $NAME
    | \$(?:[A-Z_]{3,} | [a-z_]{4,})(?![A-Za-z0-9])
    | \{\{ | \}\} | <% | %> | \{% | \#\{ | @\{  # Jinja, Helm, ERB, Ruby, Thymeleaf
    | %\([A-Za-z_] | %[sdrvq](?![A-Za-z0-9]) | %%  # formats
    | \A%[A-Za-z_]\w{0,60}%\Z           # Windows: %NAME%
    | \A\{[A-Za-z_0-9.:!]{0,60}\}       # str.format: {name}
    | \{[A-Za-z_][\w.]{0,60}\}
    | \A<[^<>]{0,80}>?\Z                # <your token>
    | \A\[[^\[\]]{0,80}\]\Z
    | \A__\w{1,60}__\Z | \A@\w{1,60}@\Z  # replaced by a build step
    | \A(?:os|process|env|ENV|config|cfg|settings|secrets|vars?|inputs|github|local|data|self|this
        |ctx|context|args|options|opts|params|request|req|props|state|app|System|module
        )(?:\.[A-Za-z_][\w-]{0,60}|\[|->|::)
    | (?:environ|getenv|get_env|GetEnv|env)[(\[.]
    | \A[A-Za-z_][\w.:>-]{0,60}\(        # a call
    | \A(?:op|vault|sops|ssm|secretsmanager|keyring|awssm|gcpsm|akv|ref|aws-ssm|doppler)[:+]
    | \A(?:arn|urn|projects/|kv/|secret/) | \A!(?:Ref|Sub|GetAtt|Join|vault|reference|secret|env)
    | \AENC\[ | \AENC\( | \A\{cipher\} | \A\{\w{2,12}\}[^}]{0,4}\Z
    """,
    re.VERBOSE | re.ASCII,
)
_MASK = re.compile(
    r"[*•●.xX#_?\-=]{3,}\Z|.{0,4}[*•●]{3,}|.{0,40}(?:\.\.\.|…)|(.)\1{2,}\Z", re.ASCII
)


def is_literal(value: str) -> bool:
    """Whether the value itself is here, and is not masked."""
    return not is_reference(value) and not is_mask(value)


def is_reference(value: str) -> bool:
    """Whether the value names a place where the real one comes from."""
    return _REFERENCE.search(value) is not None


def is_mask(value: str) -> bool:
    """Whether the value is hidden (`****`, `abc...`) or one character, or a short run, repeated."""
    if _MASK.match(value):
        return True
    # `121212` and `lalala` are passwords of people: what repeats more than one character is a mask
    # only where it goes on.
    return len(value) > 6 and any(
        value == (value[:size] * (len(value) // size + 1))[: len(value)]
        for size in range(2, min(4, len(value) // 3) + 1)
    )
