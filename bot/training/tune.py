"""Tune the encoder for retrieval: `python -m bot.training.tune --data shared/datasets --negatives N --out checkpoints`.

InfoNCE as E5 itself was trained (Wang et al. 2024): a query's vector against those of every passage of the batch, its
own among them and one close to it that does not answer; and a passage's against every query. Passages that say the
same as a query's own are passed over. All languages stand in one batch, so a passage gains nothing by being in the
query's. The embedding matrix is frozen. Where the pairs come from: `pairs.py`.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from bot.training import negatives
from bot.training.batches import cuts, rounded
from bot.training.encoder import Encoder, embedding_table, load_encoder
from bot.training.pairs import Pair, Pairs
from bot.training.tokenizer import build
from bot.training.trainer import Loss, Schedule, Trainer, arguments, begin, prepare_process
from bot.training.weights import PackedModel, Vocabulary
from index.pieces import weights_file

log = logging.getLogger(__name__)
TEMPERATURE = 0.02
BACKWARD = 0.3  # weight of the passages' own loss
MAX_QUERY, MAX_PASSAGE = 48, 160  # tokens


class Embedder(nn.Module):
    """The encoder with the mean of its hidden states as a unit vector."""

    def __init__(self, packed: PackedModel) -> None:
        super().__init__()
        self.encoder = Encoder(packed.shape)
        load_encoder(self.encoder, packed)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return (n, hidden) float32 unit vectors of (n, length, hidden) rows under a (n, length) 0/1 mask."""
        hidden = self.encoder(rows, mask).float()
        return functional.normalize((hidden * mask[:, :, None]).sum(1), dim=1)


class Embedding:
    """Texts to vectors through which gradients flow."""

    def __init__(self, model: Embedder, table: Tensor, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self._model, self._table, self._tokenizer, self._vocabulary = model, table, tokenizer, vocabulary
        self.tokens = 0

    def __call__(self, texts: Sequence[str], most: int) -> Tensor:
        """Encode texts of at most so many tokens, (n, hidden), in their order."""
        encoded = [e.ids[:most] for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        ends = cuts([len(encoded[i]) + 2 for i in order])
        made = [self._chunk([encoded[i] for i in order[a:b]]) for a, b in pairwise(ends)]
        return torch.cat(made)[torch.tensor(np.argsort(order))]

    def _chunk(self, encoded: Sequence[Sequence[int]]) -> Tensor:
        special = self._vocabulary
        width = rounded(max(len(ids) for ids in encoded) + 2)
        ids = torch.full((len(encoded), width), special.pad)
        for row, some in enumerate(encoded):
            ids[row, : len(some) + 2] = torch.tensor([special.bos, *some, special.eos])
        mask = (ids != special.pad).float()
        self.tokens += int(mask.sum())
        vectors: Tensor = self._model(self._table[ids], mask)
        return vectors


def loss_of(embedding: Callable[[Sequence[str], int], Tensor], pairs: Sequence[Pair]) -> dict[str, Tensor]:
    """Return the mean loss of the queries against all passages, and of the passages against all queries."""
    close = [i for i, pair in enumerate(pairs) if pair.negative is not None]
    queries = embedding([f"query: {pair.query}" for pair in pairs], MAX_QUERY)
    texts = [pair.passage for pair in pairs] + [pairs[i].negative or "" for i in close]
    passages = embedding([f"passage: {text}" for text in texts], MAX_PASSAGE)
    scores = queries @ passages.T / TEMPERATURE
    own = torch.arange(len(pairs))
    says = {twin: number for number, twin in enumerate(dict.fromkeys(pair.twin for pair in pairs))}
    twins = torch.tensor([says[pair.twin] for pair in pairs])
    same = twins[:, None] == twins[None, :]
    same[own, own] = False
    masked = torch.cat([same, torch.zeros(len(pairs), len(close), dtype=torch.bool)], dim=1)
    forward = functional.cross_entropy(scores.masked_fill(masked, -1e4), own)
    backward = functional.cross_entropy(scores[:, : len(pairs)].T.masked_fill(same.T, -1e4), own)
    return {"queries": forward, "passages": backward}


def tune(data: Path, near: Path, out: Path, schedule: Schedule, size: int, start: Sequence[Path] = ()) -> None:
    """Tune on `size` pairs a step, resuming from the newest checkpoint.

    A run that begins does so from the mean of the checkpoints `start`, or from the encoder as it was published.
    """
    packed = PackedModel(weights_file())
    pairs = Pairs(*negatives.load(data, near), data, schedule.seed)
    model = Embedder(packed)
    begin(model, start)
    trainer = Trainer(model, packed.shape.layers, schedule)
    embedding = Embedding(model, embedding_table(packed), build(packed.vocabulary), packed.vocabulary)
    per_epoch = len(pairs.plan(0)) // size
    log.info("%d pairs an epoch, %d steps", len(pairs.plan(0)), per_epoch)

    def step(number: int) -> Loss:
        epoch, at = divmod(number, per_epoch)
        made = [pairs.make(epoch, i) for i in range(at * size, (at + 1) * size)]
        embedding.tokens = 0
        parts = loss_of(embedding, made)
        return Loss(parts["queries"] + BACKWARD * parts["passages"], parts, embedding.tokens)

    trainer.run(step, out, schedule.steps)


def main() -> None:
    """Run from the command line."""
    parser = arguments(__doc__, steps=700, decay_steps=350, rate=6e-5, seed=17)
    parser.add_argument("--pairs", type=int, default=48)
    given = parser.parse_args()
    prepare_process(given.threads)
    schedule = Schedule(given.steps, given.decay_steps, given.rate, warmup=60, seed=given.seed)
    tune(given.data, given.negatives, given.out, schedule, given.pairs, given.start)


if __name__ == "__main__":
    main()
