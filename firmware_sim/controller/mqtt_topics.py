"""The emulated controller's topics at a broker of its owner's, without I/O: objects and messages in, publications out.

A topic is an object of type 57 with a name of the owner's choosing, a list of objects, and a register of flags:

    1  PUBLICATION   the listed objects' states go out, when they change and every `period_s`
    2  SUBSCRIPTION  requests are taken: the JSON of the WebSocket (`req_ids`, `req_state`, `cmd`, `scmd` is not)
    16 RETAIN        the broker keeps the last state
    32 HOME_ASSISTANT    the objects are announced to Home Assistant, each with a topic of its own
    64 HA_GROUP_TO_DEVICE    all such topics make one device; without it each is a device

The messages are the WebSocket's objects. A topic of one object publishes at its name; of several, or one that is
announced, at `<name>/<object id>`. Commands are taken at the name, or where the topic publishes too, at `<name>/cmd`;
answers go to `<name>/res`. A system line would hand the controller's passwords to everybody at the broker, so none is
carried out.

Source: PROTOCOL.md of zont-local for type 57 and its flags; where a state and its answer go is our choice, since the
maker publishes no tree of topics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Final

from firmware_sim.controller.home_assistant import (
    BIRTH_TOPIC,
    DEFAULT_PREFIX,
    Device,
    Topics,
    config_topic,
    device_config,
    platforms,
)
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
        model: ObjectModel,
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
        self._announced: dict[str, dict[str, str]] = {}
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
        return taken + births

    def connected(self, now_s: float) -> list[Publication]:
        """The first messages of a connection: here I am, Home Assistant's configs, every state."""
        here = Publication(self.link_topic, ONLINE, qos=1, retain=True)
        return [here, *self._announce(), *self._all_states(now_s)]

    def changed(self, object_id: int) -> None:
        """An object has changed: it goes out with the next `tick`, once however often it changed."""
        for each in self._with(TopicFlag.PUBLICATION):
            if object_id in self._objects(each):
                self._due[each.id].changed[object_id] = None

    def tick(self, now_s: float) -> list[Publication]:
        """What is to go out now."""
        out: list[Publication] = []
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
        for each in self._with(TopicFlag.SUBSCRIPTION):
            if topic == _command_topic(each):
                answer = self._session.receive(text)
                return [] if answer is None else [Publication(f"{each.name}/res", answer, qos=each.qos)]
        return []

    def set_topics(self, topics: Sequence[TopicObject], now_s: float) -> list[Publication]:
        """Set the topics up anew. Home Assistant is told of what is gone; retained states of it are taken back."""
        before = {topic for each in self._with(TopicFlag.RETAIN) for topic in self._state_topics(each)}
        self._topics = {each.id: each for each in topics}
        self._due = {each.id: _Due(now_s) for each in topics}
        after = {topic for each in self._with(TopicFlag.RETAIN) for topic in self._state_topics(each)}
        taken_back = [Publication(topic, "", retain=True) for topic in sorted(before - after)]
        return [*taken_back, *self._announce(), *self._all_states(now_s)]

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

    def _announce(self) -> list[Publication]:
        devices: dict[str, list[tuple[int, Topics]]] = {}
        for each in self._with(TopicFlag.HOME_ASSISTANT):
            own = "" if each.flags & TopicFlag.HA_GROUP_TO_DEVICE else f"_{each.id}"
            described = devices.setdefault(f"{self._device.serial}{own}", [])
            for object_id in self._objects(each):
                state = self._state_topic(each, object_id)
                described.append((object_id, Topics(state, _command_topic(each), self.link_topic)))
        out = []
        for name in [*devices, *(each for each in self._announced if each not in devices)]:
            topic = config_topic(self._prefix, f"zont_{name}".lower())
            before = self._announced.pop(name, {})
            if name not in devices:
                out.append(Publication(topic, "", qos=1, retain=True))
                continue
            device = Device(name, self._device.name, self._device.model, self._device.firmware)
            config = device_config(device, self._model, devices[name])
            kept = platforms(config)
            gone = {key: platform for key, platform in before.items() if key not in kept}
            if gone:
                config = device_config(device, self._model, devices[name], gone=gone)
            self._announced[name] = kept
            text = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
            out.append(Publication(topic, text, qos=1, retain=True))
        return out


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
