"""The emulated controller's topics at a broker of its owner's, without I/O: objects and messages in, publications out.

A topic is an object of type 57 with a name of the owner's choosing, a list of objects, and a register of flags:

    1  PUBLICATION   the listed objects' states go out, when they change and every `period_s`
    2  SUBSCRIPTION  requests are taken: the JSON of the WebSocket (`req_ids`, `req_state`, `cmd`, `scmd` is not)
    16 RETAIN        the broker keeps the last state
    32 HOME_ASSISTANT    what is published is announced to Home Assistant, each object with a topic of its own
    64 HA_GROUP_TO_DEVICE    all such topics make one device; without it each is a device

The messages are the WebSocket's objects. A topic of one object publishes at its name; of several, or one that is
announced, at `<name>/<object id>`. Commands are taken at the name, or where the topic publishes too, at `<name>/cmd`;
answers go to `<name>/res`. A topic that takes no commands is announced for reading only. A system line would hand the
controller's passwords to everybody at the broker, so none is carried out.

What has been announced stands retained at the broker, and is read back from there with every connection: so what is
gone is removed from Home Assistant even if the controller was off when its topics were changed.

Source: PROTOCOL.md of zont-local for type 57 and its flags; where a state and its answer go is our choice, since the
maker publishes no tree of topics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntFlag
from typing import Final

from firmware_sim.controller.home_assistant import (
    BIRTH_TOPIC,
    DEFAULT_PREFIX,
    Device,
    Topics,
    config_topic,
    config_topics,
    device_config,
    platforms,
)
from firmware_sim.controller.home_assistant_components import DescribedModel
from firmware_sim.controller.local_session import MAX_REQUEST_BYTES, LocalAccess, LocalSession, ObjectModel

ONLINE: Final = "online"
OFFLINE: Final = "offline"


class TopicFlag(IntFlag):
    """`setting_register` of a topic."""

    PUBLICATION = 1
    SUBSCRIPTION = 2
    PARAMS_1 = 4
    PARAMS_2 = 8
    RETAIN = 16
    HOME_ASSISTANT = 32
    HA_GROUP_TO_DEVICE = 64


@dataclass(frozen=True, slots=True)
class TopicObject:
    """A topic as its owner has set it up.

    Args:
        name: the topic.
        objects: ids; empty: all of `type_number`.
        type_number: of the objects; None: whatever is listed.
        period_s: between repetitions; 0: only changes go out.
        qos: 0 to 2.
    """

    id: int
    name: str
    flags: TopicFlag
    objects: tuple[int, ...] = ()
    type_number: int | None = None
    period_s: float = 60.0
    qos: int = 0

    def __post_init__(self) -> None:
        if not self.name or set(self.name) & set("+#\0") or len(self.name.encode()) > 60_000:
            raise ValueError(f"{self.name!r} is no topic that can be published at")
        if self.qos not in {0, 1, 2} or self.period_s < 0:
            raise ValueError(f"topic {self.name}: qos {self.qos}, period {self.period_s} s")


@dataclass(frozen=True, slots=True)
class Publication:
    """A message for the broker."""

    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


@dataclass(slots=True)
class _Due:
    at_s: float
    changed: dict[int, None] = field(default_factory=dict)


class MqttTopics:
    """All topics of a controller.

    Args:
        model: the firmware's objects.
        device: what Home Assistant is told of the controller.
        topics: as they are set up; `set_topics` changes them.
        prefix: of Home Assistant's discovery.
    """

    def __init__(
        self,
        model: DescribedModel,
        device: Device,
        topics: Sequence[TopicObject] = (),
        *,
        prefix: str = DEFAULT_PREFIX,
    ) -> None:
        self._model = model
        self._device = device
        self._prefix = prefix
        self._topics: dict[int, TopicObject] = {each.id: each for each in topics}
        self._due: dict[int, _Due] = {each.id: _Due(0.0) for each in topics}
        self._waiting: list[Publication] = []
        self._announced: dict[str, dict[str, str]] = {}
        """Topics of the configs that stand at the broker, and their components with their platforms."""
        # Who may write to the broker is the broker's to say; here everybody has signed in.
        self._session = LocalSession(_WithoutSystem(model), LocalAccess("", ""))
        self._session.receive('{"user":"","pass":""}')

    @property
    def link_topic(self) -> str:
        """Where it says that it is there; also its will, `offline`, retained."""
        return f"zont/{self._device.serial}/link"

    def subscriptions(self) -> list[tuple[str, int]]:
        """Topics and quality of service to subscribe to."""
        taken = [(_command_topic(each), each.qos) for each in self._with(TopicFlag.SUBSCRIPTION)]
        births = [(f"{self._prefix}/{BIRTH_TOPIC}", 0)] if self._with(TopicFlag.HOME_ASSISTANT) else []
        return taken + births + [(each, 1) for each in config_topics(self._prefix, self._device.serial)]

    def connected(self, now_s: float) -> list[Publication]:
        """The first messages of a connection: here I am, Home Assistant's configs, every state."""
        self._waiting.clear()
        here = Publication(self.link_topic, ONLINE, qos=1, retain=True)
        return [here, *self._announce(), *self._all_states(now_s)]

    def changed(self, object_id: int) -> None:
        """An object has changed: it goes out with the next `tick`, once however often it changed."""
        for each in self._with(TopicFlag.PUBLICATION):
            if object_id in self._objects(each):
                self._due[each.id].changed[object_id] = None

    def tick(self, now_s: float) -> list[Publication]:
        """What is to go out now."""
        out, self._waiting = self._waiting, []
        for each in self._with(TopicFlag.PUBLICATION):
            due = self._due[each.id]
            if each.period_s and now_s >= due.at_s:
                out += self._states(each, self._objects(each))
                due.at_s = now_s + each.period_s
            else:
                out += self._states(each, due.changed)
            due.changed.clear()
        return out

    def received(self, topic: str, payload: bytes, now_s: float) -> list[Publication]:
        """Take a message; the answers. Nonsense is left unanswered."""
        text = payload[: MAX_REQUEST_BYTES + 1].decode(errors="replace")
        if topic == f"{self._prefix}/{BIRTH_TOPIC}":
            return [*self._announce(), *self._all_states(now_s)] if text == ONLINE else []
        if topic.endswith("/config") and topic.startswith(f"{self._prefix}/device/zont_"):
            return self._read_back(topic, text)
        for each in self._with(TopicFlag.SUBSCRIPTION):
            if topic == _command_topic(each):
                answer = self._session.receive(text)
                return [] if answer is None else [Publication(f"{each.name}/res", answer, qos=each.qos)]
        return []

    def set_topics(self, topics: Sequence[TopicObject], now_s: float) -> None:
        """Set the topics up anew; the next `tick` says so.

        Home Assistant is told of what is gone; retained states of it are taken back.
        """
        before = {topic for each in self._with(TopicFlag.RETAIN) for topic in self._state_topics(each)}
        self._topics = {each.id: each for each in topics}
        self._due = {each.id: _Due(now_s) for each in topics}
        after = {topic for each in self._with(TopicFlag.RETAIN) for topic in self._state_topics(each)}
        self._waiting += [Publication(topic, "", retain=True) for topic in sorted(before - after)]
        self._waiting += [*self._announce(), *self._all_states(now_s)]

    # -- inner workings

    def _with(self, flag: TopicFlag) -> list[TopicObject]:
        return [each for each in self._topics.values() if each.flags & flag]

    def _objects(self, topic: TopicObject) -> Sequence[int]:
        if topic.objects:
            return topic.objects
        return [] if topic.type_number is None else self._model.ids(topic.type_number)

    def _states(self, topic: TopicObject, objects: Sequence[int] | Mapping[int, None]) -> list[Publication]:
        retain = bool(topic.flags & TopicFlag.RETAIN)
        out = []
        for object_id in objects:
            state = self._model.state(object_id)
            if state is not None:
                text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
                out.append(Publication(self._state_topic(topic, object_id), text, topic.qos, retain))
        return out

    def _all_states(self, now_s: float) -> list[Publication]:
        for due in self._due.values():
            due.changed.clear()
        out = []
        for each in self._with(TopicFlag.PUBLICATION):
            self._due[each.id].at_s = now_s + each.period_s
            out += self._states(each, self._objects(each))
        return out

    def _state_topic(self, topic: TopicObject, object_id: int) -> str:
        if len(self._objects(topic)) == 1 and not topic.flags & TopicFlag.HOME_ASSISTANT:
            return topic.name
        return f"{topic.name}/{object_id}"

    def _state_topics(self, topic: TopicObject) -> list[str]:
        if not topic.flags & TopicFlag.PUBLICATION:
            return []
        return [self._state_topic(topic, each) for each in self._objects(topic)]

    def _devices(self) -> dict[str, tuple[Device, list[tuple[int, Topics]]]]:
        """What is announced: by the config's topic the device and its objects."""
        devices: dict[str, tuple[Device, list[tuple[int, Topics]]]] = {}
        for each in self._with(TopicFlag.HOME_ASSISTANT):
            if not each.flags & TopicFlag.PUBLICATION:
                continue
            device = self._device
            if not each.flags & TopicFlag.HA_GROUP_TO_DEVICE:
                device = replace(device, name=f"{device.name} {each.name}", part=each.id)
            topic = config_topic(self._prefix, device)
            commands = _command_topic(each) if each.flags & TopicFlag.SUBSCRIPTION else None
            devices.setdefault(topic, (device, []))[1].extend(
                (object_id, Topics(self._state_topic(each, object_id), commands, self.link_topic, each.qos))
                for object_id in self._objects(each)
            )
        return devices

    def _announce(self) -> list[Publication]:
        devices = self._devices()
        out = [self._removal(topic) for topic in [*self._announced] if topic not in devices]
        for topic, (device, objects) in devices.items():
            out += self._configs(topic, device, objects)
        return out

    def _configs(
        self, topic: str, device: Device, objects: Sequence[tuple[int, Topics]]
    ) -> list[Publication]:
        config = device_config(device, self._model, objects)
        before, kept = self._announced.get(topic, {}), platforms(config)
        self._announced[topic] = kept
        # A component that has become another platform's is removed first, since both have one place in the message.
        turned = {key: platform for key, platform in before.items() if kept.get(key, platform) != platform}
        gone = {key: platform for key, platform in before.items() if key not in kept}
        configs = [device_config(device, self._model, objects, gone=turned)] if turned else []
        configs.append(device_config(device, self._model, objects, gone=gone) if gone else config)
        return [
            Publication(
                topic, json.dumps(each, ensure_ascii=False, separators=(",", ":")), qos=1, retain=True
            )
            for each in configs
        ]

    def _removal(self, topic: str) -> Publication:
        self._announced.pop(topic, None)
        return Publication(topic, "", qos=1, retain=True)

    def _read_back(self, topic: str, text: str) -> list[Publication]:
        """A config of ours that stands at the broker: left from before, or the echo of what was said just now."""
        try:
            found = platforms(json.loads(text)) if text else {}
        except (ValueError, RecursionError):
            found = {}
        devices = self._devices()
        if topic not in devices:
            return [self._removal(topic)] if text else []
        announced = self._announced.get(topic, {})
        left = {key: platform for key, platform in found.items() if announced.get(key) != platform}
        if not left:
            return []
        self._announced[topic] = announced | left
        return self._configs(topic, *devices[topic])


class _WithoutSystem:
    """An object model whose system lines go unanswered."""

    def __init__(self, model: ObjectModel) -> None:
        self._model = model
        self.ids = model.ids
        self.state = model.state
        self.command = model.command
        self.named_command = model.named_command

    def system(self, line: str) -> str | None:
        """Nothing, whatever the line is."""
        del line
        return None


def _command_topic(topic: TopicObject) -> str:
    return f"{topic.name}/cmd" if topic.flags & TopicFlag.PUBLICATION else topic.name
