"""Writes down what the embedded model sees in the texts of `tests/model/conformance.json`, as the
processor computes it by onnxruntime: `python -m training.conformance`, after a new model.

Every provider has to see the same (`tests/model/test_model_conformance.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from leaksift.document import Document
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import open_model_directory
from leaksift.pipeline import EMBEDDED_MODEL

FILE = Path(__file__).parent.parent / "tests" / "model" / "conformance.json"


def model_digest() -> str:
    """SHA-256 of the embedded model's graph and calibration."""
    names = ("model.onnx", "viterbi_calibration.json")
    return hashlib.sha256(
        b"".join((EMBEDDED_MODEL / name).read_bytes() for name in names)
    ).hexdigest()


def documents(texts: list[dict[str, Any]]) -> list[Document]:
    """The texts as documents. They are kept in pieces, so that no scanner takes them for a leak."""
    joined = [("".join(text["text"]), text["path"]) for text in texts]
    return [Document(path, text, len(text.encode())) for text, path in joined]


def main() -> None:
    """Reads and writes the file."""
    os.environ["LEAKSIFT_BACKEND"] = "onnxruntime"
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    texts = stored["texts"]
    detector = ModelDetector(open_model_directory(EMBEDDED_MODEL), device="cpu", screened=False)
    for text, spans in zip(texts, detector.detect(documents(texts)), strict=True):
        text["spans"] = [[s.start, s.end, s.label, round(s.score, 4)] for s in spans]
    lines = (json.dumps(text, ensure_ascii=False) for text in texts)
    rows = ",\n".join(lines)
    content = f'{{"model": "{model_digest()}", "texts": [\n{rows}\n]}}\n'
    FILE.write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
