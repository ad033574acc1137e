"""Answers are told from pushes by their shape, whatever else is on the line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.controllers import zont_conversation as wire
from gateway.controllers.zont_conversation import Conversation, NotUnderstoodError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
QUESTIONS = {
    "auth": (wire.sign_in("a", "b"), {"auth": 200}),
    "ids": (wire.ids_of(16), {"ids": [1, 2]}),
    "state": (wire.state_of(7), {"id": 7, "type": 14, "s": 1}),
    "failed": (wire.state_of(7), {"id": 7, "req_state": 0, "failed": 1}),
    "cmd": (wire.command(7, 1), {"Id": 7, "cmdres": 0}),
    "named": (wire.named_command("x", 1, "1 24.1"), {"id": 99, "cmdres": 0}),
    "scmd": (wire.system("#S4?"), {"scmdres": "#S4:17 1 MTS"}),
    "reload": (wire.system("SCFG_RELOAD_REQ?"), {"scmdres": "CFG_RELOAD=ok"}),
}
PUSHES = [{"id": 8, "type": 14, "s": 0}, {"id": 9, "t": 20.1}, {"id": 7, "c": 20}]


@pytest.mark.parametrize("kind", QUESTIONS)
@given(before=st.lists(st.sampled_from(PUSHES), max_size=5))
def test_an_answer_among_pushes(kind, before):
    question, answer = QUESTIONS[kind]
    pushed: list[int] = []
    talk = Conversation(lambda number, _before, _now: pushed.append(number))
    talk.ask(question)
    for push in before:
        assert talk.hear(json.dumps(push)) is None
    assert pushed == [push["id"] for push in before]
    assert talk.hear(json.dumps(answer)) == answer
    talk.ask(wire.ids_of(255))  # The next may be asked.


def test_one_question_at_a_time():
    talk = Conversation(lambda *_: None)
    talk.ask(wire.ids_of(255))
    with pytest.raises(RuntimeError, match="one question"):
        talk.ask(wire.ids_of(16))


def test_a_late_answer_to_another_line_is_not_this_ones():
    talk = Conversation(lambda *_: None)
    talk.ask(wire.system("#S4?"))
    assert talk.hear('{"scmdres": "#S6:121 0"}') is None
    assert wire.value_from(talk.hear('{"scmdres": "#S4:!"}') or {}) is None


@given(JSON.map(json.dumps) | st.text(max_size=40))
def test_whatever_comes_is_a_message_or_a_typed_error(text):
    talk = Conversation(lambda *_: None)
    for kind in ("ids", "cmd", "scmd"):
        question, _ = QUESTIONS[kind]
        talk = Conversation(lambda *_: None)
        talk.ask(question)
        try:
            answer = talk.hear(text)
        except NotUnderstoodError:
            return
        if answer is None:
            continue
        for read in (wire.ids_from, wire.result_from, wire.value_from):
            try:
                read(answer)
            except NotUnderstoodError:
                continue


def test_a_push_of_some_fields_leaves_the_others():
    talk = Conversation(lambda *_: None)
    talk.hear('{"id": 8, "type": 16, "c": 20.0, "s": 21}')
    talk.hear('{"id": 8, "c": 20.4}')
    assert talk.objects[8] == {"id": 8, "type": 16, "c": 20.4, "s": 21}
    talk.hear('{"id": 8, "req_state": 0, "failed": 1}')
    assert talk.objects[8]["failed"] == 1
    talk.hear('{"id": 8, "c": NaN}')
    assert "failed" not in talk.objects[8]
    assert wire.number_in(talk.objects[8], "c") is None
