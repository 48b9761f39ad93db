"""Background text: real code, configuration and documentation out of package archives.

Each package gives at most `PER_PACKAGE` characters, in pieces of at most `PIECE`. Nothing in an
archive is executed. What looks private in such text is nobody's to vouch for: `doubtful` finds it,
and examples mark it unknown.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import gzip
import html
import io
import json
import random
import re
import subprocess
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

PER_PACKAGE = 320_000
PER_KIND_AND_PACKAGE = 160_000
PIECE = 5_000
LARGEST = 1_500_000

KINDS = {
    ".py": "py", ".pyi": "py", ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "js", ".ts": "js", ".tsx": "js", ".vue": "js",
    ".go": "go", ".rs": "rs", ".java": "java", ".kt": "java", ".scala": "java", ".cs": "java", ".c": "c", ".h": "c", ".cpp": "c",
    ".hpp": "c", ".m": "c", ".mm": "c", ".swift": "c", ".php": "php", ".rb": "rb", ".erb": "html", ".sh": "sh", ".bash": "sh",
    ".ps1": "sh", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".ipynb": "json", ".toml": "toml", ".ini": "ini", ".cfg": "ini",
    ".conf": "ini", ".properties": "ini", ".gradle": "java", ".md": "md", ".rst": "md", ".txt": "txt", ".html": "html",
    ".htm": "html", ".xml": "html", ".svg": "html", ".xsd": "html", ".sql": "sql", ".css": "css", ".scss": "css", ".less": "css",
    ".csv": "csv", ".tf": "ini", ".proto": "go", ".po": "po", ".pot": "po", ".map": "json", ".lock": "json", ".snap": "js",
    ".graphql": "js", ".j2": "html", ".1": "man", ".3": "man", ".5": "man", ".7": "man", ".8": "man", ".patch": "txt", ".diff": "txt",
}  # fmt: skip
NAMED = {
    "Dockerfile": "ini",
    "Makefile": "ini",
    "README": "txt",
    "NEWS": "txt",
    "CHANGELOG": "txt",
    "METADATA": "txt",
    "LICENSE": "txt",
    "copyright": "txt",
    "Gemfile": "rb",
    "Rakefile": "rb",
    "RECORD": "csv",
    ".npmrc": "ini",
    ".editorconfig": "ini",
}

# Every package has enough of these: other kinds are taken first.
COMMON = frozenset(("py", "js", "css", "csv", "txt", "html"))

# Scanners of secrets and their test data are what the model is compared with.
HELD_OUT = re.compile(
    r"detect.?secrets|gitleaks|betterleaks|trufflehog|presidio|leaky|creddata|credsweeper|kingfisher|textsift",
    re.IGNORECASE,
)

_AUTHORS = re.compile(
    r"author|copyright|\(c\)|©|maintain|written by|thanks|contribut|licen[cs]e|signed-off|credits",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(
    r"""(?P<mail>[\w.+%-]+@[\w-]+\.[\w.-]*\w)
    |-----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----[\s\S]{0,3500}?(?:-----END[^\n]*|\Z)
    |eyJ[\w-]{10,}\.[\w.-]+
    |\b(?:AKIA|ASIA|gh[pousr]_|glpat-|xox[bpas]-|[rs]k_(?:live|test)_|AIza|hf_|npm_)[\w-]{12,}
    |://[^\s:/@"']*:(?P<pass>[^@\s/"'<>{}$]{3,})@
    |(?i:passw(?:or)?d|passwd|pwd|secret|token|api_?key|credential|passphrase)[\w"'\]]*[ ]*(?:[:=]+>?|,)[ ]*["'](?P<quoted>[^"'\s<>{}$]{5,})["']
    |(?<![\w.])\+\d[\d ().-]{7,}\d
    |(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)
    |(?<![\w.-])(?:\d{4}[ -]?){3}\d{4}(?![\w.-])
    |\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}\b
    """,
    re.VERBOSE,
)


def doubtful(text: str) -> list[tuple[int, int]]:
    """Stretches of background text that may be private data: e-mail addresses, keys, numbers.

    Addresses on lines of authorship or licence are left out: they were published on purpose, and
    the model shall be silent about them.
    """
    found = []
    for match in _DOUBTFUL.finditer(text):
        start, end = match.span()
        for group in ("pass", "quoted"):
            if match.group(group):
                start, end = match.span(group)
        if match.group("mail"):
            line_start = text.rfind("\n", 0, start) + 1
            line_end = text.find("\n", end)
            if _AUTHORS.search(text[line_start : line_end if line_end >= 0 else len(text)]):
                continue
        found.append((start, end))
    return found


def entries(place: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Name and content of the wanted files of a wheel, an npm archive or a Debian package."""
    if place.suffix == ".whl":
        with zipfile.ZipFile(place) as wheel:
            for info in wheel.infolist():
                if 200 < info.file_size < LARGEST and wanted(info.filename):
                    yield info.filename, wheel.read(info)
        return
    with tempfile.TemporaryFile() as unpacked:
        if place.suffix == ".deb":
            subprocess.run(["dpkg-deb", "--fsys-tarfile", str(place)], stdout=unpacked, check=True)
        else:
            unpacked.write(gzip.decompress(place.read_bytes()))
        unpacked.seek(0)
        with tarfile.open(fileobj=unpacked, mode="r:") as archive:
            for member in archive:
                if member.isfile() and 200 < member.size < LARGEST and wanted(member.name):
                    content = archive.extractfile(member)
                    if content is not None:
                        yield member.name, content.read()


