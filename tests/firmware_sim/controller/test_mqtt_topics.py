"""The topics of an emulated controller: what goes out, what is taken, what Home Assistant is told."""

from __future__ import annotations

import asyncio
import json

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_objects import BOILER, BUTTON, CIRCUIT, DHW, PUMP, RELAY, SENSOR, ToyObjects

from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.mqtt_link import BrokerAddress, MqttLink
from firmware_sim.controller.mqtt_topics import MqttTopics, TopicFlag, TopicObject
from provisioning.clock import SystemClock

DEVICE = Device("0A1B2C3D4E5F", "Дом", "H2000+ PRO.V2", "625")
OUT, IN, RETAIN = TopicFlag.PUBLICATION, TopicFlag.SUBSCRIPTION, TopicFlag.RETAIN
HOME = TopicFlag.HOME_ASSISTANT | TopicFlag.HA_GROUP_TO_DEVICE
CONFIG = "homeassistant/device/zont_0a1b2c3d4e5f/config"
ALL = (CIRCUIT, DHW, SENSOR, RELAY, PUMP, BOILER, BUTTON)


def topics(*objects: TopicObject) -> tuple[MqttTopics, ToyObjects]:
    model = ToyObjects()
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
    assert mqtt.subscriptions() == [("house", 1), ("both/cmd", 0)]
    (answer,) = mqtt.received("house", json.dumps({"id": RELAY, "cmd": 1}).encode(), 0)
    assert (answer.topic, answer.payload, answer.qos) == ("house/res", f'{{"id":{RELAY},"cmdres":0}}', 1)
    assert model.commands == [(RELAY, 1)]
    (answer,) = mqtt.received("both/cmd", b'{"req_ids": 14}', 0)
    assert json.loads(answer.payload) == {"ids": [RELAY]}


def test_a_system_line_is_never_carried_out_for_a_broker():
    mqtt, _ = topics(TopicObject(1, "house", IN))
    assert mqtt.received("house", b'{"scmd": "#S7?"}', 0) == []


@given(st.binary(max_size=40))
def test_nonsense_changes_nothing(payload):
    mqtt, model = topics(TopicObject(1, "house", IN | HOME, ALL))
    mqtt.received("house", payload, 0)
    mqtt.received("homeassistant/status", payload, 0)
    assert model.commands == []


@pytest.mark.parametrize(
    ("name", "options"), [("", {}), ("a/#", {}), ("a+", {}), ("a", {"qos": 3}), ("a", {"period_s": -1})]
)
def test_a_topic_that_cannot_be_is_refused(name, options):
    with pytest.raises(ValueError, match="topic"):
        TopicObject(1, name, OUT, **options)


# -- Home Assistant

REQUIRED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "switch": {"command_topic"},
    "button": {"command_topic"},
    "climate": set(),
    "water_heater": set(),
    "alarm_control_panel": {"state_topic", "command_topic"},
    "number": {"command_topic"},
}
"""Keys that a platform's page calls required."""


def test_one_retained_config_holds_the_device_whole():
    mqtt, _ = topics(TopicObject(1, "house", OUT | IN | HOME, ALL))
    (config,) = [each for each in mqtt.connected(0) if each.topic == CONFIG]
    assert config.retain
    told = json.loads(config.payload)
    assert told["device"]["identifiers"] == ["0A1B2C3D4E5F"]
    assert told["origin"]["name"]
    components = told["components"]
    assert components[f"{SENSOR}_t"]["device_class"] == "temperature"
    assert components[f"{CIRCUIT}_s"]["platform"] == "climate"
    assert components[f"{DHW}_s"]["platform"] == "water_heater"
    assert len({each["unique_id"] for each in components.values()}) == len(components)
    for each in components.values():
        assert REQUIRED[each["platform"]] <= each.keys()
        assert {"topic": "zont/0A1B2C3D4E5F/link"} in each["availability"]


def test_its_birth_brings_the_config_again():
    mqtt, _ = topics(TopicObject(1, "house", OUT | HOME, (SENSOR,)))
    mqtt.connected(0)
    assert ("homeassistant/status", 0) in mqtt.subscriptions()
    again = mqtt.received("homeassistant/status", b"online", 5)
    assert [each.topic for each in again] == [CONFIG, f"house/{SENSOR}"]
    assert mqtt.received("homeassistant/status", b"offline", 6) == []


def test_what_is_gone_is_removed_there():
    mqtt, _ = topics(TopicObject(1, "house", OUT | RETAIN | HOME, (SENSOR, RELAY)))
    mqtt.connected(0)
    fewer = sent(mqtt.set_topics([TopicObject(1, "house", OUT | RETAIN | HOME, (RELAY,))], 1))
    assert fewer[f"house/{SENSOR}"] is None
    assert fewer[CONFIG]["components"][f"{SENSOR}_t"] == {"platform": "sensor"}
    # Said once; the next config has forgotten it.
    assert (
        f"{SENSOR}_t" not in sent(mqtt.received("homeassistant/status", b"online", 2))[CONFIG]["components"]
    )
    none = mqtt.set_topics([], 3)
    assert {each.topic: each.payload for each in none} == {f"house/{RELAY}": "", CONFIG: ""}
    assert all(each.retain for each in none)


def test_without_grouping_each_topic_is_a_device():
    mqtt, _ = topics(
        TopicObject(1, "a", OUT | TopicFlag.HOME_ASSISTANT, (SENSOR,)),
        TopicObject(2, "b", OUT | TopicFlag.HOME_ASSISTANT, (RELAY,)),
    )
    configs = [each.topic for each in mqtt.connected(0) if each.topic.endswith("/config")]
    assert configs == [f"homeassistant/device/zont_0a1b2c3d4e5f_{each}/config" for each in (1, 2)]


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
