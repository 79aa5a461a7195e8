"""Public question-answering data as paragraphs."""

from bot.training.corpora import Question, join


def test_lines_are_joined_as_their_language_does() -> None:
    assert join(["Um.", "Dois."], "en") == ("Um. Dois.", [0, 4])
    assert join(["一。", "二。"], "zh") == ("一。二。", [0, 2])


def test_a_text_answers_a_question_in_the_words_of_any_text() -> None:
    question = Question("1", "Who leads?", "en", 0, "Zhou Min", ("Zhou Min", "周敏"))
    assert question.answered_in("董事长周敏表示")
    assert question.answered_in("led by ZHOU MIN")
    assert not question.answered_in("led by Zhao Min")
    assert not Question("2", "Who leads?", "en", None, "").answered_in("Zhou Min")
