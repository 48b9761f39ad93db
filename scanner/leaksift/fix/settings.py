"""Secrets in files that are no programs but can refer to the environment: shell scripts, YAML,
Terraform, `.properties`, `.env`."""

from __future__ import annotations

import re
from typing import Literal

from leaksift.fix.languages import shebang
from leaksift.fix.programs import line_before
from leaksift.fix.proposal import CannotFix, Edit

Kind = Literal["env", "shell", "yaml", "workflow", "terraform", "properties"]

_SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh"})
_SHELL_NAMES = frozenset(
    {".bashrc", ".bash_profile", ".envrc", ".profile", ".zshrc", ".zprofile", ".zshenv"}
)
_REFUSED = {
    "json": "JSON cannot refer to the environment: let the program read it",
    "ipynb": "a notebook is left to its own editor",
    "toml": "TOML cannot refer to the environment: let the program read it",
    "xml": "XML cannot refer to the environment: let the program read it",
    "tfvars": "a .tfvars file holds values only: give this one as TF_VAR_...",
}
# A comment, or a string in either kind of quotes. `#` opens a comment where a word would begin.
_SHELL_TOKENS = re.compile(
    r"""(?P<comment>(?<![^\s;&|(])\#[^\n]*)|(?P<escape>\\(?s:.))|(?P<single>'[^']*'?)
        |(?P<double>"(?:[^"\\]|\\(?s:.))*"?)""",
    re.VERBOSE,
)
_TERRAFORM_TOKENS = re.compile(
    r"""(?P<comment>(?:\#|//)[^\n]*|/\*(?s:.*?\*/|.*))|(?P<double>"(?:[^"\\\n]|\\.)*"?)""",
    re.VERBOSE,
)
_ENV_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w{0,80})[ \t]*=[ \t]*")


def kind_of(path: str, text: str) -> Kind:
    """What kind of settings a file holds. Raises CannotFix for one without references."""
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    if name == ".env" or name.startswith(".env.") or ending == "env":
        return "env"
    if ending in ("sh", "bash", "ksh", "zsh") or name in _SHELL_NAMES or shebang(text) in _SHELLS:
        return "shell"
    if ending in ("yml", "yaml"):
        if re.search(r"(?:^|/)\.github/(?:workflows|actions)/", path):
            return "workflow"
        if re.search(r"^apiVersion:", text, re.MULTILINE) and re.search(
            r"^kind:", text, re.MULTILINE
        ):
            raise CannotFix("Kubernetes does not read the environment: use a Secret by reference")
        return "yaml"
    if ending in ("tf", "hcl"):
        return "terraform"
    if ending == "properties":
        return "properties"
    if name.startswith("dockerfile") or ending == "dockerfile":
        raise CannotFix("an image keeps what its build sees: use a build secret")
    raise CannotFix(_REFUSED.get(ending, "no way is known to refer to the environment there"))


def setting_edit(kind: Kind, text: str, start: int, end: int, name: str) -> Edit:
    """The edit that reads `name` in the place of the value from `start` to `end`. Raises
    CannotFix."""
    if "\n" in text[start:end].strip():
        raise CannotFix("it is written over several lines")
    return _MAKERS[kind](text, start, end, name)


def _env(text: str, start: int, end: int, _name: str) -> Edit:
    before = line_before(text, start)
    line = start - len(before) if before is not None else None
    assignment = _ENV_LINE.match(text, line) if line is not None else None
    if assignment is None or assignment.end() > start:
        raise CannotFix("it is not the value of a variable")
    first, rest = assignment.end(), text.find("\n", start)
    last = len(text) if rest < 0 else rest
    last -= text[first:last].endswith("\r")
    quote = text[first : first + 1]
    if quote in ("'", '"'):
        closing = text.find(quote, max(end, first + 1), last)
        if closing < 0:
            raise CannotFix("the end of its string could not be made out")
        last = closing + 1
    else:
        comment = re.search(r"[ \t]#", text[end:last])
        last = end + comment.start() if comment else last
    # The variable has its name already.
    return Edit(first, last, "", assignment[1], note="keep the value where no commit takes it")


