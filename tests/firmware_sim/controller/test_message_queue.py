"""What waits to be told: alarms first, nothing for ever, nothing without bounds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.controller.message_queue import (
    ALARM_KEPT_S,
    DOUBTS,
    KEPT_S,
    REPEAT_S,
    Fate,
    MessageQueue,
)
from firmware_sim.controller.objects.notifications import Message

PHONE = "+79161234567"


def info(text: str, *, voice: bool = False) -> Message:
    return Message(PHONE, text, voice)


def alarm(text: str, *, voice: bool = False) -> Message:
    return Message(PHONE, text, voice, alarm=True)


def told(queue: MessageQueue, now_s: float = 0.0) -> list[str]:
    """All that is due, told."""
    words = []
    while (waiting := queue.due(now_s)) is not None:
        words.append(waiting.message.text)
        queue.tried(waiting, Fate.TAKEN, now_s)
    return words


def test_alarms_go_first_and_messages_before_calls():
    queue = MessageQueue()
    for each in (info("1"), alarm("2", voice=True), info("3", voice=True), alarm("4"), alarm("5"), info("6")):
        queue.put(each, 0.0)
    assert told(queue) == ["4", "5", "2", "1", "6", "3"]


def test_a_full_queue_drops_the_oldest_that_is_no_alarm():
    queue = MessageQueue(3)
    for each in (alarm("a"), info("1"), info("2"), alarm("b")):
        assert queue.put(each, 0.0)
    assert (told(queue), queue.dropped) == (["a", "b", "2"], 1)
    for each in "xyz":
        queue.put(alarm(each), 0.0)
    assert not queue.put(info("no"), 0.0)
    assert queue.put(alarm("w"), 0.0)
    assert told(queue) == ["y", "z", "w"]


def test_the_same_words_are_told_once_in_a_while():
    queue = MessageQueue()
    for _ in range(5):
        queue.put(alarm("протечка"), 0.0)
    assert told(queue) == ["протечка"]
    queue.put(alarm("протечка"), 10.0)
    assert told(queue, 20.0) == []
    assert told(queue, REPEAT_S) == ["протечка"]
    queue.put(info("баланс"), 10_000.0)
    assert told(queue, 10_000.0) == ["баланс"]
    queue.put(info("баланс"), 10_001.0, at_once=True)
    assert told(queue, 10_001.0) == ["баланс"]


@pytest.mark.parametrize(("message", "kept_s"), [(info("x"), KEPT_S), (alarm("x"), ALARM_KEPT_S)])
def test_what_is_refused_is_tried_more_and_more_seldom_and_not_for_ever(message, kept_s):
    queue, tries = MessageQueue(), []
    queue.put(message, 0.0)
    for second in range(0, 2 * 86400, 10):
        if (waiting := queue.due(float(second))) is not None:
            tries.append(second)
            queue.tried(waiting, Fate.REFUSED, float(second))
    assert len(queue) == 0
    assert queue.given_up == 1
    assert kept_s <= tries[-1] <= kept_s + 1800
    assert len(tries) < 60
    pauses = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert pauses == sorted(pauses)


def test_what_is_in_doubt_is_told_again_only_if_it_is_an_alarm():
    queue = MessageQueue()
    queue.put(info("x"), 0.0)
    queue.put(alarm("y"), 0.0)
    tries = []
    while (waiting := queue.due(0.0)) is not None:
        tries.append(waiting.message.text)
        queue.tried(waiting, Fate.IN_DOUBT, 0.0)
    assert tries == ["y"] * (DOUBTS + 1) + ["x"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", *Fate]), st.integers(0, 8), st.booleans(), st.floats(0, 900)),
        max_size=80,
    )
)
def test_no_alarm_is_lost_to_information(steps):
    queue, now_s = MessageQueue(4), 0.0
    alarms: set[str] = set()
    for what, number, is_alarm, pause_s in steps:
        now_s += pause_s
        if what == "put":
            waiting = [each for each in alarms if each != f"a{number}"]
            if is_alarm and len(waiting) < 4:
                assert queue.put(alarm(f"a{number}"), now_s)
                alarms.add(f"a{number}")
            elif not is_alarm:
                queue.put(info(f"i{number}"), now_s)
        elif (due := queue.due(now_s)) is not None:
            before = queue.given_up
            queue.tried(due, what, now_s)
            if what is Fate.TAKEN or queue.given_up > before:
                alarms.discard(due.message.text)
        assert len(queue) <= 4
    later = now_s + 10 * REPEAT_S
    assert alarms <= set(told(queue, later))
