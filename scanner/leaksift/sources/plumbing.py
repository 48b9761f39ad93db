"""Runs git, by GitPython, so that it does what is asked and nothing that the repository wants.

The caller's environment is passed on: in a hook, GIT_INDEX_FILE names the index that will be
committed (GitPython's own `repo.index` reads `.git/index` whatever it says, and is not used). Every
exit code is checked, here or by the caller of `run`.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, BinaryIO, cast

from leaksift.errors import SourceError

if TYPE_CHECKING:
    from git.cmd import Git

# Settings of a repository that would make git start something else, or read other paths than asked.
# Empty, not "false": git before 2.36 takes the value for the name of a program.
_CONFIG = ("-c", "core.fsmonitor=", "-c", "diff.relative=false")

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    # A blob that a partial clone has not fetched is not there. Git before 2.45 does not know the
    # first variable; the second leaves it no protocol to fetch by.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    # What is pushed is the object itself, not what refs/replace says to show for it.
    "GIT_NO_REPLACE_OBJECTS": "1",
    # Goes before the command line's -U0.
    "GIT_DIFF_OPTS": "-u0",
}


Variables = Mapping[str, str]
"""Environment variables for git, on top of the caller's."""


def output(
    directory: Path, *arguments: str, feed: bytes = b"", variables: Variables | None = None
) -> bytes:
    """What a git command prints. Raises SourceError if it fails."""
    status, printed, messages = run(directory, *arguments, feed=feed, variables=variables)
    if status:
        raise failure(directory, arguments, status, messages)
    return printed


def run(
    directory: Path, *arguments: str, feed: bytes = b"", variables: Variables | None = None
) -> tuple[int, bytes, bytes]:
    """Exit code, output and messages of a git command whose failure means something."""
    running = _start(directory, arguments, variables)
    git = cast("Popen[bytes]", running.proc)
    printed, messages = git.communicate(feed)
    return git.returncode, printed, messages


@contextmanager
def process(
    directory: Path, *arguments: str, variables: Variables | None = None
) -> Iterator[Popen[bytes]]:
    """A running git with pipes for stdin and stdout; raises SourceError if it fails.

    EOFError or BrokenPipeError in the block (git gave less than it should, or took no more) count
    as its failure. When the block is left early, git is stopped.
    """
    # GitPython interrupts git when `running` is deleted, so it must live as long as the block.
    running = _start(directory, arguments, variables)
    git = cast("Popen[bytes]", running.proc)
    stdin, stdout, stderr = (cast(BinaryIO, pipe) for pipe in (git.stdin, git.stdout, git.stderr))
    messages: list[bytes] = []
    # Read beside stdout, or git would stop when nobody takes its warnings.
    listener = threading.Thread(target=lambda: messages.append(stderr.read()), daemon=True)
    listener.start()
    broken = False
    try:
        try:
            yield git
        except (EOFError, BrokenPipeError):
            broken = True
            stdout.close()
        with suppress(BrokenPipeError):
            stdin.close()
        git.wait()
        listener.join()
        if git.returncode or broken:
            raise failure(directory, arguments, git.returncode, b"".join(messages))
    finally:
        if git.poll() is None:
            git.kill()
            git.wait()
        listener.join()
        with suppress(BrokenPipeError):
            stdin.close()
        stdout.close()
        stderr.close()


def failure(
    directory: Path, arguments: tuple[str, ...], status: int, messages: bytes
) -> SourceError:
    """The error for a git that failed, in one line: the first complaint that it printed."""
    lines = [line.strip() for line in messages.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line.startswith(("fatal: ", "error: "))] or [*lines, ""]
    reason = said[0].partition(": ")[2] or said[0] or f"exit code {status}"
    if "dubious ownership" in reason:
        return SourceError(
            f"git refuses {str(directory)!r}, which belongs to another user: if you trust it, run "
            "git config --global --add safe.directory with the path of the repository"
        )
    # Names in the message are the repository's: no control character reaches a terminal.
    reason = "".join(char if char.isprintable() else "?" for char in reason)
    return SourceError(f"git {arguments[0]} failed in {str(directory)!r}: {reason}")


@contextmanager
def objects_only(objects: Path, object_format: str) -> Iterator[Variables]:
    """Variables by which git sees the objects of a repository and nothing else of it.

    They name an empty repository in a temporary directory that borrows the directory `objects`. So
    no setting of the real one counts, and an object that is missing is simply missing: in a partial
    clone, git would fetch it, or die after a look at all objects to see if it was promised
    (is_promisor_object).
    """
    try:
        temporary = tempfile.TemporaryDirectory(prefix="leaksift-")
    except OSError as error:
        raise SourceError(f"no temporary directory can be made: {error.strerror}") from None
    with temporary as empty:
        for name in ("objects", "refs"):
            Path(empty, name).mkdir()
        Path(empty, "HEAD").write_text("ref: refs/heads/none\n", "ascii")
        if object_format != "sha1":
            Path(empty, "config").write_text(
                "[core]\n\trepositoryformatversion = 1\n"
                f"[extensions]\n\tobjectformat = {object_format}\n",
                "ascii",
            )
        yield {"GIT_DIR": empty, "GIT_OBJECT_DIRECTORY": str(objects)}


def _start(
    directory: Path, arguments: tuple[str, ...], variables: Variables | None
) -> Git.AutoInterrupt:
    # 60 ms to import, and importing runs `git version`: only where there is a repository.
    try:
        from git.cmd import Git
        from git.exc import GitCommandNotFound
    except ModuleNotFoundError:
        raise
    except ImportError:
        raise SourceError("git was not found: install it, or put it on the PATH") from None

    git = Git(str(directory))
    environment = {**_ENVIRONMENT, **(variables or {})}
    command = [str(git.GIT_PYTHON_GIT_EXECUTABLE), "--literal-pathspecs", *_CONFIG, *arguments]
    try:
        return git.execute(command, istream=PIPE, as_process=True, env=environment)
    except (GitCommandNotFound, OSError):
        raise SourceError(f"git could not be started in {str(directory)!r}: install it") from None
