"""What the tests of the model share: the tiny model (`training/tiny_privacy_filter.py`)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leaksift.model.directory import ModelDirectory, open_model_directory


@pytest.fixture(scope="session")
def tiny_path() -> Path:
    return Path(__file__).parent / "tiny"


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> ModelDirectory:
    return open_model_directory(tiny_path)


@pytest.fixture
def tiny_copy(tiny_path: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_path, tmp_path / "model"))


@pytest.fixture(scope="session")
def tiny_embedded_path() -> Path:
    """A random model of the embedded architecture (see its README)."""
    return Path(__file__).parent / "tiny_embedded"


@pytest.fixture(scope="session")
def tiny_embedded(tiny_embedded_path: Path) -> ModelDirectory:
    return open_model_directory(tiny_embedded_path)