def kind_of(name: str) -> str | None:
    """The kind of text that a file name promises."""
    path = PurePosixPath(name.removesuffix(".gz"))
    return NAMED.get(path.name) or KINDS.get(path.suffix.lower())


def decoded(name: str, content: bytes) -> str | None:
    """The text of a file, or None where it is not UTF-8 or not text."""
    if name.endswith(".gz"):
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(LARGEST)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n")


def read_package(registry: str, name: str, place: Path) -> Iterator[tuple[str, str, str]]:
    """Pieces of a package's text: (kind, package, text), the same ones each time."""
    rng = random.Random(f"{registry} {name}")
    package = f"{registry}:{name}"
    total: Counter[str] = Counter()

    def wanted(file: str) -> bool:
        return kind_of(file) is not None and not HELD_OUT.search(file)

    loaded = sorted(entries(place, wanted))
    rng.shuffle(loaded)
    loaded.sort(key=lambda entry: kind_of(entry[0]) in COMMON)
    for file, content in loaded:
        kind = kind_of(file)
        if kind is None or total[kind] > PER_KIND_AND_PACKAGE or sum(total.values()) > PER_PACKAGE:
            continue
        text = decoded(file, content)
        if text is None or len(text) < 200 or HELD_OUT.search(text[:200_000]):
            continue
        # Minified code is one line; a little of it is enough.
        if len(text) / (text.count("\n") + 1) > 240 and rng.random() > 0.04:
            continue
        if kind == "man":
            text = re.sub(r"\\f[BIRP]|\\", "", text)
        if kind == "html" and len(text) > 4000 and rng.random() < 0.5:
            text = html.unescape(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", "", text))
            text = re.sub(r"\n\s*\n+", "\n\n", text)
            kind = "txt"
        for _ in range(3 if len(text) > 3 * PIECE else 1):
            start = text.rfind("\n", 0, rng.randrange(max(1, len(text) - PIECE))) + 1
            piece = text[start : start + PIECE]
            total[kind] += len(piece)
            yield kind, package, piece


def read_words(place: Path) -> Iterator[str]:
    """The words of Debian's wamerican-small."""
    for _, content in entries(place, lambda name: "/share/dict/" in name):
        yield from content.decode("utf-8").split()


def write_background(pieces: Iterable[tuple[str, str, str]], work: Path) -> dict[str, int]:
    """Writes the pieces as lines of JSON; returns the characters of each kind."""
    counts: Counter[str] = Counter()
    with gzip.GzipFile(work / "background.jsonl.gz", "wb", mtime=0) as file:
        for kind, package, text in pieces:
            counts[kind] += len(text)
            line = json.dumps({"kind": kind, "package": package, "text": text}, ensure_ascii=False)
            file.write(line.encode() + b"\n")
    return dict(counts)
