"""The emulated controller's answers on its local WebSocket, message by message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_objects import CIRCUIT, DHW, LOST, RELAY, SENSOR, ToyObjects

from firmware_sim.controller.local_session import LocalAccess, LocalSession


def session(*, signed_in: bool = True) -> LocalSession:
    opened = LocalSession(ToyObjects(), LocalAccess("installer", "s3cret"))
    if signed_in:
        assert opened.receive('{"user":"installer","pass":"s3cret"}') == '{"auth":200}'
    return opened


def ask(opened: LocalSession, message: dict) -> dict | None:
    answer = opened.receive(json.dumps(message))
    return None if answer is None else json.loads(answer)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"req_ids": 16}, {"ids": [CIRCUIT, DHW]}),
        ({"req_ids": 3}, {"ids": []}),
        ({"id": LOST, "req_state": 0}, {"id": LOST, "req_state": 0, "failed": 1}),
        ({"id": RELAY, "cmd": 1}, {"id": RELAY, "cmdres": 0}),
        ({"name": "Улица", "type": 1, "cmd": "1 24.1"}, {"id": SENSOR, "cmdres": 0}),
        ({"scmd": "#S7?"}, {"scmdres": "#S7:H-1V.02 PRO 700 625"}),
        ({"scmd": "#S999?"}, None),
        ({"user": "installer", "pass": "admin"}, {"auth": 401}),
    ],
)
def test_answers(message, answer):
    assert ask(session(), message) == answer


def test_a_state_has_its_id_type_and_name():
    state = ask(session(), {"id": CIRCUIT, "req_state": 0})
    assert (state["id"], state["type"], state["name"], state["s"]) == (CIRCUIT, 16, "Дом", 21.0)


def test_before_the_sign_in_nothing_is_told():
    opened = session(signed_in=False)
    assert ask(opened, {"req_ids": 255}) is None
    assert ask(opened, {"id": RELAY, "cmd": 1}) is None
    assert opened.push(RELAY) is None
    assert opened.receive_line(b"#S7?") is None
    assert ask(opened, {"user": "installer", "pass": "s3cret"}) == {"auth": 200}
    assert opened.push(RELAY) is not None


def test_a_failed_sign_in_ends_the_session():
    opened = session()
    assert ask(opened, {"user": "installer", "pass": ""}) == {"auth": 401}
    assert ask(opened, {"req_ids": 255}) is None


@given(
    st.text(max_size=60)
    | st.dictionaries(
        st.sampled_from(
            ["user", "pass", "req_ids", "id", "req_state", "cmd", "scmd", "name", "type", "stype"]
        ),
        st.none() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=2) | st.floats(),
        max_size=5,
    ).map(json.dumps)
)
def test_nonsense_goes_unanswered_or_is_answered_with_json(text):
    answer = session().receive(text)
    assert answer is None or isinstance(json.loads(answer), dict)
