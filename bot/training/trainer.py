"""What every training run here has in common: float32 masters, their average, the optimiser, and checkpoints.

Weights are in bfloat16 where the processor is fast at it, with float32 masters; AdamW (Loshchilov & Hutter 2019), a
constant rate after warm-up and a linear decay at the end, so that the length can be set while it runs; lower layers
learn slower, heads faster. An exponential average of the weights is kept beside. What is learnt, and from what, is the
caller's.
"""

import logging
import math
import signal
import time
import timeit
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

log = logging.getLogger(__name__)
SAVE_SECONDS = 240.0
WARMUP = 150  # steps
LOG_STEPS = 25
AVERAGE_EVERY, AVERAGE_KEEP = 4, 0.99
HEAD_RATE = 2.5  # of what is not the encoder's


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a run is, and how fast it learns."""

    steps: int
    decay_steps: int
    rate: float
    warmup: int = WARMUP
    layer_decay: float = 0.95
    weight_decay: float = 0.01
    seed: int = 13

    def share(self, step: int) -> float:
        """Return the share of the rate at a step: up linearly, constant, down linearly to nothing."""
        up = min(1.0, (step + 1) / self.warmup)
        down = min(1.0, max(0.0, (self.steps - step) / max(1, self.decay_steps)))
        return up * down


@dataclass(frozen=True, slots=True)
class Loss:
    """What a step is to bring down, the parts of it to log, and how many tokens it read."""

    total: Tensor
    parts: Mapping[str, Tensor]
    tokens: int


def fastest(kinds: Sequence[torch.dtype] = (torch.bfloat16, torch.float32)) -> torch.dtype:
    """Return the kind of number in which this processor multiplies matrices fastest.

    With AMX that is bfloat16 by far; without, a processor may know its instructions and still take twice as long.
    """

    def seconds(kind: torch.dtype) -> float:
        matrix = torch.ones(1024, 1024, dtype=kind)
        return min(timeit.repeat(lambda: matrix @ matrix, number=1, repeat=5))

    return min(kinds, key=seconds)


class Trainer:
    """A model with an `encoder` of so many `layers`, in the `fastest` numbers, and all that its training keeps."""

    def __init__(self, model: nn.Module, layers: int, schedule: Schedule) -> None:
        self.schedule, self.step = schedule, 0
        self.masters = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.average = {name: p.clone() for name, p in self.masters.items()}
        self.model = model.to(fastest())
        self.optimiser = torch.optim.AdamW(
            [self._group(name, p, layers) for name, p in self.masters.items()], betas=(0.9, 0.98), eps=1e-6, fused=True
        )

    def _group(self, name: str, p: Tensor, layers: int) -> dict[str, object]:
        depth = (
            int(name.split(".")[2]) + 1 if ".layers." in name else (0 if name.startswith("encoder.") else layers + 1)
        )
        peak = self.schedule.rate * self.schedule.layer_decay ** max(0, layers - depth)
        peak *= HEAD_RATE if depth > layers else 1.0
        decay = self.schedule.weight_decay if p.dim() > 1 else 0.0
        return {"params": [p], "lr": peak, "peak": peak, "weight_decay": decay}

    def run(self, step: Callable[[int], Loss], out: Path, until: int) -> None:
        """Take steps up to number `until`, from the newest checkpoint on; a SIGTERM ends it with one."""
        if (out / "latest.pt").exists():
            self.resume(out / "latest.pt")
        log.info("from step %d to %d", self.step, until)
        stopped: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
        saved, began, seen, first = time.monotonic(), time.monotonic(), 0, self.step
        sums: Counter[str] = Counter()
        while self.step < until and not stopped:
            loss = step(self.step)
            torch.autograd.backward(loss.total)
            sums.update({name: float(part.detach()) for name, part in loss.parts.items()} | {"norm": self.update()})
            seen += loss.tokens
            if not all(math.isfinite(value) for value in sums.values()):
                raise FloatingPointError(f"the loss is no longer finite at step {self.step}")
            if self.step % LOG_STEPS == 0:
                spent, taken = time.monotonic() - began, self.step - first
                means = " ".join(f"{name} {value / taken:.3f}" for name, value in sums.items())
                log.info("%6d %s %.0f tok/s %.2f s/step", self.step, means, seen / spent, spent / taken)
                began, seen, first = time.monotonic(), 0, self.step
                sums.clear()
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save(out)
                saved = time.monotonic()
        self.save(out)

    def update(self) -> float:
        """Apply the gradients of the model to the masters and copy back; return the gradient's norm."""
        for (_, p), master in zip(self.model.named_parameters(), self.masters.values(), strict=True):
            master.grad = p.grad.float() if p.grad is not None else torch.zeros_like(master)
            p.grad = None
        norm = torch.nn.utils.clip_grad_norm_(list(self.masters.values()), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * self.schedule.share(self.step)
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
            self.model.load_state_dict(self.masters)


def load_weights(checkpoint: Path) -> dict[str, NDArray[np.float32]]:
    """Read the averaged weights that `Trainer.save` wrote."""
    state: dict[str, Tensor] = torch.load(checkpoint, weights_only=True)["average"]
    return {name: value.numpy() for name, value in state.items()}


def average(checkpoints: Iterable[Path]) -> dict[str, NDArray[np.float32]]:
    """Average the weights of several checkpoints."""
    loaded = [load_weights(path) for path in checkpoints]
    return {name: np.mean([w[name] for w in loaded], axis=0).astype(np.float32) for name in loaded[0]}


def begin(model: nn.Module, start: Sequence[Path]) -> None:
    """Give a model the mean of the checkpoints' weights, if there are any."""
    if start:
        model.load_state_dict({name: torch.from_numpy(value) for name, value in average(start).items()})


def arguments(description: str | None, *, steps: int, decay_steps: int, rate: float, seed: int) -> ArgumentParser:
    """Return a parser of what every run is told, with a run's own defaults."""
    parser = ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, nargs="+", default=[], help="checkpoints to begin from the mean of")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--decay-steps", type=int, default=decay_steps)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def prepare_process(threads: int) -> None:
    """Log to the terminal, and compute with so many threads."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
