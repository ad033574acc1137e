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


def signed_in(pushed=lambda *_: None) -> Conversation:
    """A conversation that may be pushed to."""
    talk = Conversation(pushed)
    talk.ask(wire.sign_in("a", "b"))
    assert talk.hear('{"auth": 200}') == {"auth": 200}
    return talk


PUSHES = [{"id": 8, "type": 14, "s": 0}, {"id": 9, "t": 20.1}, {"id": 7, "c": 20}]


@pytest.mark.parametrize("kind", QUESTIONS)
@given(before=st.lists(st.sampled_from(PUSHES), max_size=5))
def test_an_answer_among_pushes(kind, before):
    question, answer = QUESTIONS[kind]
    pushed: list[int] = []
    talk = signed_in(lambda number, _before, _now: pushed.append(number))
    talk.ask(question)
    for push in before:
        assert talk.hear(json.dumps(push)) is None
    assert pushed == [push["id"] for push in before]
    assert talk.hear(json.dumps(answer)) == answer
    talk.ask(wire.ids_of(255))  # The next may be asked.


@pytest.mark.parametrize("answer", ['{"auth": 401}', '{"auth": "no"}', None])
def test_a_push_to_who_is_not_signed_in_is_not_believed(answer):
    pushed: list[int] = []
    talk = Conversation(lambda number, _before, _now: pushed.append(number))
    talk.ask(wire.sign_in("a", "b"))
    if answer is not None:
        talk.hear(answer)
    talk.hear('{"id": 8, "type": 14, "s": 0}')
    assert (talk.objects, pushed) == ({}, [])


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


def test_an_answer_to_a_word_has_no_number():
    """`SDATE?` is answered by anything that is no numbered line: a late `#S4:` is not its answer."""
    talk = Conversation(lambda *_: None)
    talk.ask(wire.system("SDATE?"))
    assert talk.hear('{"scmdres": "#S4:17 1 MTS"}') is None
    answer = talk.hear('{"scmdres": "DATE=2026-10-01 12:00:00"}')
    assert wire.value_from(answer or {}) == "2026-10-01 12:00:00"


def test_a_push_of_some_fields_leaves_the_others():
    talk = signed_in()
    talk.hear('{"id": 8, "type": 16, "c": 20.0, "s": 21}')
    talk.hear('{"id": 8, "c": 20.4}')
    assert talk.objects[8] == {"id": 8, "type": 16, "c": 20.4, "s": 21}
    talk.hear('{"id": 8, "req_state": 0, "failed": 1}')
    assert talk.objects[8]["failed"] == 1
    talk.hear('{"id": 8, "c": NaN}')
    assert "failed" not in talk.objects[8]
    assert wire.number_in(talk.objects[8], "c") is None


def test_an_answer_is_the_whole_object():
    talk = signed_in()
    talk.hear('{"id": 8, "type": 16, "c": 20.0, "s": 21, "m": "heat"}')
    talk.hear('{"id": 8, "m": "off"}')
    assert "s" not in talk.objects[8]
    talk.ask(wire.state_of(8))
    talk.hear('{"id": 8, "type": 16, "m": "off"}')
    assert talk.objects[8] == {"id": 8, "type": 16, "m": "off"}


@pytest.mark.parametrize(
    ("news", "old"),
    [
        ('{"id": 8, "c": 20.4}', False),
        ('{"id": 8, "req_state": 0, "failed": 1}', True),
        ('{"id": 77, "type": 17, "s": 0}', True),
        ("CFG_RELOAD_REQ", True),
        ('"CFG_RELOAD_REQ"', True),
    ],
)
def test_what_may_have_changed_the_list_of_objects(news, old):
    talk = signed_in()
    talk.hear('{"id": 8, "type": 16, "c": 20.0}')
    talk.list_is_old = False
    talk.hear(news)
    assert talk.list_is_old is old


def test_a_line_of_a_new_object_makes_the_list_old():
    talk = signed_in()
    talk.hear_line(b"#Y8$3030,2940")
    talk.hear_line(b"\x44\x00#Z8=14")
    assert not talk.list_is_old
    talk.hear_line(b"#Z20490=14,'\xcf',1,0")
    assert talk.list_is_old


def test_there_is_an_end_to_what_is_remembered():
    talk = signed_in()
    for number in range(wire.MAX_OBJECTS + 50):
        talk.hear(f'{{"id": {number}, "type": 14, "s": 0}}')
    assert len(talk.objects) == wire.MAX_OBJECTS


@given(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)) | st.integers(-(10**6), 10**6))
def test_a_number_in_quotes_is_a_number(number):
    text = f"{number:.3f}" if isinstance(number, float) else str(number)
    assert wire.number_in({"t": text}, "t") == number
    for other in ("", " ", "1,5", "0x10", "1e3", "٣", "+1", "nan", "1_0"):
        assert wire.number_in({"t": other}, "t") is None
