"""The site as it is built: nothing on it is loaded from elsewhere.

`SITE` names the folder of a site that `mkdocs build --strict` made; `.ci/run` makes one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# What a browser fetches by itself: not links, which a reader follows.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["']?((?:https?:)?//[^"'\s>]+)
    | <link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|preload|icon|dns-prefetch))
        [^>]*\bhref=["']?((?:https?:)?//[^"'\s>]+)
    | url\(\s*["']?((?:https?:)?//[^"')\s]+)""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def site() -> Path:
    if not os.environ.get("SITE"):
        pytest.skip("SITE names no built site")
    return Path(os.environ["SITE"])


def test_a_reader_s_browser_asks_nobody_else(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 30
    foreign = {
        (file.relative_to(site).as_posix(), address)
        for file in pages
        for match in LOADED.finditer(file.read_text(encoding="utf-8"))
        for address in match.groups()
        if address
    }
    assert foreign == set()


def test_nothing_asks_the_host_of_the_repository(site: Path) -> None:
    # The theme's script does, where a page has this element: what `repo_url` makes.
    for file in site.rglob("*.html"):
        assert 'data-md-component="source"' not in file.read_text(encoding="utf-8"), file


def test_the_rules_have_the_anchors_that_reports_lead_to(site: Path) -> None:
    page = (site / "rules" / "secrets" / "index.html").read_text(encoding="utf-8")
    assert 'id="openai-api-key"' in page