def _shell(text: str, start: int, end: int, name: str) -> Edit:
    reference = f"${{{name}}}"
    for token in _SHELL_TOKENS.finditer(text):
        if token.end() <= start:
            continue
        if token.start() >= end:
            break
        if token.start() > start or token.end() < end:
            raise CannotFix("it is made of several strings")
        if token.lastgroup == "escape":
            raise CannotFix("its quotes could not be made out")
        if token.lastgroup != "single":
            return Edit(start, end, reference, name)
        if not token[0].endswith("'") or len(token[0]) < 2:
            raise CannotFix("the end of its string could not be made out")
        if (token.start() + 1, token.end() - 1) == (start, end):
            return Edit(token.start(), token.end(), f'"{reference}"', name)
        # Nothing is replaced within single quotes: close them, and open them again.
        return Edit(start, end, f"'\"{reference}\"'", name)
    if "<<" in text[:start]:
        raise CannotFix("it may stand in a here-document")
    before = line_before(text, start)
    if before is None or re.search(r"\$\(|`", before):
        raise CannotFix("its quotes could not be made out")
    return Edit(start, end, f'"{reference}"', name)


def _yaml(text: str, start: int, end: int, name: str) -> Edit:
    note = "check that the program that reads this file replaces ${...}"
    return Edit(*_scalar(text, start, end, f"${{{name}}}"), name, note=note)


def _workflow(text: str, start: int, end: int, name: str) -> Edit:
    if name.startswith("GITHUB_"):
        # https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
        name = f"APP_{name}"
    note = f"add {name} to the secrets of the repository (Settings, Secrets and variables)"
    place = _scalar(text, start, end, f"${{{{ secrets.{name} }}}}")
    # It is no variable of the environment, so no .env file is to name it.
    return Edit(*place, note=note)


def _scalar(text: str, start: int, end: int, reference: str) -> tuple[int, int, str]:
    before = line_before(text, start)
    if before is None:
        raise CannotFix("it stands too far into a long line")
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    if not re.search(r"[\[{]", before) or " #" in before or _is_quoted(before):
        return start, end, reference
    # Within braces and brackets an unquoted scalar must not hold any: https://yaml.org/spec/1.2.2/
    if re.search(r"[:,\[{][ \t]*$", before) and re.match(r"[ \t]*[,\]}\r]|$", after):
        return start, end, f'"{reference}"'
    raise CannotFix("it is a part of a value within braces")


def _is_quoted(before: str) -> bool:
    """Whether a string is still open at the end of a piece of YAML."""
    quote = ""
    for sign in re.findall(r"\\.|[\"']", before):
        if not quote and len(sign) == 1:
            quote = sign
        elif sign == quote:
            quote = ""
    return bool(quote)


def _terraform(text: str, start: int, end: int, name: str) -> Edit:
    variable = name.lower()
    note = (
        f'declare it: variable "{variable}" {{ type = string, sensitive = true }} '
        "on lines of their own"
    )
    blocks = re.findall(r"^(\w+)[^\n{}]{0,200}\{", text[:start], re.MULTILINE)
    if blocks and blocks[-1] in ("variable", "terraform"):
        raise CannotFix(f"a {blocks[-1]} block takes no variables: take the value away")
    for token in _TERRAFORM_TOKENS.finditer(text):
        if token.end() <= start:
            continue
        if token.start() > start or token.end() < end:
            break
        whole = token.start() + 1 == start and token.end() - 1 == end
        if token.lastgroup == "double" and token[0].endswith('"') and whole:
            place = (token.start(), token.end(), f"var.{variable}")
            return Edit(*place, f"TF_VAR_{variable}", note=note)
        return Edit(start, end, f"${{var.{variable}}}", f"TF_VAR_{variable}", note=note)
    raise CannotFix("it is no string literal, or one that could not be made out")


def _properties(text: str, start: int, end: int, name: str) -> Edit:
    note = "check that the program that reads this file replaces ${...}, as Spring does"
    return Edit(start, end, f"${{{name}}}", name, note=note)


_MAKERS = {
    "env": _env,
    "shell": _shell,
    "yaml": _yaml,
    "workflow": _workflow,
    "terraform": _terraform,
    "properties": _properties,
}
