"""What the tests of the library share: filters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leaksift import PrivacyFilter

MODELS = Path(__file__).parent.parent / "model"


@pytest.fixture(scope="session")
def rules_only() -> Iterator[PrivacyFilter]:
    """Rules alone, deciding few characters at a time, so that short texts have many sections."""
    with PrivacyFilter.load(model="none", section=64) as found:
        yield found


@pytest.fixture(scope="session")
def with_model() -> Iterator[PrivacyFilter]:
    """Rules and a tiny random model of the embedded architecture."""
    with PrivacyFilter.load(model=str(MODELS / "tiny_embedded"), section=64) as found:
        yield found


@pytest.fixture(scope="session")
def with_upstream_model() -> Iterator[PrivacyFilter]:
    """Rules and a tiny random model of the architecture of openai/privacy-filter."""
    with PrivacyFilter.load(model=str(MODELS / "tiny"), section=64) as found:
        yield found
