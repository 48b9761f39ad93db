"""Names of people, towns and streets of a locale, from Faker."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

from leaksift.errors import UsageError

MISSING = "synthetic values need Faker: pip install 'leaksift[synthetic]'"


class Names:
    """Draws names. One Faker for each locale, made when it is first asked for."""

    def __init__(self) -> None:
        """Raises UsageError where Faker is not installed."""
        try:
            from faker import Faker  # 100 ms, and an extra
        except ImportError:
            raise UsageError(MISSING) from None
        self._make = Faker
        self._fakers: dict[str, Any] = {}

    def require(self, locale: str) -> None:
        """Raises UsageError for a locale that there is not."""
        from faker.config import AVAILABLE_LOCALES

        if locale not in AVAILABLE_LOCALES:
            raise UsageError(f"no locale is called {locale!r}: it is written as in de_DE or en_GB")

    def given(self, rng: random.Random, locale: str, old: str = "") -> str:
        """A given name; a woman's for a woman's, a man's for a man's, where Faker knows."""
        women, men = _given(locale)
        plain = old.casefold()
        kind = (
            "first_name_female"
            if plain in women
            else "first_name_male"
            if plain in men
            else "first_name"
        )
        return str(getattr(self._faker(locale, rng), kind)())

    def family(self, rng: random.Random, locale: str) -> str:
        """A family name."""
        return str(self._faker(locale, rng).last_name())

    def town(self, rng: random.Random, locale: str) -> str:
        """A town."""
        return str(self._faker(locale, rng).city())

    def whole_address(self, rng: random.Random, locale: str) -> str:
        """An address on one line."""
        return " ".join(str(self._faker(locale, rng).address()).split())

    def _faker(self, locale: str, rng: random.Random) -> Any:
        faker = self._fakers.get(locale)
        if faker is None:
            faker = self._fakers[locale] = self._make(locale, use_weighting=False)
        faker.seed_instance(rng.getrandbits(64))
        return faker


@lru_cache(maxsize=64)
def _given(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """Women's and men's given names, as far as one can tell them apart."""
    from importlib import import_module

    try:
        provider = import_module(f"faker.providers.person.{locale}").Provider
    except (ImportError, AttributeError):
        return frozenset(), frozenset()
    women = {n.casefold() for n in getattr(provider, "first_names_female", ())}
    men = {n.casefold() for n in getattr(provider, "first_names_male", ())}
    return frozenset(women - men), frozenset(men - women)
