"""The controller's link, a real broker, and a reader that does as Home Assistant does: found, shown, commanded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager

import aiomqtt
from foreign.home_assistant_reader import Entity, Reader
from foreign.home_assistant_rules import problems
from foreign.whole_house import ALL_FLAGS, REGULATOR, config, whole_house

from firmware_sim.controller import EmulatedController
from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.mqtt_link import BrokerAddress, MqttLink
from firmware_sim.controller.mqtt_topics import MqttTopics, TopicFlag, TopicObject
from firmware_sim.controller.presets import TOPIC
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import Plant
from firmware_sim.plant.presets import LARGE_HOUSE
from provisioning.clock import SystemClock

DEVICE = Device("0A1B2C3D4E5F", "Котельная", "H2000+ PRO.V2", "640")
CONFIG = "homeassistant/device/zont_0a1b2c3d4e5f/config"
DEADLINE_S = 20


class Home:
    """The reader at the broker."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.reader = Reader()
        self.news = asyncio.Event()

    async def listen(self) -> None:
        async for message in self._client.messages:
            # To who subscribes to all beforehand, what is retained comes as if it were new.
            self.reader.hear(str(message.topic), message.payload.decode(), retain=True)
            self.news.set()

    async def until(self, is_so: Callable[[], object]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not is_so():
                self.news.clear()
                await self.news.wait()

    async def do(self, name: str, platform: str, what: str, value: object = None) -> None:
        entity = self.reader.named(name, platform)
        topic, payload = entity.command(what, value)
        await self._client.publish(topic, payload, qos=int(entity.keys["qos"]))

    async def say(self, topic: str, payload: str) -> None:
        await self._client.publish(topic, payload, qos=1)


def is_there(entities: dict[object, Entity]) -> bool:
    """All but the sensor of which nothing has been heard."""
    return len(entities) > 40 and all(
        each.is_available for each in entities.values() if not each.name.startswith("Чердак")
    )


@asynccontextmanager
async def home(port: int):
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("#", 1)
        made = Home(client)
        listening = asyncio.create_task(made.listen())
        try:
            yield made
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def controller(port: int, text=None):
    firmware, _ = whole_house(text or config())
    topics = MqttTopics(firmware, DEVICE, firmware.topics())
    firmware.listeners.append(topics.changed)
    link = MqttLink(topics, BrokerAddress("127.0.0.1", port), SystemClock(), firmware.step)
    running = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_is_found_whole_shown_and_commanded(mosquitto):
    async with home(mosquitto.port) as at_home, controller(mosquitto.port):
        entities = at_home.reader.entities
        await at_home.until(lambda: is_there(entities))
        await at_home.do("Радиаторы", "climate", "setpoint", 22.5)
        await at_home.until(lambda: at_home.reader.named("Радиаторы", "climate").shown["setpoint"] == "22.5")
        await at_home.do("Радиаторы", "climate", "preset", "Эконом")
        await at_home.until(lambda: at_home.reader.named("Радиаторы", "climate").shown["preset"] == "Эконом")
        await at_home.do("ГВС", "water_heater", "mode", "off")
        await at_home.until(lambda: at_home.reader.named("ГВС", "water_heater").shown["mode"] == "off")
        await at_home.do("Двор", "switch", "on")
        await at_home.until(lambda: at_home.reader.named("Лампа", "binary_sensor").shown["state"] == "1")
        await at_home.do("Яркость", "number", "value", 42)
        await at_home.until(lambda: float(at_home.reader.named("Яркость", "number").shown["state"]) == 42)
        await at_home.do("Дом", "alarm_control_panel", "arm_away")
        await at_home.until(
            lambda: at_home.reader.named("Дом", "alarm_control_panel").shown["state"] == "armed_away"
        )


async def test_who_comes_later_finds_it_at_the_broker_and_its_birth_brings_the_states(mosquitto):
    unretained = config(ALL_FLAGS & ~TopicFlag.RETAIN)
    async with controller(mosquitto.port, unretained):
        async with home(mosquitto.port) as first:
            await first.until(lambda: len(first.reader.entities) > 40)
        async with home(mosquitto.port) as second:
            entities = second.reader.entities
            await second.until(lambda: len(entities) > 40)
            await second.say("homeassistant/status", "online")
            await second.until(lambda: is_there(entities))


async def test_it_says_that_it_goes_and_the_broker_says_so_for_one_that_cannot(mosquitto):
    async with home(mosquitto.port) as at_home:
        entities = at_home.reader.entities
        async with controller(mosquitto.port):
            await at_home.until(lambda: is_there(entities))
        await at_home.until(lambda: not any(each.is_available for each in entities.values()))
        async with controller(mosquitto.port):
            await at_home.until(lambda: is_there(entities))


async def test_a_controller_that_comes_back_with_fewer_objects_has_the_others_removed(mosquitto):
    async with home(mosquitto.port) as at_home:
        entities = at_home.reader.entities
        async with controller(mosquitto.port):
            await at_home.until(lambda: len(entities) > 40)
        async with controller(mosquitto.port, config(objects=(REGULATOR,))):
            await at_home.until(lambda: [each.name for each in entities.values()] == ["Яркость"])
        async with controller(mosquitto.port, config(TopicFlag.PUBLICATION)):
            await at_home.until(lambda: not entities)


async def test_topics_changed_while_it_runs_are_subscribed_to_and_announced(mosquitto):
    async with home(mosquitto.port) as at_home, controller(mosquitto.port) as link:
        await at_home.until(lambda: len(at_home.reader.entities) > 40)
        flags = ALL_FLAGS & ~TopicFlag.RETAIN
        link.topics.set_topics([TopicObject(9, "подвал", flags, (REGULATOR,))], 0)
        await at_home.until(lambda: [each.name for each in at_home.reader.entities.values()] == ["Яркость"])
        await at_home.do("Яркость", "number", "value", 77)
        await at_home.until(lambda: at_home.reader.named("Яркость", "number").shown.get("state") == "77.0")


async def test_a_topic_changed_in_the_configuration_is_announced_with_the_next_reading_of_it(mosquitto):
    clock = SystemClock()
    richest = MODELS["H2000+ PRO.V2"]
    site = Installation(Plant(LARGE_HOUSE), model=richest, config=config(), now=clock.monotonic())
    async with home(mosquitto.port) as at_home, EmulatedController(site, clock=clock) as controller:
        controller.connect_to_broker(BrokerAddress("127.0.0.1", mosquitto.port))
        await at_home.until(lambda: len(at_home.reader.entities) > 40)
        line = controller.firmware.config.get_object(TOPIC)
        controller.firmware.config.set_object(TOPIC, (*line.values[:3], (REGULATOR,), *line.values[4:]))
        controller.firmware.reload()
        await at_home.until(lambda: [each.name for each in at_home.reader.entities.values()] == ["Яркость"])


async def test_what_stands_at_the_broker_is_to_home_assistants_liking(mosquitto):
    async with controller(mosquitto.port), aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe(CONFIG, 1)
        async with asyncio.timeout(DEADLINE_S):
            message = await anext(aiter(client.messages))
        assert problems(json.loads(message.payload)) == []
