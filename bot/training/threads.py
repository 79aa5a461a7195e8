"""How many threads training takes on a machine that it shares.

Reads Linux's /proc/stat; elsewhere nobody else is assumed.
"""

import os
import time
from pathlib import Path

import torch


class Threads:
    """Use as many threads as there are cores that nobody else uses.

    subtle: a matrix product waits for its slowest thread, so one thread that shares its core with foreign work of
    higher priority slows everything tenfold; one thread fewer costs only its share.
    """

    def __init__(self, most: int) -> None:
        self._most, self._last, self._time = most, self._foreign(), time.monotonic()

    def adapt(self) -> None:
        """Set the number of threads by the others' processor time since the last call."""
        foreign, now = self._foreign(), time.monotonic()
        if now - self._time < 0.5:
            return
        busy = (foreign - self._last) / (now - self._time) / os.sysconf("SC_CLK_TCK")
        wanted = max(1, min(self._most, round((os.cpu_count() or 1) - busy)))
        if wanted != torch.get_num_threads():
            torch.set_num_threads(wanted)
        self._last, self._time = foreign, now

    @staticmethod
    def _foreign() -> int:
        """Read the processor ticks of everybody else (Linux; elsewhere 0)."""
        stat = Path("/proc/stat")
        if not stat.exists():
            return 0
        user, nice = stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:3]
        own = sum(os.times()[:2]) * os.sysconf("SC_CLK_TCK")
        return int(user) + int(nice) - round(own)
