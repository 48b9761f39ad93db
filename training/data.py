"""Step `data`: checks the lock file of sources and collects what the examples are made from.

    python -m training data [--work DIR] [--given DIR]

Reads `sources.toml`, refuses what may not be used, fetches each source with its registry's own
client (nothing from a package is executed), compares digests, and writes into the work folder

    background.jsonl.gz   real text: {"kind", "package", "text"}
    pools.json.gz         lists for made-up values (see `pools.collect`)
    natural.json.gz       tweets with the people in them, and texts with their category
    people.json.gz        other real sentences with the people in them (see `people_in_text`)
    secrets.json.gz       real lines with secrets
    data.json             what was used: names, versions, digests, licences, counts

`--given` names a folder that already holds the GitHub sources, one folder each. Later steps read
only the work folder and need neither the network nor the extra `train`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from leaksift.toml import parse_toml

LOCK = Path(__file__).with_name("sources.toml")
WORK = Path(".training")
GIVEN = Path("..", "shared", "data")

Registry = Literal["pypi", "npm", "debian", "github"]

LICENCES = frozenset(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC-BY-2.0 CC-BY-4.0 CC-BY-SA-4.0 CC0-1.0 "
    "ISC MIT MIT-0 PHP-3.01 PostgreSQL PSF-2.0 Ruby Unlicense Zlib BlueOak-1.0.0 LicenseRef-SCOWL "
    "LicenseRef-public-domain".split()
)
"""What weights that are given away under Apache-2.0 may be made from, with the sources named.
CC-BY-SA-4.0 is share-alike: it is used for categories only and named in the model card."""

PURPOSES = frozenset(("background", "pools", "people", "addresses", "categories", "secrets"))


class LockError(ValueError):
    """The lock file names something that may not be used, or a digest does not fit."""


@dataclass(frozen=True)
class Source:
    """One entry of the lock file. `version` is a commit for GitHub; `sha256` is that of the
    archive, for GitHub that of the used files (`digest_of`)."""

    name: str
    registry: Registry
    version: str
    sha256: str
    licence: str
    purpose: str
    files: tuple[str, ...] = ()
    folder: str = ""


def read_lock(path: Path = LOCK) -> tuple[Source, ...]:
    """The sources of a lock file. Raises LockError for the first one that may not be used.

    Refused are: a licence outside `LICENCES` (non-commercial ones, research agreements, none at
    all), anything without a version and digest, and every name under `[[refused]]`, which keeps
    the reason: lists made from leaked data, text scraped without permission, held-out sets.
    """
    lock = parse_toml(path.read_bytes())
    refused = {entry["name"].casefold(): entry["reason"] for entry in lock.get("refused", ())}
    sources = []
    for entry in lock.get("source", ()):
        source = Source(**{**entry, "files": tuple(entry.get("files", ()))})
        if source.purpose == "secrets":
            source = replace(source, files=judged_files(source.name))
        reason = refused.get(source.name.casefold())
        if reason:
            raise LockError(f"{path.name}: {source.name} may not be used: {reason}")
        if source.licence not in LICENCES:
            raise LockError(
                f"{path.name}: {source.name} has the licence {source.licence or 'none'}"
            )
        if source.registry not in get_args(Registry) or source.purpose not in PURPOSES:
            raise LockError(f"{path.name}: {source.name} has an unknown registry or purpose")
        if not source.version or len(source.sha256) != 64:
            raise LockError(f"{path.name}: {source.name} names no version or no SHA-256")
        sources.append(source)
    if len({(s.registry, s.name) for s in sources}) < len(sources):
        raise LockError(f"{path.name}: a source is named twice")
    return tuple(sources)


def judged_files(repository: str) -> tuple[str, ...]:
    """The files of a repository that `secret_lines.tsv` names."""
    from training.real_secrets import read_rows

    return tuple(sorted({row.path for row in read_rows().get(repository, ())}))


def digest_of(folder: Path, patterns: Sequence[str]) -> str:
    """One SHA-256 over the names and contents of the files in `folder` that fit a pattern."""
    total = hashlib.sha256()
    for file in files_of(folder, patterns):
        name = file.relative_to(folder).as_posix()
        total.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def files_of(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files of `folder` that fit one of the patterns, in the order of their names."""
    found = set()
    for pattern in patterns:
        exact = folder / pattern
        # A name may hold what a pattern would read as a sign.
        found |= {exact} if "*" not in pattern else {f for f in folder.glob(pattern) if f.is_file()}
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def obtain(source: Source, downloads: Path, given: Path) -> Path:
    """The archive (a folder for GitHub) of a source, fetched where it is not there yet.

    Raises LockError where its digest is not that of the lock file, OSError or
    subprocess.CalledProcessError where it cannot be fetched.
    """
    if source.registry == "github":
        folders = (given / source.folder, downloads / "github" / source.folder)
        folder = next((f for f in folders if f.is_dir()), None) or fetch_github(source, downloads)
        found = digest_of(folder, source.files)
        place = folder
    else:
        place = archive_of(source, downloads) or fetch_package(source, downloads)
        found = hashlib.sha256(place.read_bytes()).hexdigest()
    if found != source.sha256:
        raise LockError(f"{source.name} {source.version}: SHA-256 is {found}, not {source.sha256}")
    return place


