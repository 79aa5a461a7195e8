"""Follow-ups: the subject is kept for one person in one place, for a time; whole questions are left alone.

What only looks like a follow-up is asked after a turn about something else, Twitch, in the five languages.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


TWITCH = next_turn("Who co-founded Twitch?", None, "Emmett Shear")


@pytest.mark.parametrize(
    "question",
    [
        # a name in capitals, or at the start in another language than the word it looks like
        "What is the IT budget?",
        "IT budget of OpenAI?",
        "Dan Brown là ai?",
        "Dan Brown est né quand ?",
        "Dan Brown是谁？",
        # a title, or kinship
        "Anh Altman học trường nào?",
        "Ai thay ông Altman?",
        "Bà Murati làm CEO bao lâu?",
        "Chị Murati sinh năm nào?",
        "Ông Đặng sinh năm nào?",
        # a verb without a subject
        "Is there a new board?",
        "How many kinds of kiwi are there?",
        "Who won the World Cup this year?",
        "Y a-t-il un nouveau conseil ?",
        "Combien d’employés y avait-il chez Loopt ?",
        "Il y a combien d'employés ?",
        "Faut-il un nouveau PDG ?",
        "Il faut combien de voix ?",
        "Combien de membres reste-t-il au conseil ?",
        # a pronoun that repeats the subject before it
        "Quand Altman a-t-il été renvoyé ?",
        "Quand ChatGPT a-t-il été lancé ?",
        "À quelle heure Brockman l'a-t-il appris ?",
        "À quelle heure l'ancien conseil a-t-il voté ?",
        # a pronoun that a name in the question itself is meant by
        "Pourquoi Hill a-t-il dit qu'il partait ?",
        # a part of another word
        "OpenAI的其他股东是谁？",
        "OpenAI的其它股東是誰？",
        "吉他是谁发明的？",
        "Thế giới có bao nhiêu người dùng ChatGPT?",
        "Thế hệ GPT tiếp theo là gì?",
        "Thế nào là AGI?",
        "So sánh GPT-4 và Claude",
        "So many employees quit, why?",
        "那么多员工为什么辞职？",
        "那么大的损失是谁造成的？",
        "这么多员工为什么辞职？",
        "Berapa gaji Altman sebenarnya?",
        "CEO OpenAI sebelumnya siapa?",
        # a demonstrative with its noun, or in a definition
        "这次会议是谁召集的？",
        "這次會議是誰召集的？",
        "这次“政变”的导火索是什么？",
        "那次会议是谁召集的？",
        "这个董事会有几个人？",
        "SLT itu singkatan dari apa?",
        "Apa itu AGI?",
        # who else, how many are left
        "还有谁离开了OpenAI？",
        "Còn ai rời OpenAI?",
        "Còn bao nhiêu nhân viên ở OpenAI?",
    ],
)
def test_a_word_that_only_looks_like_a_pronoun_refers_to_nothing(question: str) -> None:
    assert understood(question, TWITCH) == question


@pytest.mark.parametrize(
    "follow",
    [
        "When did he leave?",
        "WHEN DID HE LEAVE?",
        "When Did He Leave?",
        "OK. It started when?",
        "When did Microsoft hire him?",
        "Which OpenAI post did he hold?",
        "Who works there?",
        "Who said that?",
        "When did that happen?",
        "Why was this route chosen?",
        "Où travaillait-il avant ?",
        "Depuis combien de temps travaille-t-il ?",
        "Travaille-t-il chez Microsoft ?",
        "Quelle part du capital d'OpenAI détient-il ?",
        "Quel jour de la semaine est-il né ?",
        "Pourquoi les a-t-il quittés ?",
        "Pourquoi l’a-t-elle dit ?",
        "De quel club s'agit-il ?",
        "Combien reste-t-il ?",
        "Que s'est-il dit ?",
        "Qui lui a succédé ?",
        "Ông ấy sinh năm nào?",
        "Anh ấy học trường nào?",
        "Nó được bán khi nào?",
        "Khi nào họ rời đi?",
        "Kapan dia dipecat?",
        "Berapa gajinya?",
        "Siapa istrinya?",
        "Istrinya siapa?",
        "Kapan OpenAI memecatnya?",
        "Siapa CEO perusahaan itu?",
        "Perusahaan Swedia itu milik siapa?",
        "他什么时候离开的？",
        "她的薪水是多少？",
        "它的其他股东是谁？",
        "这是谁说的？",
        "这位是谁？",
        "这个人是谁？",
        "这家公司的CEO是谁？",
    ],
)
def test_a_pronoun_gets_the_subject_and_the_answer(follow: str) -> None:
    assert understood(follow, TWITCH) == f"{follow} (co-founded Twitch, Emmett Shear)"


@pytest.mark.parametrize(
    "follow",
    [
        "And Murati?",
        "AND MURATI?",
        "Et Murati ?",
        "Còn Murati?",
        "còn Murati?",
        "Dan Murati?",
        "那Murati呢？",
        "And AI?",
    ],
)
def test_an_opener_before_a_name_asks_the_same_of_another(follow: str) -> None:
    assert understood(follow, TWITCH) == f"{follow} (Who co-founded Twitch)"


@pytest.mark.parametrize(
    "follow",
    [
        "And who left?",
        "Et pourquoi ?",
        "Dan kapan Murati dipecat?",
        "Thế ai thay thế?",
        "那么谁取代了他？",
        "那家公司是谁的？",
    ],
)
def test_an_opener_before_a_question_asks_something_else_of_the_same(follow: str) -> None:
    assert understood(follow, TWITCH) == f"{follow} (co-founded Twitch)"


@pytest.mark.parametrize(
    "question", ["Who is Tanya?", "Siapa yang punya Twitch?", "Apa yang biasanya dilakukan dewan?"]
)
def test_a_word_in_nya_need_not_be_a_possessive(question: str) -> None:
    assert understood(question, TWITCH) == question


WORDS = [
    "Altman ",
    "la ",
    "l'",
    "a-t-il ",
    "itu ",
    "gajinya ",
    " that ",
    "there",
    "Dan ",
    "ông ",
    "它",
    "那",
    "这次",
    "? ",
]


@given(st.lists(st.sampled_from(WORDS)).map("".join) | st.text())
def test_any_question_is_kept_word_for_word(question: str) -> None:
    whole = understood(question, TWITCH)
    assert whole is not None
    assert whole.startswith(question)


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
