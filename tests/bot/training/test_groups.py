"""Training groups: answers stand where they are said to, negatives do not hold them, and a seed makes one epoch."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.training.corpora import Paragraph, Question
from bot.training.groups import MIXTURES, Group, Groups, joined
from bot.training.negatives import Window
from bot.training.stories import Stories
from bot.training.swaps import _FILES, Swapper

TEXTS = {
    "en": ("Emmett Shear replaced Altman. He left Twitch in February. Murati stayed on.", "who replaced Altman?"),
    "vi": ("Emmett Shear thay thế Altman. Ông rời Twitch hồi tháng hai. Murati ở lại.", "ai thay thế Altman?"),
    "fr": ("Emmett Shear a remplacé Altman. Il a quitté Twitch. Murati est restée.", "qui a remplacé Altman ?"),
    "zh": ("Emmett Shear取代了阿爾特曼。他二月離開了Twitch。穆拉蒂留下來了。", "谁取代了阿尔特曼？"),
    "id": ("Emmett Shear menggantikan Altman. Ia keluar dari Twitch. Murati tetap.", "siapa menggantikan Altman?"),
}
ANSWER = "Emmett Shear"


def _groups(folder: Path, mixture: str, seed: int = 5, rivals: Mapping[str, Sequence[str]] = {}) -> Groups:
    for names in _FILES.values():
        for name in names:
            (folder / "omw" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "omw" / name).write_text("", encoding="utf-8")
    paragraphs = []
    for code, (text, asked) in TEXTS.items():
        questions = (
            Question(f"{code}1", asked, code, 0, ANSWER),
            Question(f"{code}2", f"{asked} ({code})", code, None, ""),
        )
        paragraphs.append(Paragraph(text, code, "made", f"article-{code}", f"twin-{code}", questions))
    windows = [Window(number, 0, len(paragraph.text)) for number, paragraph in enumerate(paragraphs)]
    near = {
        question.text: np.arange(len(windows), dtype=np.int32)[None, :]
        for paragraph in paragraphs
        for question in paragraph.questions
    }
    return Groups(
        paragraphs,
        windows,
        near,
        (),
        Swapper(folder),
        Stories([{code: [text] for code, (text, _) in TEXTS.items()}]),
        seed,
        MIXTURES[mixture],
        rivals,
    )


def _epochs(groups: Groups, count: int) -> list[Group]:
    return [groups.make(epoch, number) for epoch in range(count) for number in range(len(groups.plan(epoch)))]


@pytest.mark.parametrize("mixture", [name for name, one in MIXTURES.items() if not one.stories])  # theirs: `test_facts`
def test_an_answer_stands_where_its_span_says_and_in_no_other_window(mixture: str, tmp_path: Path) -> None:
    answered = 0
    for group in _epochs(_groups(tmp_path, mixture), 30):
        spans = [candidate for candidate in group.candidates if candidate.span is not None]
        assert len(spans) <= 1
        for candidate in spans:
            assert candidate.span is not None
            start, end = candidate.span
            assert candidate.text[start:end] == ANSWER
            assert all(ANSWER not in other.text for other in group.candidates if other is not candidate)
            answered += 1
    assert answered > 50


def test_a_seed_makes_the_same_epoch_again_and_another_seed_another(tmp_path: Path) -> None:
    first = _epochs(_groups(tmp_path, "compare"), 3)
    assert _epochs(_groups(tmp_path, "compare"), 3) == first
    assert _epochs(_groups(tmp_path, "compare", seed=6), 3) != first


def test_the_mixtures_differ_in_how_many_windows_hold_an_answer(tmp_path: Path) -> None:
    def share(mixture: str) -> float:
        candidates = [one for group in _epochs(_groups(tmp_path, mixture), 60) for one in group.candidates]
        return sum(one.span is not None for one in candidates) / len(candidates)

    assert share("compare") < share("spans") < share("answers")


def test_a_mixture_with_stories_adds_them_to_the_same_questions(tmp_path: Path) -> None:
    plain, more = (sorted(_groups(tmp_path, mixture).plan(0)) for mixture in ("spans", "stories"))
    assert [one for one in more if one[0] != -2] == plain
    assert len(more) - len(plain) == round(MIXTURES["stories"].stories * len(plain))


def test_windows_put_into_one_text_keep_a_line_each_and_the_answer_its_place(tmp_path: Path) -> None:
    random_number, answered = random.Random(3), 0
    for group in _epochs(_groups(tmp_path, "spans"), 30):
        if not group.candidates:
            continue
        (candidate,) = joined(group, random_number).candidates
        assert candidate.text.count("\n") == len(group.candidates) - 1
        assert (candidate.span is None) == all(one.span is None for one in group.candidates)
        if candidate.span is not None:
            assert candidate.text[slice(*candidate.span)] == ANSWER
            answered += 1
    assert answered > 50


def test_a_contest_is_the_answer_among_some_of_its_rivals(tmp_path: Path) -> None:
    rivals = [f"{name} did not replace him." for name in ("Murati", "Nadella", "Brockman", "Toner")]
    groups = _groups(tmp_path, "rivals", rivals={TEXTS["en"][1]: rivals})
    asked = [group.candidates for group in _epochs(groups, 20) if group.question == TEXTS["en"][1]]
    held = {candidates[0].text for candidates in asked if candidates}
    contests = [lines for text in held if len(set(lines := text.split("\n")) & set(rivals)) > 1]
    assert len(contests) > 5
    for lines in contests:
        assert sum(ANSWER in line for line in lines) <= 1
        assert all(line in rivals or ANSWER in line for line in lines)
    assert sum(any(ANSWER in line for line in lines) for lines in contests) > len(contests) / 2


def test_of_contests_some_are_read_one_by_one(tmp_path: Path) -> None:
    rivals = [f"{name} did not replace him." for name in ("Murati", "Nadella", "Brockman", "Toner", "Shear's friend")]
    groups = _groups(tmp_path, "apart", rivals={TEXTS["en"][1]: rivals})
    asked = [group.candidates for group in _epochs(groups, 40) if group.question == TEXTS["en"][1]]
    apart = [candidates for candidates in asked if len({one.text for one in candidates} & set(rivals)) > 1]
    assert len(apart) > 5
    for candidates in apart:
        assert all(one.text in rivals for one in candidates if one.span is None)
        assert all(one.text[slice(*one.span)] == ANSWER for one in candidates if one.span is not None)
    assert sum(any(one.span is not None for one in candidates) for candidates in apart) > len(apart) / 2
