"""What a user waits for: cold start, indexing, and the development questions asked one after another.

    python -m tests.benchmarks.latency

Cold start is a whole process, the median of several; warm latency is one process asked the development questions one
after another; indexing counts passages encoded by the second. Quote the figures with the machine, and run it on an
idle one.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.config import Config
from bot.service import Service
from index.encoders import load_encoder
from index.indexing import update_index

ROOT = Path(__file__).parent.parent.parent
QUESTIONS = ROOT / "bot" / "questions" / "dev.jsonl"
COLD_RUNS = 7


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as temporary:
        index = Path(temporary) / "index"
        started = time.perf_counter()
        report = update_index(index, [ROOT / "seeds"], load_encoder())
        seconds = time.perf_counter() - started
        print(f"indexing      {report.passages} passages in {seconds:.1f} s: {report.passages / seconds:.1f} a second")
        place = ["--index-dir", str(index)]
        _cold("cold import", ["-c", "import bot.cli"])
        _cold("cold search", ["-m", "bot", "search", *place, "who replaced Altman?"])
        _cold("cold ask", ["-m", "bot", "ask", *place, "who replaced Altman?"])
        _cold("cold ask zh", ["-m", "bot", "ask", *place, "谁替代了阿尔特曼？"])
        service = Service(Config(), index)
        questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
        _warm("warm search", lambda question: service.search(question), questions)
        _warm("warm ask", lambda question: service.ask(question), questions)


def _cold(name: str, arguments: list[str]) -> None:
    times = []
    for _ in range(COLD_RUNS + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - started)
    median = statistics.median(times[1:])  # the first run warms the disk's cache
    print(f"{name:<13} {median:.2f} s (median of {COLD_RUNS}, {min(times[1:]):.2f} to {max(times[1:]):.2f})")


def _warm(name: str, ask: Callable[[str], object], questions: list[str]) -> None:
    ask(questions[0])
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - started))
    cuts = statistics.quantiles(times, n=20)
    print(f"{name:<13} p50 {statistics.median(times):.0f} ms, p95 {cuts[18]:.0f} ms over {len(times)} questions")


if __name__ == "__main__":
    main()
