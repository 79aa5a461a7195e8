"""A load run: 200 questions from 50 people within 10 s, by the real discord.py client and the small server.

`python -m tests.discord_server.load [--index DIR] [--fake] [--rounds N]` prints a table. The bot runs as shipped, on an
index of its own over `seeds/` unless one is named; only the guild's limit is raised, for all 200 come from one guild.
Rounds take turns: 200 questions that all differ, then 46 that several people ask, as people do. No round repeats the
texts of another.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.phrases import PHRASES
from tests.discord_server.harness import ROOT, TOKEN, Bot, process
from tests.discord_server.rest import Told
from tests.discord_server.server import DiscordServer

QUESTIONS, PEOPLE, SECONDS = 200, 50, 10.0
WITHIN = 3.0  # seconds in which Discord wants an acknowledgement
PATIENCE = 120.0  # seconds after the last question until what is not answered is lost
ASKED = ROOT / "bot" / "questions" / "dev.jsonl"
AGAIN = tuple(
    getattr(row, name).split("{")[0] for row in PHRASES.values() for name in ("busy", "cooldown", "guild_limit")
)


@dataclass(frozen=True, slots=True)
class Round:
    """What became of a round's questions; times in seconds from the sending, memory in MiB."""

    different: int
    sent: int
    answered: int
    again: int
    lost: int
    twice: int
    late: int
    acknowledged: list[float]
    answer: list[float]
    seconds: float
    memory: float

    def row(self) -> str:
        """Return the round as a row of the table."""
        counts = (self.different, self.sent, self.answered, self.again, self.lost, self.twice, self.late)
        figures = (
            f"{_quantile(self.acknowledged, 50):.3f}",
            f"{_quantile(self.acknowledged, 99):.3f}",
            f"{_quantile(self.answer, 50):.2f}",
            f"{_quantile(self.answer, 99):.2f}",
            f"{self.answered / self.seconds:.1f}",
            f"{self.memory:.0f}",
        )
        cells = zip((*COLUMNS, *FIGURES), (*map(str, counts), *figures), strict=True)
        return "  ".join(cell.rjust(len(head)) for head, cell in cells)


COLUMNS = ("different", "sent", "answered", "again", "lost", "twice", "late")
FIGURES = (" ack p50", " ack p99", " ans p50", " ans p99", " ans / s", "    MiB")  # seconds, answers a second, memory
HEAD = "  ".join([*COLUMNS, *FIGURES])


def main() -> None:
    """Run the load and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, help="an index that is there already")
    parser.add_argument("--fake", action="store_true", help="answers that cost nothing: Discord's side alone")
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rounds = asyncio.run(run(Path(temporary), arguments.index, rounds=arguments.rounds, fake=arguments.fake))
    sys.stdout.write("\n".join([HEAD, *(one.row() for one in rounds)]) + "\n")


async def run(folder: Path, index: Path | None, *, rounds: int, fake: bool) -> list[Round]:
    """Return what became of each round."""
    async with DiscordServer(TOKEN) as server, process(server, folder, *_arguments(folder, index, fake=fake)) as bot:
        warm = await server.slash(1, "ask", question="who is warming up?")
        await server.until(lambda: warm.answers, PATIENCE)
        return [await _round(server, bot, number) for number in range(1, rounds + 1)]


def _arguments(folder: Path, index: Path | None, *, fake: bool) -> list[str]:
    if fake:
        return ["--fake", str(folder), json.dumps({"guild_per_minute": 0})]
    config = folder / "config.toml"
    config.write_text("[discord]\nguild_per_minute = 0\n", encoding="utf-8")
    if index is None:
        index = folder / "index"
        command = [sys.executable, "-m", "bot", "index", "--index-dir", str(index), str(ROOT / "seeds")]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return ["discord", "--config", str(config), "--index-dir", str(index)]


async def _round(server: DiscordServer, bot: Bot, number: int) -> Round:
    known = [json.loads(line)["question"] for line in ASKED.read_text(encoding="utf-8").splitlines() if line.strip()]
    shared = number % 2 == 0
    texts = [
        f"{known[turn % len(known)]} {'!' * number}{'' if shared else '?' * (turn // len(known))}"
        for turn in range(QUESTIONS)
    ]
    server.interactions.clear()
    began, tolds = time.monotonic(), list[Told]()
    for turn in range(QUESTIONS):
        await asyncio.sleep(max(0.0, began + turn * SECONDS / QUESTIONS - time.monotonic()))
        tolds.append(await server.slash(100 + turn % PEOPLE, "ask", question=texts[turn]))
    with suppress(TimeoutError):  # what is lost is counted
        await server.until(lambda: all(told.answers for told in tolds), PATIENCE)
    seconds = time.monotonic() - began
    await asyncio.sleep(1)  # for a second answer to come, if one does
    again = [told for told in tolds if told.message and told.message["content"].startswith(AGAIN)]
    answered = [told for told in tolds if told.answers and told not in again]
    return Round(
        different=len(set(texts)),
        sent=len(tolds),
        answered=len(answered),
        again=len(again),
        lost=sum(not told.answers for told in tolds),
        twice=sum(told.answers > 1 for told in tolds),
        late=sum((told.acknowledged or float("inf")) - told.sent > WITHIN for told in tolds),
        acknowledged=[told.acknowledged - told.sent for told in tolds if told.acknowledged],
        answer=[told.answered - told.sent for told in answered if told.answered],
        seconds=seconds,
        memory=_memory(bot.process.pid),
    )


def _memory(pid: int) -> float:
    """Return the resident memory of a process in MiB (proc(5), on Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else float("nan")


if __name__ == "__main__":
    main()
