"""What Home Assistant is told of the controller, shows of it and has it do: judged by its rules, read as it reads."""

from __future__ import annotations

import json

import pytest
from foreign.home_assistant_reader import Entity, Reader
from foreign.home_assistant_rules import CONFIG_TOPIC, PLATFORMS, problems
from foreign.whole_house import (
    ALL_FLAGS,
    COOLING,
    ODD_NAME,
    OUTPUT,
    REGULATOR,
    config,
    whole_house,
)

from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.mqtt_topics import MqttTopics, Publication, TopicFlag, TopicObject
from firmware_sim.controller.terminals import RadioReading

DEVICE = Device("0A1B2C3D4E5F", "Котельная", "H2000+ PRO.V2", "640")
CONFIG = "homeassistant/device/zont_0a1b2c3d4e5f/config"
HA, GROUPED = TopicFlag.HOME_ASSISTANT, TopicFlag.HA_GROUP_TO_DEVICE
OUT, IN, RETAIN = TopicFlag.PUBLICATION, TopicFlag.SUBSCRIPTION, TopicFlag.RETAIN


class Site:
    """A controller, a broker that keeps what is retained, and a reader, without sockets."""

    def __init__(self, flags: TopicFlag = ALL_FLAGS, **topic) -> None:
        self.firmware, self.house = whole_house(config(flags, **topic))
        self.now_s = 0.0
        self.retained: dict[str, str] = {}
        self.sent: list[Publication] = []
        self.connect()

    def connect(self) -> None:
        """The controller starts, and Home Assistant with it."""
        self.reader = Reader()
        self.topics = MqttTopics(self.firmware, DEVICE, self.firmware.topics())
        self.firmware.listeners[:] = [self.topics.changed]
        kept = dict(self.retained)
        self.pass_on(self.topics.connected(self.now_s))
        for topic, payload in kept.items():
            if topic.endswith("/config"):
                self.pass_on(self.topics.received(topic, payload.encode(), self.now_s))

    def pass_on(self, publications: list[Publication]) -> None:
        """What the controller says goes to the reader, and its own configs come back to it."""
        for each in publications:
            self.sent.append(each)
            if each.retain:
                self.retained[each.topic] = each.payload
            self.reader.hear(each.topic, each.payload, retain=each.retain)
            if each.topic.endswith("/config"):
                self.pass_on(self.topics.received(each.topic, each.payload.encode(), self.now_s))

    def live(self, seconds: int = 2) -> None:
        for _ in range(seconds):
            self.now_s += 1
            self.firmware.step()
            self.pass_on(self.topics.tick(self.now_s))

    def do(self, entity: Entity, what: str, value: object = None) -> None:
        """A service call."""
        topic, payload = entity.command(what, value)
        answers = self.topics.received(topic, payload.encode(), self.now_s)
        assert [json.loads(each.payload)["cmdres"] for each in answers] == [0], (topic, payload, answers)
        self.live()

    def config(self) -> dict:
        return json.loads(self.retained[CONFIG])


def platforms(site: Site) -> set[str]:
    return {each.platform for each in site.reader.entities.values()}


# -- what is said


@pytest.mark.parametrize("flags", [ALL_FLAGS, ALL_FLAGS & ~GROUPED, ALL_FLAGS & ~IN, ALL_FLAGS & ~RETAIN])
def test_every_config_is_to_home_assistants_liking(flags):
    site = Site(flags)
    configs = {topic: text for topic, text in site.retained.items() if topic.endswith("/config")}
    assert configs
    for topic, text in configs.items():
        assert CONFIG_TOPIC.fullmatch(topic)
        assert problems(json.loads(text)) == []


def test_every_platform_of_the_rules_is_in_a_rich_house():
    assert platforms(Site()) == PLATFORMS.keys()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"state_class": "mesurement"}, "state_class: mesurement?"),
        ({"unit": "°C"}, "unit?"),
        ({"unit_of_measurement": "bar"}, "a temperature in bar"),
        ({"dev_cla": "temperature"}, "dev_cla?"),
        ({"state_topic": ""}, "state_topic: '' is no topic"),
        ({"qos": 3}, "qos?"),
        ({"availability": [{"state": "x"}]}, "availability: state?"),
        ({"unique_id": None}, "unique_id: missing or used twice"),
    ],
)
def test_the_rules_find_what_home_assistant_would_not_take(change, found):
    told = Site().config()
    key, sensor = next(
        (k, each) for k, each in told["components"].items() if each.get("device_class") == "temperature"
    )
    told["components"][key] = sensor | change
    assert any(found in each for each in problems(told))


