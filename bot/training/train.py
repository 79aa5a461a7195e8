"""Train the span reader: `python -m bot.training.train --data shared/datasets --out checkpoints`.

Loss of a window: cross-entropy of its start and end against all its tokens and the null position. Loss of a group:
one softmax over the windows' log-odds of holding an answer, log sum exp(start) + log sum exp(end) - 2 null, and a 0
for "in none" (shared normalisation: Clark & Gardner 2018; Wang et al. 2019). bfloat16 weights with float32 masters,
AdamW, a constant rate after warm-up and a linear decay at the end, so that the length can be set while it runs; an
exponential average of the weights is kept beside. Resumes from the newest checkpoint: the data's order is a
function of the seed and the step. Does not score (`score.py`).
"""

import argparse
import logging
import math
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from bot.training import cloze, corpora, negatives
from bot.training.batches import Chunk, collate
from bot.training.encoder import SpanReader, load_encoder
from bot.training.groups import COMPARE, MIXTURES, Groups, Mixture
from bot.training.swaps import Swapper
from bot.training.tokenizer import build
from bot.training.weights import PackedModel
from index.pieces import weights_file

log = logging.getLogger(__name__)
NEGATIVE_WEIGHT = 0.5  # of a window without the answer, against 1 of one with it
GROUP_WEIGHT = 0.5
AVERAGE_EVERY, AVERAGE_KEEP = 4, 0.99
SAVE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of."""

    steps: int
    decay_steps: int
    warmup: int = 150
    rate: float = 2e-4
    layer_decay: float = 0.95
    weight_decay: float = 0.01
    groups: int = 16
    chunks: int = 4
    seed: int = 13


def rate_at(step: int, settings: Settings) -> float:
    """Scale the rate: up linearly, constant, down linearly to nothing."""
    up = min(1.0, (step + 1) / settings.warmup)
    down = min(1.0, max(0.0, (settings.steps - step) / max(1, settings.decay_steps)))
    return up * down


def window_logits(model: SpanReader, table: Tensor, chunk: Chunk) -> tuple[Tensor, Tensor]:
    """Return float32 (n, length, 2) logits, masked outside the context, and (n,) null logits."""
    rows = table[torch.from_numpy(chunk.ids)]
    span, null = model(rows, torch.from_numpy(chunk.mask).to(rows.dtype))
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


class Trainer:
    """The bfloat16 model, its float32 masters, their average and the optimiser."""

    def __init__(self, packed: PackedModel, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        model = SpanReader(packed.shape)
        load_encoder(model.encoder, packed)
        self.settings, self.step = settings, 0
        self.masters = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.average = {name: p.clone() for name, p in self.masters.items()}
        self.model = model.to(torch.bfloat16)
        layers = packed.shape.layers
        sets = []
        for name, p in self.masters.items():
            depth = (
                int(name.split(".")[2]) + 1
                if ".layers." in name
                else (0 if name.startswith("encoder.") else layers + 1)
            )
            scale = settings.layer_decay ** max(0, layers - depth) * (2.5 if depth > layers else 1.0)
            decay = settings.weight_decay if p.dim() > 1 else 0.0
            sets.append(
                {"params": [p], "lr": settings.rate * scale, "peak": settings.rate * scale, "weight_decay": decay}
            )
        self.optimiser = torch.optim.AdamW(sets, betas=(0.9, 0.98), eps=1e-6, fused=True)

    def update(self) -> float:
        """Apply the gradients of the bfloat16 model to the masters and copy back; return the gradient's norm."""
        for (_, p), master in zip(self.model.named_parameters(), self.masters.values(), strict=True):
            master.grad = p.grad.float() if p.grad is not None else torch.zeros_like(master)
            p.grad = None
        norm = torch.nn.utils.clip_grad_norm_(list(self.masters.values()), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * rate_at(self.step, self.settings)
        self.optimiser.step()
        with torch.no_grad():
            for (_, p), master in zip(self.model.named_parameters(), self.masters.values(), strict=True):
                p.copy_(master)
            self.step += 1
            if self.step % AVERAGE_EVERY == 0:
                keep = min(AVERAGE_KEEP, self.step / (self.step + 40))
                for name, master in self.masters.items():
                    self.average[name].lerp_(master, 1 - keep)
        return float(norm)

    def save(self, folder: Path) -> None:
        """Write the newest state (to resume) and the averaged weights (to score), each atomically."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "step": self.step,
            "masters": self.masters,
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, folder / "latest.tmp")
        (folder / "latest.tmp").replace(folder / "latest.pt")
        torch.save({"step": self.step, "average": self.average}, folder / f"step-{self.step:05d}.pt")

    def resume(self, path: Path) -> None:
        """Take up the state of `save`."""
        state = torch.load(path, weights_only=True)
        self.step = state["step"]
        peaks = [group["peak"] for group in self.optimiser.param_groups]
        self.optimiser.load_state_dict(state["optimiser"])
        for group, peak in zip(self.optimiser.param_groups, peaks, strict=True):
            group["peak"] = peak
        with torch.no_grad():
            for name, master in self.masters.items():
                master.copy_(state["masters"][name])
                self.average[name].copy_(state["average"][name])
            self.model.load_state_dict({name: m.to(torch.bfloat16) for name, m in self.masters.items()})


def embedding_table(packed: PackedModel) -> Tensor:
    """Dequantise all word embeddings: (vocabulary, hidden) bfloat16."""
    return torch.from_numpy(packed.embedding_rows(np.arange(packed.shape.vocabulary))).to(torch.bfloat16)


def prepare(data: Path, near: Path, seed: int, mixture: Mixture = COMPARE) -> Groups:
    """Load paragraphs, negatives, gaps and word translations."""
    paragraphs = corpora.load(data) + corpora.news_paragraphs(data)
    if not near.exists():
        negatives.build_all(data, near)
    windows, found = negatives.read(near)
    return Groups(paragraphs, windows, found, cloze.make(corpora.news(data), seed), Swapper(data), seed, mixture)


def train(data: Path, near: Path, out: Path, settings: Settings, until: int, mixture: Mixture = COMPARE) -> None:
    """Train to step `until` (the whole run: `settings.steps`), resuming where a checkpoint stands."""
    packed = PackedModel(weights_file())
    tokenizer, table = build(packed.vocabulary), embedding_table(packed)
    groups = prepare(data, near, settings.seed, mixture)
    trainer = Trainer(packed, settings)
    if (out / "latest.pt").exists():
        trainer.resume(out / "latest.pt")
    per_epoch = len(groups.plan(0)) // settings.groups
    log.info("%d groups an epoch, %d steps; from step %d to %d", len(groups.plan(0)), per_epoch, trainer.step, until)
    saved, began, seen, sums = time.monotonic(), time.monotonic(), 0, [0.0, 0.0, 0.0]
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    while trainer.step < until and not stopped:
        epoch, at = divmod(trainer.step, per_epoch)
        # Epochs differ in length, since each draws its own sample: one that is shorter than the first starts over.
        order = range(at * settings.groups, (at + 1) * settings.groups)
        made = [groups.make(epoch, i % len(groups.plan(epoch))) for i in order]
        chunks = collate(
            made, tokenizer, packed.vocabulary, settings.chunks, random.Random(f"{settings.seed}-{trainer.step}")
        )
        window, group = loss_of(trainer.model, table, chunks, settings.groups)
        torch.autograd.backward(window + GROUP_WEIGHT * group)
        norm = trainer.update()
        seen += sum(int(c.mask.sum()) for c in chunks)
        sums = [s + x for s, x in zip(sums, (float(window.detach()), float(group.detach()), norm), strict=True)]
        if not math.isfinite(sums[0]):
            raise FloatingPointError(f"the loss is no longer finite at step {trainer.step}")
        if trainer.step % 25 == 0:
            spent = time.monotonic() - began
            log.info(
                "%6d window %.3f group %.3f norm %.2f %.0f tok/s %.2f s/step",
                trainer.step,
                *(x / 25 for x in sums),
                seen / spent,
                spent / 25,
            )
            began, seen, sums = time.monotonic(), 0, [0.0, 0.0, 0.0]
        if time.monotonic() - saved > SAVE_SECONDS:
            trainer.save(out)
            saved = time.monotonic()
    trainer.save(out)


def main() -> None:
    """Run from the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--decay-steps", type=int, default=1200)
    parser.add_argument("--until", type=int, default=None)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--mixture", choices=sorted(MIXTURES), default="compare")
    parser.add_argument("--groups", type=int, default=16)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    settings = Settings(
        steps=given.steps, decay_steps=given.decay_steps, rate=given.rate, groups=given.groups, seed=given.seed
    )
    train(given.data, given.negatives, given.out, settings, given.until or given.steps, MIXTURES[given.mixture])


if __name__ == "__main__":
    main()
