"""Scoring: stretches of the stories aside hold the answer that is asked for, and are cut anew from the same seed."""

from bot.training.aside import ASIDE, stories
from bot.training.score import STRETCHES, STRETCHES_ZH, sample, stretches


def test_a_stretch_is_one_line_that_holds_an_answer_and_is_no_longer_than_it_should_be() -> None:
    found = stretches(7)
    assert len(found) == sum(
        bool(one.answers) for source in ASIDE for story in stories(source) for one in story.questions
    )
    assert {item.language for item in found} == {"en", "fr", "id", "vi", "zh"}
    for item in found:
        assert any(answer in item.context for answer in item.answers)
        assert "\n" not in item.context
        assert len(item.context) <= max(STRETCHES_ZH if item.language == "zh" else STRETCHES)


def test_stretches_and_samples_are_a_matter_of_the_seed() -> None:
    assert stretches(7) == stretches(7) != stretches(8)
    few = sample(stretches(7), 5, 3)
    assert few == sample(stretches(7), 5, 3)
    assert len(few) == 5 * len({item.cell for item in few})