def test_the_device_is_one_retained_message_with_an_origin():
    site = Site()
    said = [each for each in site.sent if each.topic.endswith("/config")]
    assert [(each.topic, each.retain, each.qos) for each in said] == [(CONFIG, True, 1)]
    assert site.config()["device"]["serial_number"] == DEVICE.serial
    assert site.config()["origin"]["name"] == "thermogate"


def test_words_behind_a_name_are_of_the_owners_language():
    site = Site()
    assert site.reader.named("Котёл подача", "sensor").shown["state"] is not None
    english = MqttTopics(site.firmware, Device("0A1B2C3D4E5F", "x", "m", "1", "en"), site.firmware.topics())
    assert any("Котёл flow" in each.payload for each in english.connected(0))


# -- what is shown


def test_everything_has_a_value_and_is_there():
    site = Site()
    site.live()
    missing = {each.name for each in site.reader.entities.values() if not each.is_available}
    assert missing == {"Чердак", "Чердак батарея", "Чердак сигнал"}, "only that of which nothing was heard"
    heard = [each for each in site.reader.entities.values() if each.is_available]
    unknown = {each.name for each in heard if None in each.shown.values()}
    # A boiler that heats no water itself has no temperature of it.
    assert unknown == {"Котёл ГВС", "Котёл 2 ГВС"}


def test_a_lost_sensor_is_not_there_and_a_circuit_without_setpoint_shows_none():
    site = Site()
    sensor, circuit = site.reader.named("Дом", "sensor"), site.reader.named("Радиаторы", "climate")
    site.house.temps["28-air"] = None
    site.do(circuit, "mode", "off")
    site.live(15)
    assert (sensor.is_available, circuit.is_available) == (False, True)
    assert (circuit.shown["mode"], circuit.shown["setpoint"]) == ("off", None)
    site.house.temps["28-air"] = 18.5
    site.live(3)
    assert (sensor.is_available, sensor.shown["state"]) == (True, "18.5")


def test_a_boiler_that_has_fallen_silent_is_a_problem_and_its_temperatures_are_not_there():
    site = Site()
    site.live()
    fault, flow = (
        site.reader.named("Котёл неисправность", "binary_sensor"),
        site.reader.named("Котёл подача", "sensor"),
    )
    assert (fault.shown["state"], flow.is_available) == ("0", True)
    site.house.boilers["0000"].linked = False
    site.live(90)
    assert (fault.shown["state"], fault.is_available) == ("1", True)
    assert not flow.is_available


def test_a_radio_sensor_is_announced_though_nothing_has_been_heard_of_it_yet():
    site = Site()
    leak = site.reader.named("Чердак", "binary_sensor")
    assert not leak.is_available
    site.house.radios["radio-attic"] = RadioReading(triggered=True, battery_v=2.7, rssi_raw=236)
    site.live()
    assert (leak.is_available, leak.shown["state"]) == (True, "1")
    assert site.reader.named("Чердак батарея", "sensor").shown["state"] == "2.7"
    # A byte with a sign: 236 is -20.
    assert site.reader.named("Чердак сигнал", "sensor").shown["state"] == "-83.0"


# -- what it is told to do


def test_a_circuit_takes_setpoint_mode_and_preset():
    site = Site()
    circuit = site.reader.named("Радиаторы", "climate")
    assert circuit.keys["modes"] == ["off", "heat"]
    assert (circuit.keys["min_temp"], circuit.keys["max_temp"]) == (5.0, 35.0)
    site.do(circuit, "setpoint", 22.5)
    assert (circuit.shown["setpoint"], circuit.shown["preset"]) == ("22.5", "none")
    site.do(circuit, "mode", "off")
    site.do(circuit, "mode", "heat")
    assert (circuit.shown["mode"], circuit.shown["setpoint"]) == ("heat", "22.5")
    site.do(circuit, "preset", "Эконом")
    assert (circuit.shown["preset"], circuit.shown["setpoint"]) == ("Эконом", "17.0")
    site.do(circuit, "preset", ODD_NAME)
    assert (circuit.shown["preset"], circuit.shown["setpoint"]) == (ODD_NAME, "19.0")


def test_the_preset_that_is_always_offered_commands_nothing():
    site = Site()
    circuit = site.reader.named("Радиаторы", "climate")
    site.do(circuit, "preset", "Комфорт")
    topic, payload = circuit.command("preset", "none")
    (answer,) = site.topics.received(topic, payload.encode(), site.now_s)
    assert json.loads(answer.payload)["cmdres"] != 0
    site.live()
    assert (circuit.shown["preset"], circuit.shown["mode"]) == ("Комфорт", "heat")


