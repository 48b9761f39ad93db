"""Shards in the background, in other processes, while the training goes on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from leaksift.model.tokenize import open_tokenizer
from training.rows import Shard, make_shard


class _Shards(IterableDataset):  # type: ignore[type-arg]
    def __init__(self, seed: int, first: int, work: Path) -> None:
        self.seed, self.first, self.work = seed, first, work

    def __iter__(self) -> Iterator[Shard]:
        worker = get_worker_info()
        tokenizer = open_tokenizer(self.work / "tokenizer.json", 2**15)
        # Shards are handed out in turn, so that they arrive in order whatever the workers.
        for number in count(self.first + worker.id, worker.num_workers):
            yield make_shard(self.seed, number, self.work, tokenizer)


def shards(seed: int, first: int, work: Path, workers: int = 1) -> Iterator[Shard]:
    """Shards `first`, `first` + 1 ... without end, made in the background."""
    data = _Shards(seed, first, work)
    loader = DataLoader(data, batch_size=None, num_workers=workers, prefetch_factor=2)
    return iter(loader)
