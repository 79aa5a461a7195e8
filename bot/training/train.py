"""Train the span reader: `python -m bot.training.train --data shared/datasets --out checkpoints`.

Loss of a window: cross-entropy of its start and end against all its tokens and the null position. Loss of a group:
one softmax over the windows' log-odds of holding an answer, log sum exp(start) + log sum exp(end) - 2 null, and a 0
for "in none" (shared normalisation: Clark & Gardner 2018; Wang et al. 2019). Resumes from the newest checkpoint: the
data's order is a function of the seed and the step. Optimising is `trainer.py`'s, scoring `score.py`'s.
"""

import logging
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from bot.training import cloze, corpora, negatives
from bot.training.batches import Chunk, collate
from bot.training.encoder import SpanReader, embedding_table, load_encoder
from bot.training.groups import COMPARE, MIXTURES, Groups, Mixture
from bot.training.rivals import read as read_rivals
from bot.training.stories import Stories
from bot.training.swaps import Swapper
from bot.training.tokenizer import build
from bot.training.trainer import WARMUP, Loss, Schedule, Trainer, arguments, begin, prepare_process
from bot.training.weights import PackedModel
from index.pieces import weights_file

log = logging.getLogger(__name__)
NEGATIVE_WEIGHT = 0.5  # of a window without the answer, against 1 of one with it


def window_logits(model: SpanReader, table: Tensor, chunk: Chunk) -> tuple[Tensor, Tensor]:
    """Return float32 (n, length, 2) logits, masked outside the context, and (n,) null logits."""
    rows = table[torch.from_numpy(chunk.ids)]
    span, null = model(rows, torch.from_numpy(chunk.mask))
    outside = torch.from_numpy(~chunk.context)[:, :, None]
    return span.float().masked_fill(outside, -1e4), null.float()


def loss_of(model: SpanReader, table: Tensor, chunks: list[Chunk], groups: int) -> tuple[Tensor, Tensor]:
    """Return the mean window loss and the mean group loss of a batch."""
    losses, odds, owners, gold = [], [], [], []
    for chunk in chunks:
        span, null = window_logits(model, table, chunk)
        free = span.logsumexp(1)  # before the null takes the first place
        full = torch.cat([null[:, None, None].expand(-1, 1, 2), span[:, 1:]], dim=1)
        targets = torch.from_numpy(chunk.targets)
        losses.append(
            (
                functional.cross_entropy(full[:, :, 0], targets[:, 0], reduction="none")
                + functional.cross_entropy(full[:, :, 1], targets[:, 1], reduction="none")
            )
            / 2
        )
        odds.append(free.sum(1) - 2 * null)
        owners.append(torch.from_numpy(chunk.groups))
        gold.append(targets[:, 0] > 0)
    loss, margin, owner, is_gold = torch.cat(losses), torch.cat(odds), torch.cat(owners), torch.cat(gold)
    weight = torch.where(is_gold, 1.0, NEGATIVE_WEIGHT)
    by_group = torch.full((groups, len(owner) + 1), -1e4)
    by_group[:, -1] = 0.0
    by_group = by_group.index_put((owner, torch.arange(len(owner))), margin)
    wanted = torch.full((groups,), len(owner))
    wanted[owner[is_gold]] = torch.arange(len(owner))[is_gold]
    return (loss * weight).sum() / weight.sum(), functional.cross_entropy(by_group, wanted)


def prepare(data: Path, near: Path, seed: int, mixture: Mixture = COMPARE, rivals: Path | None = None) -> Groups:
    """Load paragraphs, negatives, gaps, word translations, and rivals where there are any."""
    paragraphs, windows, found = negatives.load(data, near)
    news, contested = corpora.news(data), read_rivals(rivals) if rivals else {}
    clozes, stories = cloze.make(news, seed), Stories(news)
    return Groups(paragraphs, windows, found, clozes, Swapper(data), stories, seed, mixture, contested)


def train(
    data: Path,
    near: Path,
    out: Path,
    schedule: Schedule,
    size: int,
    until: int,
    mixture: Mixture,
    start: Sequence[Path] = (),
    rivals: Path | None = None,
) -> None:
    """Train to step `until` (the whole run: `schedule.steps`) on `size` groups a step, resuming from a checkpoint.

    A run that begins does so from the mean of the checkpoints `start`, or from the encoder as it was published.
    """
    packed = PackedModel(weights_file())
    tokenizer, table = build(packed.vocabulary), embedding_table(packed)
    groups = prepare(data, near, schedule.seed, mixture, rivals)
    torch.manual_seed(schedule.seed)
    model = SpanReader(packed.shape)
    load_encoder(model.encoder, packed)
    begin(model, start)
    trainer = Trainer(model, packed.shape.layers, schedule)
    per_epoch = len(groups.plan(0)) // size
    log.info("%d groups an epoch, %d steps", len(groups.plan(0)), per_epoch)

    def step(number: int) -> Loss:
        epoch, at = divmod(number, per_epoch)
        # Epochs differ in length, since each draws its own sample: one that is shorter than the first starts over.
        order = range(at * size, (at + 1) * size)
        made = [groups.make(epoch, i % len(groups.plan(epoch))) for i in order]
        rng = random.Random(f"{schedule.seed}-{number}")
        chunks = collate(made, tokenizer, packed.vocabulary, rng)
        window, group = loss_of(model, table, chunks, size)
        parts = {"window": window, "group": group}
        return Loss(window + mixture.compared * group, parts, sum(int(c.mask.sum()) for c in chunks))

    trainer.run(step, out, until)


def main() -> None:
    """Run from the command line."""
    parser = arguments(__doc__, steps=4000, decay_steps=1200, rate=2e-4, seed=13)
    parser.add_argument("--until", type=int, default=None)
    parser.add_argument("--mixture", choices=sorted(MIXTURES), default="compare")
    parser.add_argument("--groups", type=int, default=16)
    parser.add_argument("--rivals", type=Path, default=None, help="what `rivals.py` mined")
    parser.add_argument("--warmup", type=int, default=WARMUP)
    given = parser.parse_args()
    if MIXTURES[given.mixture].rivals and not given.rivals:
        parser.error(f"the mixture {given.mixture} needs --rivals")
    prepare_process(given.threads)
    schedule = Schedule(given.steps, given.decay_steps, given.rate, given.warmup, seed=given.seed)
    until = given.until or given.steps
    mixture = MIXTURES[given.mixture]
    train(given.data, given.negatives, given.out, schedule, given.groups, until, mixture, given.start, given.rivals)


if __name__ == "__main__":
    main()