@pytest.mark.parametrize("name", ["Радиаторы", "Тёплые полы", "Охлаждение", "ГВС"])
def test_both_ends_of_the_scale_are_accepted_and_nothing_beyond(name):
    site = Site()
    (entity,) = [each for each in site.reader.entities.values() if each.name == name and "modes" in each.keys]
    low, high = entity.keys["min_temp"], entity.keys["max_temp"]
    for temp_c in (low, high):
        site.do(entity, "setpoint", temp_c)
        assert float(entity.shown["setpoint"]) == temp_c
    for temp_c in (low - 1, high + 1):
        topic, payload = entity.command("setpoint", temp_c)
        (answer,) = site.topics.received(topic, payload.encode(), site.now_s)
        assert json.loads(answer.payload)["cmdres"] != 0


def test_only_what_cools_offers_to_cool():
    site = Site()
    modes = {
        each.name: each.keys["modes"] for each in site.reader.entities.values() if each.platform == "climate"
    }
    assert modes.pop("Охлаждение") == ["off", "cool"]
    assert all(each == ["off", "heat"] for each in modes.values())
    cooling = site.reader.named("Охлаждение", "climate")
    site.do(cooling, "mode", "off")
    site.do(cooling, "mode", "cool")
    assert (cooling.shown["mode"], cooling.shown["setpoint"]) == ("cool", "24.0")


def test_hot_water_takes_setpoint_off_and_performance():
    site = Site()
    water = site.reader.named("ГВС", "water_heater")
    site.do(water, "setpoint", 48)
    site.do(water, "mode", "off")
    assert water.shown["mode"] == "off"
    site.do(water, "mode", "performance")
    assert (water.shown["mode"], water.shown["setpoint"]) == ("performance", "48.0")


def test_switches_buttons_numbers_and_the_guard():
    site = Site()
    yard, lamp = site.reader.named("Двор", "switch"), site.reader.named("Лампа", "binary_sensor")
    site.do(yard, "on")
    assert (yard.shown["state"], lamp.shown["state"]) == ("1", "1")
    site.do(yard, "off")
    assert (yard.shown["state"], lamp.shown["state"]) == ("0", "0")
    site.do(
        next(
            each
            for each in site.reader.entities.values()
            if each.platform == "button" and each.name == "Вечер"
        ),
        "press",
    )
    site.live(3)
    assert yard.shown["state"] == "1"
    dimmer = site.reader.named("Яркость", "number")
    assert (dimmer.keys["min"], dimmer.keys["max"]) == (10.0, 90.0)
    site.do(dimmer, "value", 42)
    assert float(dimmer.shown["state"]) == 42
    fan = site.reader.named("Вентилятор", "number")
    site.do(fan, "value", 60.0)
    assert float(fan.shown["state"]) == 60
    guard = site.reader.named("Дом", "alarm_control_panel")
    site.do(guard, "arm_away")
    assert guard.shown["state"] == "armed_away"
    site.do(guard, "disarm")
    assert guard.shown["state"] == "disarmed"
    mode = site.reader.named("Эконом", "button")
    site.do(mode, "press")
    assert site.reader.named("Радиаторы", "climate").shown["preset"] == "Эконом"


def test_an_inverted_relay_is_on_when_its_output_is_off():
    site = Site()
    valve = site.reader.named("Клапан", "switch")
    assert (site.house.relays[7], valve.is_on) == (True, False)
    site.do(valve, "on")
    assert (site.house.relays[7], valve.is_on) == (False, True)
    lamp = Site(ALL_FLAGS & ~IN).reader.named("Клапан", "binary_sensor")
    assert lamp.is_on is False


def test_a_topic_that_takes_no_commands_offers_none():
    site = Site(ALL_FLAGS & ~IN)
    assert platforms(site) == {"sensor", "binary_sensor"}
    assert not any("command" in key for each in site.reader.entities.values() for key in each.keys)
    assert site.reader.named("Радиаторы уставка", "sensor").shown["state"] == "21.0"


# -- devices, quality, retaining, period


