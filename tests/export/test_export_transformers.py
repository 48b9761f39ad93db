"""The exported graphs compute what the classes of transformers compute, at several sizes.

Needs the extra `train`; `test_export_graphs.py` has what can be checked without.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
transformers = pytest.importorskip("transformers", reason="needs the extra `train`")

from safetensors.torch import save_file  # noqa: E402

from leaksift.export.build import export_model  # noqa: E402
from leaksift.export.checkpoint import HuggingFaceCheckpoint, open_checkpoint  # noqa: E402
from tests.export.exported import Rounded, Session, packed  # noqa: E402
from training.tiny_privacy_filter import SIZES as TINY_SIZES  # noqa: E402

TINY = Path(__file__).parents[1] / "model" / "tiny"
CATEGORIES = 5
SIZES: Mapping[str, Any] = {**TINY_SIZES, "vocab_size": 96, "pad_token_id": 95, "eos_token_id": 95}
SHAPES: Mapping[str, dict[str, Any]] = {
    "small": {},
    "like the published one": {
        "hidden_size": 64,
        "intermediate_size": 64,
        "head_dim": 64,
        "num_attention_heads": 14,
        "num_local_experts": 128,
        "num_experts_per_tok": 4,
        "sliding_window": 128,
    },
    "three key heads": {
        "hidden_size": 48,
        "intermediate_size": 16,
        "head_dim": 16,
        "num_attention_heads": 6,
        "num_key_value_heads": 3,
        "num_hidden_layers": 3,
        "num_local_experts": 20,
        "sliding_window": 5,
    },
    "odd sizes": {
        "hidden_size": 20,
        "intermediate_size": 12,
        "num_attention_heads": 7,
        "num_key_value_heads": 1,
        "num_local_experts": 33,
        "num_experts_per_tok": 1,
        "sliding_window": 70,
        "num_hidden_layers": 1,
    },
    "plain rotary": {
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "rms_norm_eps": 1e-3,
        "swiglu_alpha": 1.3,
        "swiglu_limit": 0.5,
    },
    "no biases": {"attention_bias": False, "num_hidden_layers": 1},
}


class Reference:
    """A model of transformers and a document head with random weights, saved in a folder."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        config = transformers.OpenAIPrivacyFilterConfig(**{**SIZES, **changes})
        config._attn_implementation = "eager"
        self.folder = folder
        self.model = transformers.OpenAIPrivacyFilterForTokenClassification(config).eval()
        self.head = torch.nn.Linear(config.hidden_size, CATEGORIES)
        self.receptive_field = config.num_hidden_layers * config.sliding_window
        generator = torch.Generator().manual_seed(3)
        named = [*self.model.named_parameters(), *self.head.named_parameters()]
        with torch.no_grad():
            for name, parameter in named:
                if name.endswith(("bias", "sinks")):
                    parameter.normal_(0, 0.5, generator=generator)
                elif "norm" in name:
                    parameter.normal_(1, 0.2, generator=generator)
                else:
                    fan_in = parameter.shape[-2 if "experts" in name else -1]
                    scale = 1.0 if "embed" in name else 1 / fan_in**0.5
                    parameter.normal_(0, scale, generator=generator)
        self.model.save_pretrained(folder)
        save_file(self.head.state_dict(), folder / "doc_head.safetensors")
        names = {"labels": [f"category {index}" for index in range(CATEGORIES)]}
        (folder / "multitask_config.json").write_text(json.dumps(names), encoding="utf-8")
        shutil.copy(TINY / "tokenizer.json", folder)

    def round(self, checkpoint: HuggingFaceCheckpoint) -> None:
        """Gives the model the weights that the q4 form stands for."""
        rounded = Rounded(checkpoint)
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parameter.copy_(torch.tensor(np.ascontiguousarray(rounded.tensor(name))))

    def run(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits [batch, tokens, 33] and document logits [batch, categories]."""
        inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
        with torch.no_grad():
            hidden = self.model.model(**inputs).last_hidden_state
            real = inputs["attention_mask"].unsqueeze(2).float()
            mean = (hidden * real).sum(1) / real.sum(1)
            return self.model.score(hidden).numpy(), self.head(mean).numpy()


@pytest.fixture(params=SHAPES)
def reference(request: pytest.FixtureRequest, tmp_path: Path) -> Reference:
    return Reference(tmp_path / "checkpoint", **SHAPES[request.param])


@pytest.mark.parametrize("form", ["fp32", "q4"])
def test_logits_are_those_of_transformers_for_one_token_to_ten_windows(reference, tmp_path, form):
    with open_checkpoint(reference.folder) as checkpoint:
        session = Session(export_model(checkpoint, tmp_path / "out", form))
        if form == "q4":
            reference.round(checkpoint)
    for tokens in (1, 2, 31, 64, 100, 128, 129, 320, 10 * reference.receptive_field):
        ids = np.random.default_rng(tokens).integers(0, SIZES["vocab_size"], (2, tokens))
        mask = np.ones_like(ids)
        mask[1, (tokens + 1) // 2 :] = 0
        logits, documents = reference.run(ids, mask)
        answer = session.run(ids, mask)
        assert np.abs(answer["logits"] - logits)[mask == 1].max() < 1e-4
        assert np.abs(answer["doc_logits"] - documents).max() < 1e-4


def test_packed_texts_have_the_logits_of_transformers_for_each_alone(reference, tmp_path):
    with open_checkpoint(reference.folder) as checkpoint:
        session = Session(export_model(checkpoint, tmp_path / "out", "fp32"))
    generator = np.random.default_rng(1)
    texts = [generator.integers(0, SIZES["vocab_size"], size) for size in (3, 64, 65, 200, 128)]
    row = packed(texts)
    answer = session.run(*row[:3])
    for start, text in zip(row.starts, texts, strict=False):
        logits, documents = reference.run(text[None], np.ones((1, len(text)), dtype=np.int64))
        here = slice(start, start + len(text))
        assert np.abs(answer["logits"][0, here] - logits[0]).max() < 1e-4
        assert np.abs(answer["doc_token_logits"][0, here].mean(0) - documents[0]).max() < 1e-4


def test_a_window_has_the_logits_of_transformers_for_the_whole(reference, tmp_path):
    with open_checkpoint(reference.folder) as checkpoint:
        session = Session(export_model(checkpoint, tmp_path / "out", "fp32"))
    context = reference.receptive_field
    ids = np.random.default_rng(2).integers(0, SIZES["vocab_size"], (1, 3 * context + 300))
    logits, _ = reference.run(ids, np.ones_like(ids))
    part = session.run(ids[:, 64:], first=64)["logits"][0]
    assert np.abs(part[context:] - logits[0, 64 + context :]).max() < 1e-4


def test_a_head_saved_by_torch_is_read_like_one_of_safetensors(tmp_path):
    reference = Reference(tmp_path / "checkpoint")
    with open_checkpoint(reference.folder) as checkpoint:
        wanted = checkpoint.tensor("doc_head.weight")
    (reference.folder / "doc_head.safetensors").unlink()
    for content in (
        reference.head.state_dict(),
        {"state_dict": {f"head.{k}": v for k, v in reference.head.state_dict().items()}},
    ):
        torch.save(content, reference.folder / "doc_head.pt")
        with open_checkpoint(reference.folder) as checkpoint:
            assert np.array_equal(checkpoint.tensor("doc_head.weight"), wanted)


def test_a_head_that_would_run_code_is_refused(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    from leaksift.errors import ModelError

    reference = Reference(tmp_path / "checkpoint")
    (reference.folder / "doc_head.safetensors").unlink()
    torch.save({"weight": Trap()}, reference.folder / "doc_head.pt")
    with pytest.raises(ModelError, match=r"doc_head\.pt"):
        open_checkpoint(reference.folder)
    assert not (tmp_path / "sprung").exists()
