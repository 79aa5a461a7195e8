"""Follow-ups: the subject is kept for one person in one place, for a time; whole questions are left alone."""

import pytest

from bot.conversation import KEPT, LONGEST, Conversations, Turn, next_turn, understood

HERE, THERE, AN, BAO = 1, 2, 1001, 1002
FIRST = {
    "en": ("who replaced Altman?", "and when?", "replaced Altman"),
    "fr": ("Qui a remplacé Altman ?", "et quand ?", "a remplacé Altman"),
    "vi": ("Ai thay thế Altman?", "còn khi nào?", "thay thế Altman"),
    "id": ("Siapa menggantikan Altman?", "dan kapan?", "menggantikan Altman"),
    "zh": ("谁取代了阿尔特曼？", "那是什么时候？", "取代了阿尔特曼"),
    "zh-Hant": ("誰取代了阿爾特曼？", "那是什麼時候？", "取代了阿爾特曼"),
}


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("code", FIRST)
def test_a_bare_follow_up_gets_the_subject(code: str) -> None:
    question, follow, subject = FIRST[code]
    turn = next_turn(question, None, "Shear")
    assert turn.subject == subject
    assert understood(follow, turn) == f"{follow} ({subject})"
    assert next_turn(follow, turn, None).subject == subject


@pytest.mark.parametrize("code", FIRST)
def test_a_bare_follow_up_to_nothing_is_not_understood(code: str) -> None:
    assert understood(FIRST[code][1], None) is None


@pytest.mark.parametrize("code", FIRST)
def test_a_whole_question_is_left_as_it_is(code: str) -> None:
    question = FIRST[code][0]
    assert understood(question, None) == question
    assert understood(question, Turn("who owns OpenAI", "owns OpenAI", None)) == question


@pytest.mark.parametrize(
    ("follow", "whole"),
    [
        ("and Murati?", "and Murati? (who replaced Altman)"),
        ("where did he work before?", "where did he work before? (replaced Altman, Shear)"),
        ("Où travaillait-il avant ?", "Où travaillait-il avant ? (replaced Altman, Shear)"),
        ("他以前在哪里工作？", "他以前在哪里工作？ (replaced Altman, Shear)"),
        ("Who owns 49% of OpenAI?", "Who owns 49% of OpenAI?"),
        ("2023?", "2023?"),
    ],
)
def test_openers_and_pronouns_refer_back(follow: str, whole: str) -> None:
    assert understood(follow, next_turn("who replaced Altman?", None, "Shear")) == whole


@pytest.mark.parametrize("question", ["What is AI?", "Who is Dan?", "Who is Son?", "Altman?"])
def test_a_name_that_looks_like_a_function_word_is_a_subject(question: str) -> None:
    assert understood(question, None) == question


def test_a_chain_of_follow_ups_keeps_its_subject_and_stays_short() -> None:
    turn = next_turn("who replaced Altman?", None, None)
    turn = next_turn("and Murati?", turn, None)
    assert understood("when?", turn) == "when? (replaced Altman, Murati)"
    for _ in range(40):
        turn = next_turn("and Brockman?", turn, None)
    assert len(turn.question) <= LONGEST + len("and Brockman")


def test_people_and_places_are_never_mixed() -> None:
    talks, turn = Conversations(60, Clock()), Turn("q", "s", None)
    talks.remember(HERE, AN, turn)
    assert talks.recall(HERE, AN) is turn
    assert talks.recall(HERE, BAO) is None
    assert talks.recall(THERE, AN) is None


def test_a_turn_is_forgotten_after_its_time_or_when_asked() -> None:
    clock = Clock()
    talks = Conversations(60, clock)
    talks.remember(HERE, AN, Turn("q", "s", None))
    clock.now += 59.9
    assert talks.recall(HERE, AN)
    clock.now += 0.2
    assert talks.recall(HERE, AN) is None
    turn = Turn("again", "s", None)
    talks.remember(HERE, AN, turn)
    talks.remember(THERE, AN, turn)
    talks.forget(AN)
    talks.delivered(HERE, AN, turn, 7)  # what was on its way does not bring it back
    assert talks.recall(HERE, AN) is None
    assert talks.recall(THERE, AN) is None


def test_no_time_remembers_nothing() -> None:
    talks = Conversations(0, Clock())
    talks.remember(HERE, AN, Turn("q", "s", None))
    assert talks.recall(HERE, AN) is None


def test_a_reply_finds_the_turn_that_its_message_answered() -> None:
    talks, first, second = Conversations(60, Clock()), Turn("1", "1", None), Turn("2", "2", None)
    for message, turn in ((11, first), (22, second)):
        talks.remember(HERE, AN, turn)
        talks.delivered(HERE, AN, turn, message)
    assert talks.recall(HERE, AN, 11) is first
    assert talks.recall(HERE, AN, 22) is second
    assert talks.recall(HERE, AN) is second
    assert talks.recall(HERE, AN, 33) is None


def test_only_the_last_turns_are_kept() -> None:
    talks = Conversations(60, Clock())
    turns = [Turn(str(n), str(n), None) for n in range(KEPT + 1)]
    for number, turn in enumerate(turns):
        talks.remember(HERE, AN, turn)
        talks.delivered(HERE, AN, turn, 100 + number)
    assert talks.recall(HERE, AN, 100) is None
    assert talks.recall(HERE, AN, 101) is turns[1]
