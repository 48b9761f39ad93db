"""Every command, setting and example on the pages is one that there is.

The pages are those of `docs/` that are written by hand, and the README and its like.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from leaksift import load_config
from leaksift.cli import cli
from leaksift.rules.own import load_own_rules
from leaksift.toml import parse_toml

ROOT = Path(__file__).parents[2]
GENERATED = {"commands.md"}
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "examples" / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in GENERATED),
    *sorted((ROOT / "docs" / "benchmarks").glob("*.md")),
]
REPOSITORY = "https://github.com/leaksift/leaksift"
RELEASE = "v0.1.0"


@dataclass(frozen=True)
class Snippet:
    """Something in a page, with what is included from files of the repository put in its place."""

    place: str
    language: str
    text: str
    included: bool = False


def fences(page: Path) -> Iterator[Snippet]:
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
        indent, language, inner = match.groups()
        inner = "".join(line.removeprefix(indent) for line in inner.splitlines(keepends=True))
        files = re.findall(r'^--8<-- "(.+)"$', inner, re.MULTILINE)
        for file in files:
            inner = inner.replace(f'--8<-- "{file}"', (ROOT / file).read_text(encoding="utf-8"))
        line = text.count("\n", 0, match.start()) + 1
        place = f"{page.relative_to(ROOT).as_posix()}:{line}"
        yield Snippet(place, language, inner, bool(files))


def in_language(*languages: str) -> list[Snippet]:
    found = [fence for page in PAGES for fence in fences(page)]
    return [fence for fence in found if fence.language in languages]


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command of a shell snippet, without redirections."""
    text = re.sub(r"\\\n", " ", text)
    for line in text.splitlines():
        if "$(" in line or line.startswith("#!"):
            continue
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        words: list[str] = []
        for token in lexer:
            if set(token) <= set("|&;()"):
                yield words
                words = []
            else:
                words.append(token)
        yield words


def _ours(words: list[str]) -> list[str] | None:
    """What follows `leaksift` where that is the program of a command."""
    while words and re.fullmatch(r"[A-Za-z_]+=.*", words[0]):
        words = words[1:]
    if not words or "leaksift" not in words:
        return None
    if words[0] not in ("leaksift", "exec", "uvx") and words[:2] != ["docker", "run"]:
        return None
    after = words[words.index("leaksift") + 1 :]
    for sign in ("<", ">", ">>"):
        after = after[: after.index(sign)] if sign in after else after
    return after


@dataclass(frozen=True)
class Command:
    """What follows `leaksift`. In a sentence a command may leave out what it needs."""

    place: str
    words: tuple[str, ...]
    in_sentence: bool


def _documented_commands() -> Iterator[Command]:
    for fence in in_language("sh", "bash", "console"):
        for words in _commands(fence.text):
            if after := _ours(words):
                yield Command(fence.place, tuple(after), in_sentence=False)
    for page in PAGES:
        text = re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.M | re.S)
        for match in re.finditer(r"`(leaksift [^`]+)`", text):
            if match[1].startswith("leaksift: ") or "COMMAND" in match[1]:
                continue
            for words in _commands(match[1].replace("…", "")):
                if after := _ours(words):
                    yield Command(page.relative_to(ROOT).as_posix(), tuple(after), in_sentence=True)


COMMANDS = list(_documented_commands())