def archive_names(source: Source) -> str:
    """The pattern of the archive's name, as the registry's client writes it."""
    if source.registry == "pypi":
        return f"{source.name.replace('-', '_').replace('.', '[_.]')}-{source.version}-*.whl"
    if source.registry == "npm":
        return f"{source.name.lstrip('@').replace('/', '-')}-{source.version}.tgz"
    return f"{source.name}_{urllib.parse.quote(source.version, safe='+~')}_*.deb"


def archive_of(source: Source, downloads: Path) -> Path | None:
    """The archive of a source among the downloads."""
    pattern = archive_names(source).casefold()
    folder = downloads / source.registry
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if Path(file.name.casefold()).match(pattern):
            return file
    return None


def fetch_package(source: Source, downloads: Path) -> Path:
    """Fetches one archive with the registry's client; builds and installs nothing."""
    folder = downloads / source.registry
    folder.mkdir(parents=True, exist_ok=True)
    if source.registry == "pypi":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", f"{source.name}=={source.version}"]
    elif source.registry == "npm":
        command = [
            shutil.which("npm") or "npm",
            "pack",
            "--silent",
            f"{source.name}@{source.version}",
        ]
    else:
        command = ["apt-get", "download", "-qq", f"{source.name}={source.version}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = archive_of(source, downloads)
    if found is None:
        raise LockError(f"{source.name} {source.version}: the client fetched another file")
    return found


def fetch_github(source: Source, downloads: Path) -> Path:
    """Fetches one commit of a repository as an archive and unpacks the files that are used."""
    folder = downloads / "github" / source.folder
    url = f"https://codeload.github.com/{source.name}/tar.gz/{source.version}"
    with (
        urllib.request.urlopen(url, timeout=120) as stream,
        tarfile.open(fileobj=stream, mode="r|gz") as archive,
    ):
        for member in archive:
            name = Path(*Path(member.name).parts[1:])
            pattern = next((p for p in source.files if name.as_posix() == p or name.match(p)), None)
            content = archive.extractfile(member) if pattern and member.isfile() else None
            if pattern and content is not None:
                # A pattern without a folder asks for the file wherever it lies in the repository.
                target = folder / (name if "/" in pattern else name.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
    return folder


def collect(work: Path, given: Path) -> dict[str, object]:
    """The whole step. Returns what it wrote to `data.json`."""
    # Needs the extra `train`, which the other uses of this module (paths, the lock) do not.
    from training.background import read_package, read_words, write_background
    from training.natural import collect_natural, read_us_addresses
    from training.people_in_text import collect_people
    from training.pools.collect import collect_pools
    from training.real_secrets import collect_secrets

    sources = read_lock()
    work.mkdir(parents=True, exist_ok=True)
    places = {source: obtain(source, work / "downloads", given) for source in sources}

    def background() -> Iterator[tuple[str, str, str]]:
        for source, place in places.items():
            if source.purpose == "background":
                yield from read_package(source.registry, source.name, place)

    by_name = {source.name: place for source, place in places.items()}
    counts: dict[str, object] = {"background": write_background(background(), work)}
    counts["pools"] = collect_pools(
        read_words(by_name["wamerican-small"]),
        read_us_addresses(by_name["datamade/usaddress"]),
        work / "pools.json.gz",
    )
    counts["natural"] = collect_natural(by_name, work)
    counts["people"] = collect_people(by_name, work)
    counts["secrets"] = collect_secrets(by_name, work)
    report: dict[str, object] = {"counts": counts, "sources": [vars(source) for source in sources]}
    (work / "data.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `python -m training data`."""
    parser = argparse.ArgumentParser(
        prog="python -m training data", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--work", type=Path, default=WORK, help="where to write (default: %(default)s)"
    )
    parser.add_argument("--given", type=Path, default=GIVEN, help="folder with the GitHub sources")
    options = parser.parse_args(arguments)
    try:
        report = collect(options.work, options.given)
    except LockError as error:
        parser.exit(2, f"data: {error}\n")
    print(json.dumps(report["counts"], indent=1))


if __name__ == "__main__":
    main()
