"""The syntax around a value that is given to a name, in code, settings, markup and commands.

Reads what stands left and right of a candidate: which name, how it is assigned, whether the value
is quoted or bare, and whether it is the whole of what is assigned. It does not judge the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.shape import looks_random
from leaksift.rules.validators.words import is_identifier

# Files in which a bare word after an equals sign is another name, not a value.
_CODE = frozenset(
    """
    py pyi pyx js jsx ts tsx mjs cjs vue svelte go java kt kts scala groovy cs vb fs c h cc cpp cxx
    hpp m mm swift rs rb php pl pm lua r dart ex exs erl hs clj jl sol zig nim d pas proto
    """.split()
)
_SETTINGS = frozenset(
    """
    yml yaml json toml ini cfg conf cnf config properties env example sample dist template tfvars
    tfstate hcl j2 erb tpl local secret credentials plist xml
    """.split()
)

# What is left of a value, up to its name. The name is the last one before the operator.
_LEFT = re.compile(
    r"""(?x)
    (?<![\w$.-])(?P<name>[$@.-]{0,3}\w[\w$.-]{0,100})
    (?P<close>(?:\\{0,3}["'`]|&(?:quot|\#34|\#39|apos);)?\]?\)?)
    (?P<middle>\s{0,4}:\s{0,2}(?:\[\])?[A-Za-z&*][\w<>\[\]|.&?*]{0,30}|\[\d{0,4}\]|[ \t]string)?
    (?P<gap>[ \t]{0,30})
    (?P<operator>=>|:=|={1,3}|!={1,2}|\?=|->|<-|:|：|,|\(|\|\||\?\?|\?:|(?<=[\s)])or(?=\s)|>
      |["']?[ \t]{1,4}value[ \t]?=
      |["']?[ \t]{0,3},?\s{0,30}(?:\n[ \t]{0,40}|,[ \t]{0,4}|\{\s{0,40})
       ["']?(?:[vV]alue|default)["']?[ \t]{0,4}[:=]
      |)
    (?P<blank>[ \t]{0,30}\[?[ \t]{0,4})
    (?P<prefix>[bBrRuUfFL@$]{0,2})
    (?P<quote>\\{0,3}["'`]|&(?:quot|\#34|\#39|apos);)?\Z
    """,
)
# What may stand between the beginning of the line, or of a string, and a bare assignment.
_CONFIGURATION_START = re.compile(
    r"""(?x)
    \s{0,40}
    (?: (?:export|set|setx|ENV|ARG|declare|readonly|local)\s{1,4} | -\s{1,4} | [#;]\s{0,4}
      | //\s{0,4} )?
    (?: -e\s{1,2} | --env[\s=] )?
    ["']?\Z
    | .*(?:\s|^|["'])(?:-e\s{1,2}|--env[\s=]|-D|-P|/p:|--|export\s{1,2})\Z
    | (?:.*[\s;({,?&"'`\\])?\Z
    | .*(?:\\n|\\r\\n)\Z
    """,
    re.ASCII,
)
_CONFIGURATION_LINE = re.compile(
    r"""(?x)\s*(?:
        [\#;!].* | //.* | \[[^\]]*\] | --- | \.\.\.
      | (?:-\s+|export\s+|set\s+|ENV\s+|ARG\s+)?["']?[A-Za-z_][\w.\-/$]*["']?\s?[:=]\s?[^(){};]*
      | -\s+[^(){};]*
    )?\Z""",
    re.ASCII,
)
_QUOTES = ('"', "'", "`", ";")  # the last one ends `&quot;`
_GOES_ON = (
    "+", "%", ".format", ".join", ".replace", ". ", ".$", "..", "&", "in [", "||", "?", "[",
)  # fmt: skip


@dataclass(frozen=True)
class Assignment:
    """How a value is given to a name. `quote` is empty where the value stands bare; `spaced` says
    whether blanks stand around the operator; `operator` is empty where only a blank is between."""

    before: str
    name: str
    operator: str
    spaced: bool
    quote: str
    prefix: str


def read_assignment(candidate: Candidate) -> Assignment | None:
    """The assignment whose value the candidate is, if it is one."""
    text, start = candidate.text, candidate.start
    begin = max(0, start - 200)
    if candidate.match_start >= begin:
        # The rule's match begins inside the name.
        name = candidate.match_start
        while name > begin and (text[name - 1].isalnum() or text[name - 1] in "_$.-@"):
            name -= 1
        match = _LEFT.match(text, name, start)
    else:
        match = _LEFT.search(text, begin, start)
    if match is None:
        return None
    line = max(text.rfind("\n", begin, match.start()) + 1, begin)
    return Assignment(
        before=text[line : match.start()],
        name=match["name"],
        operator=_operator(match["operator"]),
        spaced=bool(match["gap"] or match["blank"]) or match["operator"] == "：",
        quote=match["quote"] or "",
        prefix=match["prefix"],
    )


def _operator(text: str) -> str:
    """A name and its value as two entries (`name: X`, `value: y`) are an assignment too."""
    if text == "：":
        return ":"
    return "=" if text[-1:] in ("=", ":") and len(text) > 3 else text


def kind_of_file(path: str) -> str:
    """ "code", "settings" or "" where the ending does not say."""
    ending = path.rpartition(".")[2].lower()  # one with a slash in it is in neither table
    return "code" if ending in _CODE else "settings" if ending in _SETTINGS else ""


def stands_alone(candidate: Candidate, assignment: Assignment) -> bool:
    """Whether the quoted value is the whole of what is assigned, not a part of an expression."""
    after = candidate.line_after(40)
    if not after.startswith(assignment.quote):
        return False
    after = after[len(assignment.quote) :].lstrip(" \t")
    return not after.startswith(_GOES_ON) and not (
        after.startswith(":") and not after.startswith(":\n") and assignment.operator in (",", "(")
    )


def is_configuration(candidate: Candidate, assignment: Assignment) -> bool:
    """Whether a bare value stands where a configuration file or a command line has one."""
    value = candidate.value
    after = candidate.line_after(40)
    if after[:1] not in ("", " ", "\t", "\r", '"', "'", "&", "\\", "<", ",", "}", "]", ")", "`"):
        return False
    if assignment.operator == ">":
        return after.startswith(("</", "&lt;/"))
    if assignment.operator not in ("=", ":", ":=", "?=", "=>"):
        return (
            assignment.operator == ""
            and re.fullmatch(r"\s*(?:ENV|ARG)\s+", assignment.before) is not None
        )
    if not _CONFIGURATION_START.match(assignment.before):
        return False
    if assignment.operator == ":" and not assignment.spaced:
        return False
    if assignment.name.startswith(("$", "@")):
        return False  # a variable: its value is quoted
    rest = after.lstrip()
    if (
        rest
        and not rest.startswith(("#", "//", ";", "-", '"', "'", "&", "\\", "}", "]", ",", "`"))
        and (
            # More words: prose, unless it is a line of settings (`export A=1 B=2`).
            assignment.operator != "=" or assignment.spaced
        )
    ):
        return False
    in_shell = assignment.operator == "=" and not assignment.spaced
    if any(c in "()[]{}" for c in value) or value[-1] in ",;:":
        # Code, unless it is a settings file's `NAME=value`.
        return in_shell and assignment.name.isupper()
    # `token = other_token`: in code a name, in a settings file a value.
    is_name = assignment.operator == "=" and assignment.spaced and is_identifier(value)
    return not is_name or looks_random(value) or among_settings(candidate)


def is_bare_in_code(candidate: Candidate) -> bool:
    """Whether the value is without quotes in source code, outside of comments and strings: a name,
    a number or a call."""
    if candidate.text[candidate.start - 1 : candidate.start] in _QUOTES:
        return False
    return kind_of_file(candidate.path) == "code" and not _in_text(candidate)


def _in_text(candidate: Candidate) -> bool:
    """Whether the place is in a comment or a string on its line, rather than in code."""
    before = candidate.line_before()
    if before.lstrip().startswith(("#", "//", "*", "--", ";", "/*")):
        return True
    return any(before.count(quote) % 2 for quote in ('"', "'", "`"))


def among_settings(candidate: Candidate) -> bool:
    """Whether the two lines before and after look like those of a settings file."""
    text = candidate.text
    begin = text.rfind("\n", 0, candidate.start) + 1
    end = text.find("\n", candidate.end)
    before = text[max(0, begin - 400) : begin].splitlines()[-2:]
    after = text[end + 1 : end + 400].splitlines()[:2] if end != -1 else []
    return all(_CONFIGURATION_LINE.match(line) for line in before + after)
