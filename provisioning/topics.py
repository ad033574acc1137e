"""The topic tree of the MQTT contract, v1 (docs: provisioning/README.md).

Two name spaces under one root: `claim/{serial}/…` for a device that has no identity yet, `dev/{device_id}/…`
for one that has. A broker can therefore let a claiming device see its own claim topics and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEFAULT_ROOT: Final = "tg/v1"

# One level of a topic: no separators and no wildcards; short enough that every topic fits a modem's buffer.
_LEVEL: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class TopicKind(StrEnum):
    """What travels on a topic; the value names the message in errors and metrics."""

    CLAIM_REQUEST = "claim_request"
    CLAIM_RESPONSE = "claim_response"
    STATUS = "status"
    PROVISIONING = "provisioning"
    TELEMETRY = "telemetry"
    EVENT = "event"
    ACK = "ack"
    COMMAND = "command"
    RESULT = "result"
    FIRMWARE = "firmware"


# Last level below claim/{serial} and dev/{device_id}. FIRMWARE has levels of its own below it.
_CLAIM_LEAVES: Final = {"request": TopicKind.CLAIM_REQUEST, "response": TopicKind.CLAIM_RESPONSE}
_DEVICE_LEAVES: Final = {
    kind.value: kind
    for kind in (
        TopicKind.STATUS,
        TopicKind.PROVISIONING,
        TopicKind.TELEMETRY,
        TopicKind.EVENT,
        TopicKind.ACK,
        TopicKind.COMMAND,
        TopicKind.RESULT,
    )
}


class TopicError(ValueError):
    """A topic that the contract does not know, or a name that cannot be one level of a topic."""


@dataclass(frozen=True, slots=True)
class ParsedTopic:
    """A topic of the contract, taken apart.

    `subject` is the serial for claim topics and the device id for the others; `rest` what follows
    `firmware/`.
    """

    kind: TopicKind
    subject: str
    rest: str = ""


def check_level(name: str) -> str:
    """Return `name` if it can be one level of a topic, else raise TopicError."""
    if not _LEVEL.fullmatch(name):
        raise TopicError(f"{name!r} cannot be one level of a topic: 1 to 64 of A-Z a-z 0-9 _ . : -")
    return name


@dataclass(frozen=True, slots=True)
class Topics:
    """Builds and parses the topics below one root. Every builder raises TopicError for an impossible name."""

    root: str = DEFAULT_ROOT

    def __post_init__(self) -> None:
        for level in self.root.split("/"):
            check_level(level)

    # --- claim: serial ---
    def claim_request(self, serial: str) -> str:
        return f"{self.root}/claim/{check_level(serial)}/request"

    def claim_response(self, serial: str) -> str:
        return f"{self.root}/claim/{check_level(serial)}/response"

    # --- an assigned device: device_id ---
    def status(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.STATUS)

    def provisioning(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.PROVISIONING)

    def telemetry(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.TELEMETRY)

    def event(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.EVENT)

    def ack(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.ACK)

    def command(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.COMMAND)

    def result(self, device_id: str) -> str:
        return self._device(device_id, TopicKind.RESULT)

    def firmware(self, device_id: str, leaf: str) -> str:
        levels = "/".join(check_level(level) for level in leaf.split("/"))
        return f"{self._device(device_id, TopicKind.FIRMWARE)}/{levels}"

    # --- filters ---
    def every_claim_request(self) -> str:
        """What the registrar listens to for devices without an identity."""
        return f"{self.root}/claim/+/request"

    def every_device(self, kind: TopicKind) -> str:
        """What the cloud listens to: `kind` from all devices."""
        if kind is TopicKind.FIRMWARE:
            return f"{self.root}/dev/+/firmware/#"
        if kind.value not in _DEVICE_LEAVES:
            raise TopicError(f"{kind.value} is not a topic of an assigned device")
        return f"{self.root}/dev/+/{kind.value}"

    def to_device(self, device_id: str) -> tuple[str, ...]:
        """Filters a device subscribes to: what the cloud sends it."""
        return (
            self.ack(device_id),
            self.command(device_id),
            f"{self._device(device_id, TopicKind.FIRMWARE)}/#",
        )

    # --- back ---
    def parse(self, topic: str) -> ParsedTopic:
        """Take a topic apart. Raises TopicError for anything that is not of this contract and root."""
        prefix = f"{self.root}/"
        if not topic.startswith(prefix):
            raise TopicError(f"{topic!r} is not below {self.root}")
        space, _, tail = topic[len(prefix) :].partition("/")
        subject, _, leaf = tail.partition("/")
        check_level(subject)
        if space == "claim" and leaf in _CLAIM_LEAVES:
            return ParsedTopic(_CLAIM_LEAVES[leaf], subject)
        if space == "dev":
            if leaf in _DEVICE_LEAVES:
                return ParsedTopic(_DEVICE_LEAVES[leaf], subject)
            head, _, rest = leaf.partition("/")
            if head == TopicKind.FIRMWARE.value and rest:
                for level in rest.split("/"):
                    check_level(level)
                return ParsedTopic(TopicKind.FIRMWARE, subject, rest)
        raise TopicError(f"{topic!r} is not a topic of the contract")

    def _device(self, device_id: str, kind: TopicKind) -> str:
        return f"{self.root}/dev/{check_level(device_id)}/{kind.value}"


def shared(group: str, topic_filter: str) -> str:
    """A shared subscription: each message goes to one member of `group` (MQTT 5; mosquitto also on 3.1.1)."""
    return f"$share/{check_level(group)}/{topic_filter}"
