"""The command line: thin commands that parse, call one function and exit with its code.

Exit codes: 0 nothing at or above the failing level, 1 something, 2 wrong usage or configuration,
3 not everything could be scanned, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import click

from leaksift import __version__
from leaksift.errors import LeaksiftError
from leaksift.printable import printable

_COMMANDS = {
    "scan": "leaksift.cli.scan:scan",
    "hook": "leaksift.cli.hook:hook",
    "ci": "leaksift.cli.ci:ci",
    "detect": "leaksift.cli.detect:detect",
    "redact": "leaksift.cli.redact:redact",
    "restore": "leaksift.cli.restore:restore",
    "classify": "leaksift.cli.classify:classify",
    "columns": "leaksift.cli.table:columns",
    "table": "leaksift.cli.table:table",
    "baseline": "leaksift.cli.baseline:baseline",
    "fix": "leaksift.cli.fix:fix",
    "rules": "leaksift.cli.rules:rules",
    "config": "leaksift.cli.config:config",
    "models": "leaksift.cli.models:models",
    "cache": "leaksift.cli.cache:cache",
    "doctor": "leaksift.cli.doctor:doctor",
}


class _LazyGroup(click.Group):
    """Imports a command's module only when it is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        import importlib

        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - a typo in the table above
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Click itself would exit with 1, which says that something was found.
            raise _ReaderWentAway from None


class _ReaderWentAway(Exception):
    """Who read our output closed it."""


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="leaksift %(version)s")
def cli() -> None:
    """Keeps secrets and private data from leaving your machine.

    \b
      leaksift scan                  the files of this folder
      leaksift scan --staged         what `git commit` would record
      leaksift baseline create       let today's findings be, stop the next one
    """


def main() -> None:
    """The console script. Every failure is one line on standard error, never a traceback: a
    traceback's text could hold what was being scanned."""
    # NumPy's linear algebra starts a thread for each core when it is imported, 100 ms of CPU for
    # something that is never used here. Only the command may decide that for its process.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A scan makes many objects and hardly a cycle: looking for cycles less often saves 5 percent.
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal of another encoding shows an escape instead of failing.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli.main(prog_name="leaksift", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        print("leaksift: interrupted", file=sys.stderr)
        return 130
    except LeaksiftError as error:
        print(f"leaksift: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except (BrokenPipeError, _ReaderWentAway):
        # Who read our output went away (`leaksift scan | head`). Python would complain again when
        # it flushes at exit: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except Exception as error:
        print(
            f"leaksift: internal error: {type(error).__name__} in {_place(error)}, version "
            f"{__version__}; please report it",
            file=sys.stderr,
        )
        return 3


def _place(error: Exception) -> str:
    """Where in leaksift an error came up. Its message is left out: it may hold scanned text."""
    import traceback  # 10 ms that a run without a defect need not wait

    own = Path(__file__).parent.parent
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(own)] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
