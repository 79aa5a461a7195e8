"""A write that fails or is killed at any of its steps leaves a whole generation, and the next run mends the rest.

The steps are enumerated by `fault_driver`, which does the work again and again in processes of its own. The counts
below are lower bounds, so that the enumeration cannot quietly come to nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.generations import ARRAYS, BLOBS
from tests.index.fault_driver import DONE, REFUSED

ROOT = Path(__file__).parents[2]
FILES = [*(f"{name}.npy" for name in ARRAYS), *BLOBS, "sums.npy", "manifest.json", "manifest.sha256"]


def drive(scenario: str, fault: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.index.fault_driver", scenario, fault],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "fault", "cases"),
    [
        ("first", "kill", 85),  # killed before each step in turn, and so after each
        ("next", "kill", 100),
        ("rollback", "kill", 5),
        ("next", "torn", 100),  # killed in the middle of each write
        ("first", "full", 75),  # the disk is full from a step on
        ("next", "full", 75),
        ("rollback", "full", 4),
        ("next", "failing", 100),  # one step gives an input/output error
        ("rollback", "failing", 5),
        ("next", "denied", 100),  # one step is not permitted
        ("next", "short", 30),  # the system writes no more than so many bytes to a file
    ],
)
def test_a_fault_at_any_step_leaves_a_whole_generation_and_the_next_run_mends_the_rest(
    scenario: str, fault: str, cases: int
) -> None:
    found = drive(scenario, fault)
    assert found["problems"] == []
    assert found["cases"] >= cases


@pytest.mark.slow
def test_nothing_is_named_before_it_is_on_the_disk() -> None:
    steps = drive("first", "none")["steps"]
    renamed, switched = steps.index("rename 000001.part"), steps.index("replace CURRENT.part")
    for name in FILES:
        written = max(at for at, step in enumerate(steps) if step in (f"open {name}", f"write {name}"))
        assert written < steps.index(f"fsync {name}") < renamed, name
    assert steps.index("fsync manifest.sha256") < steps.index("fsync 000001.part") < renamed
    assert renamed < steps.index("fsync generations") < steps.index("open CURRENT.part")
    assert steps.index("write CURRENT.part") < steps.index("fsync CURRENT.part") < switched
    assert "fsync index" in steps[switched:]
    assert "fsync tried" in steps[:renamed]  # the folder that holds the new index


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_may_only_read_can_ask_and_is_refused_to_write() -> None:
    assert drive("next", "nobody")["ended"] == [DONE, REFUSED, REFUSED]