def test_without_grouping_each_topic_is_a_device_of_its_own():
    site = Site(ALL_FLAGS & ~GROUPED)
    first = site.firmware.topics()[0]
    second = TopicObject(7, "подвал", OUT | IN | HA, (COOLING,))
    third = TopicObject(8, "свет", OUT | HA | GROUPED, (REGULATOR,))
    site.topics.set_topics([first, second, third], site.now_s)
    site.live()
    names = {topic: device["name"] for topic, device in site.reader.devices.items()}
    assert names == {
        f"homeassistant/device/zont_0a1b2c3d4e5f/{first.id}/config": "Котельная дом",
        "homeassistant/device/zont_0a1b2c3d4e5f/7/config": "Котельная подвал",
        CONFIG: "Котельная",
    }
    assert len({str(device["identifiers"]) for device in site.reader.devices.values()}) == 3
    ids = [each.keys["unique_id"] for each in site.reader.entities.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_home_assistant_subscribes_and_commands_with_the_topics_quality(qos):
    site = Site(qos=qos)
    assert {each.keys["qos"] for each in site.reader.entities.values()} == {qos}
    states = [each for each in site.sent if each.topic.startswith("дом/")]
    assert {(each.qos, each.retain) for each in states} == {(qos, True)}
    assert ("дом/cmd", qos) in site.topics.subscriptions()


def test_states_are_retained_only_where_the_topic_says_so():
    assert not any(topic.startswith("дом/") for topic in Site(ALL_FLAGS & ~RETAIN).retained)


def test_all_is_repeated_each_period():
    site = Site(objects=(OUTPUT,), period_s=30)
    before = len(site.sent)
    site.live(29)
    assert site.sent[before:] == []
    site.live(1)
    assert [each.topic for each in site.sent[before:]] == [f"дом/{OUTPUT}"]


def test_without_home_assistants_flag_nothing_is_announced():
    site = Site(OUT | IN)
    assert site.reader.entities == {}
    assert not any("homeassistant/status" in topic for topic, _ in site.topics.subscriptions())


# -- birth and removal


def test_its_birth_brings_configs_and_states_again():
    site = Site(ALL_FLAGS & ~RETAIN)
    site.reader = Reader()
    site.pass_on(site.topics.received("homeassistant/status", b"online", site.now_s))
    site.pass_on([Publication(site.topics.link_topic, "online", retain=True)])
    assert {each.name.split()[0] for each in site.reader.entities.values() if not each.is_available} == {
        "Чердак"
    }


def test_objects_taken_out_are_removed_at_once():
    site = Site()
    (topic,) = site.firmware.topics()
    site.topics.set_topics([TopicObject(topic.id, topic.name, topic.flags, (REGULATOR,))], site.now_s)
    site.live()
    assert [each.name for each in site.reader.entities.values()] == ["Яркость"]
    site.topics.set_topics([], site.now_s)
    site.live()
    assert site.reader.entities == site.reader.devices == {}
    assert {text for name, text in site.retained.items() if "zont_" in name or name.startswith("дом/")} == {
        ""
    }


def test_objects_taken_out_while_the_controller_was_off_are_removed_when_it_comes_back():
    site = Site()
    site.firmware, _ = whole_house(config(objects=(REGULATOR, COOLING)))
    site.connect()
    assert {each.name for each in site.reader.entities.values()} == {
        "Яркость",
        "Охлаждение",
        "Охлаждение неисправность",
    }
    told = site.config()["components"]
    assert {key: each for key, each in told.items() if len(each) == 1}, "the others are named to be removed"
    site.firmware, _ = whole_house(config(ALL_FLAGS & ~GROUPED, objects=(REGULATOR,)))
    site.connect()
    assert site.retained[CONFIG] == ""


def test_a_switch_that_becomes_a_lamp_is_removed_before():
    site = Site(objects=(REGULATOR,))
    (topic,) = site.firmware.topics()
    before = len(site.sent)
    site.topics.set_topics([TopicObject(topic.id, topic.name, topic.flags & ~IN, (REGULATOR,))], site.now_s)
    site.live()
    told = [json.loads(each.payload)["components"] for each in site.sent[before:] if each.topic == CONFIG]
    key = f"{REGULATOR}_s"
    assert [each[key]["platform"] for each in told] == ["number", "sensor"]
    assert [len(each[key]) for each in told] == [1, len(told[1][key])]
    assert platforms(site) == {"sensor"}


@pytest.mark.parametrize("left", ["", "{", "[]", '{"components": 7}', '{"components": {"a": 1}}'])
def test_a_broken_config_at_the_broker_does_no_harm(left):
    site = Site()
    before = site.config()
    site.pass_on(site.topics.received(CONFIG, left.encode(), site.now_s))
    assert site.config() == before
