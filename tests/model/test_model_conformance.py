"""Whatever computes the embedded model sees the same in the texts of `conformance.json`.

Run are the devices that the installed onnxruntime has, and NumPy; the others are skipped by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leaksift.config import DEVICES
from leaksift.errors import ModelError, UsageError
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory, open_model_directory
from leaksift.pipeline import EMBEDDED_MODEL
from training.conformance import documents, model_digest

TEXTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "conformance.json").read_text(encoding="utf-8")
)["texts"]

pytestmark = pytest.mark.skipif(not EMBEDDED_MODEL.is_dir(), reason="no model is shipped")

NAMES = [device for device in DEVICES if device != "auto"]


def spans_on(
    device: str, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> list[list[tuple[int, int, str, float]]]:
    if device == "numpy":
        monkeypatch.setenv("LEAKSIFT_BACKEND", "numpy")
        device = "auto"
    try:
        detector = ModelDetector(directory, device=device, screened=False)
        found = detector.detect(documents(TEXTS))
    except UsageError as error:
        pytest.skip(str(error))
    except ModelError as error:
        # onnxruntime was built for the device, and this machine has none.
        if "does not start" not in str(error):
            raise
        pytest.skip(str(error))
    assert detector.notices == ()
    return [[(s.start, s.end, s.label, s.score) for s in spans] for spans in found]


def test_the_set_was_made_with_the_model_that_is_shipped():
    stored = json.loads((Path(__file__).parent / "conformance.json").read_text(encoding="utf-8"))
    assert stored["model"] == model_digest(), "run python -m training.conformance"
    assert sum(len(text["spans"]) for text in TEXTS) > 50


@pytest.mark.parametrize("device", [*NAMES, "auto", "numpy"])
def test_all_providers_give_the_same_spans_on_the_conformance_set(device, monkeypatch):
    found = spans_on(device, open_model_directory(EMBEDDED_MODEL), monkeypatch)
    for text, spans in zip(TEXTS, found, strict=True):
        expected = [tuple(span[:3]) for span in text["spans"]]
        assert [span[:3] for span in spans] == expected, text["path"]
        scores = [span[3] for span in text["spans"]]
        assert [span[3] for span in spans] == pytest.approx(scores, abs=2e-3)


@pytest.mark.parametrize("device", [name for name in NAMES if name != "cpu"])
def test_another_provider_sees_the_same_with_the_large_architecture(device, tiny, monkeypatch):
    ours = spans_on(device, tiny, monkeypatch)
    theirs = spans_on("cpu", tiny, monkeypatch)
    assert sum(map(len, theirs)) > 50
    assert [[span[:3] for span in of_text] for of_text in ours] == [
        [span[:3] for span in of_text] for of_text in theirs
    ]
