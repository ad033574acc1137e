"""The topics of an emulated controller: what goes out, what is taken, what Home Assistant is told."""

from __future__ import annotations

import asyncio
import json

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_objects import CIRCUIT, DHW, PUMP, RELAY, SENSOR, ToyObjects

from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.mqtt_link import BrokerAddress, MqttLink
from firmware_sim.controller.mqtt_topics import MqttTopics, TopicFlag, TopicObject
from provisioning.clock import SystemClock

DEVICE = Device("0A1B2C3D4E5F", "Дом", "H2000+ PRO.V2", "625")
OUT, IN, RETAIN = TopicFlag.PUBLICATION, TopicFlag.SUBSCRIPTION, TopicFlag.RETAIN
HOME = TopicFlag.HOME_ASSISTANT | TopicFlag.HA_GROUP_TO_DEVICE
CONFIG = "homeassistant/device/zont_0a1b2c3d4e5f/config"


class DescribedToys(ToyObjects):
    """Objects whose limits and modes nobody knows."""

    def limits(self, object_id: int) -> None:
        return None

    def modes_of(self, object_id: int) -> dict[int, str]:
        return {}

    def is_inverted(self, object_id: int) -> bool:
        return False


def topics(*objects: TopicObject) -> tuple[MqttTopics, DescribedToys]:
    model = DescribedToys()
    mqtt = MqttTopics(model, DEVICE, objects)
    model.changed = mqtt.changed
    return mqtt, model


def sent(publications) -> dict[str, object]:
    return {
        each.topic: json.loads(each.payload or "null") for each in publications if "link" not in each.topic
    }


def test_changes_go_out_at_once_and_all_of_it_each_period():
    mqtt, model = topics(TopicObject(1, "house", OUT | RETAIN, (SENSOR, RELAY), period_s=60, qos=1))
    first = mqtt.connected(0)
    assert sent(first).keys() == {f"house/{SENSOR}", f"house/{RELAY}"}
    assert all(each.retain and each.qos == 1 for each in first)
    assert mqtt.tick(1) == []
    model.set(SENSOR, t=1.5)
    model.set(SENSOR, t=1.6)
    model.set(PUMP, s=0)
    assert sent(mqtt.tick(2)) == {f"house/{SENSOR}": model.state(SENSOR)}
    assert mqtt.tick(59) == []
    assert len(mqtt.tick(60)) == 2


def test_a_topic_of_one_object_is_at_its_name_and_one_of_a_type_has_them_all():
    mqtt, _ = topics(TopicObject(1, "yard", OUT, (SENSOR,)), TopicObject(2, "heat", OUT, type_number=16))
    assert sent(mqtt.connected(0)).keys() == {"yard", f"heat/{CIRCUIT}", f"heat/{DHW}"}


def test_commands_are_taken_and_answered():
    mqtt, model = topics(TopicObject(1, "house", IN, qos=1), TopicObject(2, "both", IN | OUT, (RELAY,)))
    taken = [each for each in mqtt.subscriptions() if not each[0].startswith("homeassistant/")]
    assert taken == [("house", 1), ("both/cmd", 0)]
    (answer,) = mqtt.received("house", json.dumps({"id": RELAY, "cmd": 1}).encode(), 0)
    assert (answer.topic, answer.payload, answer.qos) == ("house/res", f'{{"id":{RELAY},"cmdres":0}}', 1)
    assert model.commands == [(RELAY, 1)]
    (answer,) = mqtt.received("both/cmd", b'{"req_ids": 16}', 0)
    assert json.loads(answer.payload) == {"ids": [CIRCUIT, DHW]}


def test_a_system_line_is_never_carried_out_for_a_broker():
    mqtt, _ = topics(TopicObject(1, "house", IN))
    assert mqtt.received("house", b'{"scmd": "#S7?"}', 0) == []


@given(st.binary(max_size=40))
def test_nonsense_changes_nothing(payload):
    mqtt, model = topics(TopicObject(1, "house", OUT | IN | HOME, (RELAY,)))
    mqtt.received("house/cmd", payload, 0)
    mqtt.received("homeassistant/status", payload, 0)
    mqtt.received("homeassistant/device/zont_0a1b2c3d4e5f/config", payload, 0)
    assert model.commands == []


@pytest.mark.parametrize(
    ("name", "options"), [("", {}), ("a/#", {}), ("a+", {}), ("a", {"qos": 3}), ("a", {"period_s": -1})]
)
def test_a_topic_that_cannot_be_is_refused(name, options):
    with pytest.raises(ValueError, match="topic"):
        TopicObject(1, name, OUT, **options)


def test_topics_set_up_anew_take_back_what_was_retained_and_listen_elsewhere():
    mqtt, model = topics(TopicObject(1, "house", OUT | IN | RETAIN, (SENSOR, RELAY)))
    mqtt.connected(0)
    mqtt.set_topics([TopicObject(1, "house", OUT | RETAIN, (RELAY, PUMP)), TopicObject(2, "yard", IN)], 5)
    assert sent(mqtt.tick(6)) == {
        f"house/{SENSOR}": None,
        f"house/{RELAY}": model.state(RELAY),
        f"house/{PUMP}": model.state(PUMP),
    }
    assert mqtt.tick(7) == []
    taken = [topic for topic, _ in mqtt.subscriptions() if not topic.startswith("homeassistant/")]
    assert taken == ["yard"]
    assert mqtt.received("house/cmd", json.dumps({"id": RELAY, "cmd": 1}).encode(), 8) == []


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({"id": str(RELAY), "cmd": 1}),
        json.dumps({"id": RELAY, "cmd": 1}) * 2,
        json.dumps({"id": RELAY, "cmd": 1, "x": "x" * 70_000}),
        '{"name": "\\ud800", "type": 14, "cmd": 1}',
        "[" * 20_000,
    ],
)
def test_a_hostile_message_at_the_broker_does_nothing(payload):
    mqtt, model = topics(TopicObject(1, "house", IN))
    assert mqtt.received("house", payload.encode(), 0) == []
    assert model.commands == []


async def test_at_a_real_broker(mosquitto):
    mqtt, model = topics(TopicObject(1, "house", OUT | IN | RETAIN | HOME, (SENSOR, RELAY), qos=1))
    link = MqttLink(mqtt, BrokerAddress("127.0.0.1", mosquitto.port), SystemClock(), before=lambda: None)
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe("#", 1)
        running = asyncio.create_task(link.run())

        async def until(topic: str) -> str:
            async with asyncio.timeout(10):
                async for message in watcher.messages:
                    if str(message.topic) == topic:
                        return message.payload.decode()
            raise AssertionError

        try:
            assert await until("zont/0A1B2C3D4E5F/link") == "online"
            assert "components" in json.loads(await until(CONFIG))
            await until(f"house/{RELAY}")
            await watcher.publish("house/cmd", json.dumps({"id": RELAY, "cmd": 1}))
            assert json.loads(await until("house/res"))["cmdres"] == 0
            assert json.loads(await until(f"house/{RELAY}"))["s"] == 1
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert await until("zont/0A1B2C3D4E5F/link") == "offline"
    assert model.commands == [(RELAY, 1)]
