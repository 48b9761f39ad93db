"""How fast the exported model loads and reads, and how much memory that takes. Without torch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path


def measure_speed(out: Path, texts: Sequence[str], screened: bool = False) -> dict[str, float]:
    """Milliseconds of CPU to load the model and read a word, tokens of the texts read in a second
    of CPU by one thread, tokenizer and decoder included, and the peak of this process in MB.

    To be called in a fresh process; on Linux, because of the peak.
    """
    import onnxruntime  # noqa: F401 - its own import is not the model's loading
    import tokenizers  # noqa: F401

    from leaksift.model.directory import open_model_directory
    from leaksift.model.reader import ModelReader
    from leaksift.model.tokenize import encode, open_tokenizer

    began = time.process_time()
    directory = open_model_directory(out)
    point = directory.operating_point("default")
    reader = ModelReader(directory, point, threads=1, screened=screened)
    reader.read(["Ada"] * 3)
    loaded = time.process_time() - began
    tokenizer = open_tokenizer(directory.tokenizer, directory.vocabulary)
    tokens = sum(len(encode(tokenizer, text)) for text in texts)
    began = time.process_time()
    reader.read(texts)
    seconds = time.process_time() - began
    return {
        "load_ms": round(1000 * loaded),
        "tokens_per_second": round(tokens / seconds),
        "characters_per_second": round(sum(map(len, texts)) / seconds),
        "peak_mb": round(_peak() / 1024),
    }


def _peak() -> int:
    """The most memory this process has had, in KB.

    Not by `resource`: there a process that was started by another begins with that one's peak.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])
