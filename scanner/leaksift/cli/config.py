"""`leaksift config show`: every setting, its value and where it comes from."""

from __future__ import annotations

from pathlib import Path

import click

from leaksift.config import KEYS, as_toml, load_config


@click.group()
def config() -> None:
    """Shows the effective configuration.

    \b
      leaksift config show
    """


@config.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="Use this file.")
def show(file: Path | None) -> None:
    """Prints every setting with its value and where the value comes from.

    \b
      leaksift config show
      leaksift config show --config ci/leaksift.toml
    """
    loaded = load_config(Path.cwd(), file=file)
    lines = {
        key: f"{key} = {as_toml(getattr(loaded.config, key.replace('-', '_')))}" for key in KEYS
    }
    width = min(max(map(len, lines.values())), 60)
    for key, line in lines.items():
        click.echo(f"{line:<{width}}  # {loaded.origins[key]}")
