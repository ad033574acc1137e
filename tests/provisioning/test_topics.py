"""The topic tree: what is built can be parsed, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.topics import ParsedTopic, TopicError, TopicKind, Topics, shared

LEVELS = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True)
ROOTS = st.lists(LEVELS, min_size=1, max_size=3).map("/".join)


@given(root=ROOTS, subject=LEVELS)
def test_what_is_built_is_parsed(root: str, subject: str) -> None:
    topics = Topics(root)
    assert topics.parse(topics.claim_request(subject)) == ParsedTopic(TopicKind.CLAIM_REQUEST, subject)
    assert topics.parse(topics.claim_response(subject)) == ParsedTopic(TopicKind.CLAIM_RESPONSE, subject)
    for kind in ("status", "provisioning", "telemetry", "event", "ack", "command", "result"):
        built: str = getattr(topics, kind)(subject)
        assert topics.parse(built) == ParsedTopic(TopicKind(kind), subject)
        assert topics.every_device(TopicKind(kind)).replace("+", subject) == built
    assert topics.parse(topics.firmware(subject, "chunk/7")) == ParsedTopic(
        TopicKind.FIRMWARE, subject, "chunk/7"
    )


def test_the_contracts_topics() -> None:
    topics = Topics()
    assert topics.claim_request("Z1") == "tg/v1/claim/Z1/request"
    assert topics.telemetry("d1") == "tg/v1/dev/d1/telemetry"
    assert topics.every_claim_request() == "tg/v1/claim/+/request"
    assert topics.every_device(TopicKind.FIRMWARE) == "tg/v1/dev/+/firmware/#"
    assert topics.to_device("d1") == ("tg/v1/dev/d1/ack", "tg/v1/dev/d1/command", "tg/v1/dev/d1/firmware/#")
    assert shared("registrars", "tg/v1/claim/+/request") == "$share/registrars/tg/v1/claim/+/request"


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a b", "ключ", "x" * 65, "a\n", "a\x00"])
def test_a_name_that_cannot_be_a_level(name: str) -> None:
    with pytest.raises(TopicError):
        Topics().telemetry(name)
    with pytest.raises(TopicError):
        Topics().claim_request(name)
    with pytest.raises(TopicError):
        Topics(f"tg/{name}" if "/" not in name else "tg//v1")


@given(st.text(max_size=80))
def test_any_text_is_a_topic_of_ours_or_a_topic_error(tail: str) -> None:
    for topic in (tail, f"tg/v1/{tail}", f"tg/v1/dev/{tail}", f"tg/v1/dev/d1/firmware{tail}"):
        try:
            Topics().parse(topic)
        except TopicError:
            continue


@pytest.mark.parametrize(
    "topic",
    [
        "tg/v1",
        "tg/v1/",
        "tg/v1/dev/d1",
        "tg/v1/dev/d1/",
        "tg/v1/dev/d1/other",
        "tg/v1/dev/d1/ack/more",
        "tg/v1/dev//ack",
        "tg/v1/dev/d1/firmware",
        "tg/v1/dev/d1/firmware/",
        "tg/v1/claim/Z1/ack",
        "tg/v1/dev/d1/request",
        "tg/v2/dev/d1/ack",
    ],
)
def test_a_topic_that_is_not_ours(topic: str) -> None:
    with pytest.raises(TopicError):
        Topics().parse(topic)
