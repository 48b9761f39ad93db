"""What all tests need: their own cache, and no settings of whoever runs them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines are slow at times; what is too slow is tested where it is promised.
settings.register_profile(
    "leaksift", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("leaksift")


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for the whole session, so that rules are compiled once."""
    cache = tmp_path_factory.mktemp("cache")
    for name in [name for name in os.environ if name.startswith("LEAKSIFT_")]:
        del os.environ[name]
    os.environ["LEAKSIFT_CACHE_DIR"] = str(cache)
    yield cache
    del os.environ["LEAKSIFT_CACHE_DIR"]


@pytest.fixture
def git_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of somebody who just installed git."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHEAD_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Somebody\n\temail = somebody@example.com\n"
        "[init]\n\tdefaultBranch = main\n"
        # Submodules and clones of folders, which git refuses since 2.38.
        '[protocol "file"]\n\tallow = always\n'
        "[core]\n\tautocrlf = false\n",
        "utf-8",
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home