@pytest.mark.parametrize(
    "documented", COMMANDS, ids=lambda one: f"{one.place} {' '.join(one.words)}"
)
def test_a_command_on_a_page_is_one_that_there_is(documented: Command) -> None:
    command: click.Command = cli
    context = click.Context(cli, info_name="leaksift")
    rest = list(documented.words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        below = command.get_command(context, rest[0])
        assert below is not None, rest[0]
        command, context = below, click.Context(below, parent=context, info_name=rest.pop(0))
    if isinstance(command, click.Group):
        assert documented.in_sentence or rest, "a group needs a command"
        return
    try:
        command.make_context(context.info_name, rest, parent=context.parent)
    except click.exceptions.Exit:
        pass  # --help
    except click.ClickException as error:
        if not (documented.in_sentence and isinstance(error, click.MissingParameter)):
            pytest.fail(error.format_message())


def test_the_commands_of_the_pages_are_found() -> None:
    assert len(COMMANDS) > 120
    assert any(one.words[:2] == ("rules", "import") for one in COMMANDS)
    assert any(one.words == ("scan", "--staged") for one in COMMANDS)


@pytest.mark.parametrize("fence", in_language("toml"), ids=lambda fence: fence.place)
def test_a_configuration_on_a_page_can_be_used(fence: Snippet, tmp_path: Path) -> None:
    if "entry-points" in fence.text:
        parse_toml(fence.text.encode())
        return
    name = "pyproject.toml" if "[tool.leaksift" in fence.text else ".leaksift.toml"
    (tmp_path / name).write_text(fence.text, encoding="utf-8")
    if "rules-files" in fence.text:
        (tmp_path / "rules").mkdir()
        rule = "[[rules]]\nid = 'acme'\ntitle = 'ACME'\npattern = 'acme_[a-z0-9]{32}'\n"
        (tmp_path / "rules" / "acme.toml").write_text(rule, encoding="utf-8")
    loaded = load_config(tmp_path, environ={})
    assert any(origin != "default" for origin in loaded.origins.values()), "it sets nothing"
    load_own_rules(loaded)


@pytest.mark.parametrize("fence", in_language("yaml"), ids=lambda fence: fence.place)
def test_yaml_on_a_page_is_a_file_of_the_repository_or_names_what_there_is(fence: Snippet) -> None:
    content = yaml.safe_load(fence.text)
    if fence.included:
        return  # those files are validated by their own schemas in .ci/run
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys()
    template = next(yaml.safe_load_all((ROOT / "templates" / "leaksift.yml").read_text("utf-8")))
    component = template["spec"]["inputs"].keys()
    for repository in content.get("repos", ()):
        assert {hook["id"] for hook in repository["hooks"]} <= hooks
        assert repository["repo"] == "local" or repository["rev"] == RELEASE
    for job in content.get("jobs", {}).values():
        for step in job["steps"]:
            if step["uses"].startswith("leaksift/"):
                assert step.get("with", {}).keys() <= inputs
    for include in content.get("include", ()):
        assert RELEASE in " ".join(str(value) for value in include.values())
        assert include.get("inputs", {}).keys() <= component


def test_a_file_that_a_page_shows_is_the_file() -> None:
    # Those that people read on GitHub too, where nothing is included, stand there in full.
    shown = [
        (file, text)
        for page in PAGES
        for file, text in re.findall(
            r"<!-- file: (.+) -->\n```\w+\n(.+?)```", page.read_text("utf-8"), re.DOTALL
        )
    ]
    assert len(shown) >= 2
    for file, text in shown:
        assert text == (ROOT / file).read_text("utf-8"), file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_into_the_repository_leads_to_something(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(rf"{REPOSITORY}/(?:blob|tree)/main/([^)#\s]+)", text):
        assert (ROOT / path).exists(), path
    # On GitHub the pages are read as files: a link to another one must name it, with its ending.
    for target in re.findall(r"\]\((?!https?://|#)([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve()
        assert there.exists(), target
        if anchor and there.suffix == ".md" and there.name not in GENERATED:
            assert anchor in _anchors(there), target


def _anchors(page: Path) -> set[str]:
    """As GitHub and Python-Markdown both make them, for the letters that the headings have."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings)
    return {re.sub(r"\s+", "-", heading) for heading in kept}


@pytest.mark.parametrize("page", ["model-traffic.md", "tables.md"])
def test_the_python_of_a_page_prints_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("faker") is None:
        pytest.skip("faker is not installed")
    monkeypatch.chdir(tmp_path)
    snippets = [one for one in fences(ROOT / "docs" / page) if one.language in ("python", "text")]
    programs = [one for one in snippets if one.language == "python"]
    assert len(programs) >= 3
    for number, snippet in enumerate(snippets):
        if snippet.language != "python":
            continue
        output = io.StringIO()
        variables: dict[str, Any] = {"__name__": "example"}
        with contextlib.redirect_stdout(output):
            exec(compile(snippet.text, snippet.place, "exec"), variables)
        following = snippets[number + 1] if number + 1 < len(snippets) else None
        if following is not None and following.language == "text":
            assert output.getvalue() == following.text
        else:
            for line in output.getvalue().splitlines():
                assert f"# {line}" in snippet.text, snippet.place
