"""What a person is told while work goes on: how far it is, how fast, and how long the rest will take."""

import pytest

from bot.terminal import progress


def test_away_from_a_terminal_each_tenth_is_a_line_with_a_rate_and_an_estimate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    times = iter([0.0, 2.0, 10.0])
    report = progress(clock=lambda: next(times))
    report(256, 1280)
    report(300, 1280)  # the same tenth
    report(1280, 1280)
    assert capsys.readouterr().err.splitlines() == [
        "polyquote: encoded 256 of 1280 passages, 128 a second, 8 s to go",
        "polyquote: encoded 1280 of 1280 passages, 128 a second",
    ]


def test_the_end_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0])
    report = progress("asked", "questions", clock=lambda: next(times))
    report(3, 3)
    report(3, 3)
    assert capsys.readouterr().err == "polyquote: asked 3 of 3 questions, 3 a second\n"
