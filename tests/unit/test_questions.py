"""What answers make of a priority: more urgent, never less, and only where they were asked."""

import pytest

from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.pipeline.questions import QUESTIONS, Question
from dispatch.pipeline.triage import assess


def test_a_yes_makes_a_call_more_urgent() -> None:
    assert assess(Complaint.SEIZURE).priority is Priority.ORANGE
    assert assess(Complaint.SEIZURE, answers=[("seizing", " Yes ")]).priority is Priority.RED


@pytest.mark.parametrize("said", ["no", "unknown", "", "maybe"])
def test_anything_but_a_yes_changes_nothing(said: str) -> None:
    assert assess(Complaint.SEIZURE, answers=[("seizing", said)]).priority is Priority.ORANGE


def test_an_answer_to_a_question_of_another_complaint_changes_nothing() -> None:
    assert assess(Complaint.PAIN_BACK, answers=[("seizing", "yes")]).priority is Priority.GREEN


def test_the_call_taker_has_the_last_word() -> None:
    triage = assess(Complaint.SEIZURE, priority=Priority.YELLOW, answers=[("seizing", "yes")])
    assert triage.priority is Priority.YELLOW


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.code)
def test_no_question_makes_a_call_less_urgent(question: Question) -> None:
    for complaint in question.complaints:
        before, after = assess(complaint), assess(complaint, answers=[(question.code, "yes")])
        assert after.priority.rank <= before.priority.rank
    assert all((question.text_zh, question.text_en, question.source, question.complaints))


def test_codes_are_unique() -> None:
    assert len({question.code for question in QUESTIONS}) == len(QUESTIONS)
