"""Who is told when something goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from provisioning.zont.checks.facts import ControllerFacts, Found, Objects, name_of
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues

BY_PHONE: Final = 1 | 2 | 4
"""Flags of a notification: SMS, call, SMS if the call failed."""
ANY_CHANNEL: Final = BY_PHONE | 8 | 32
LEAK_INPUTS: Final = frozenset({5, 6, 9, 10})
"""Subtypes of an analog input: smoke, leak, boiler alarm in both polarities."""
LEAK_RADIO: Final = 10


def somebody_to_tell(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """A user with a phone, and a notification. Of a real controller's file only that there are any is known."""
    if not facts.is_whole:
        return
    phones = [each.text("phone").strip() for each in objects.of(ObjectType.USER)]
    if not (_has_line_of(facts, ObjectType.USER) if facts.published_only else any(phones)):
        yield Found("alarm_user_missing")
    if not _has_line_of(facts, ObjectType.NOTIFICATION):
        yield Found("notification_missing")


def _has_line_of(facts: ControllerFacts, kind: ObjectType) -> bool:
    """Whether a line begins as an object of a type does, understood or not."""
    return any(re.match(rf"#Z\d+={int(kind)}(,|$)", str(line)) for line in facts.config)


def notifications(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Notifications that go nowhere."""
    speechless: dict[int, ObjectValues] = {}
    for each in objects.of(ObjectType.NOTIFICATION):
        flags = each.number("flags")
        recipients = [objects.at(user, ObjectType.USER) for user in each.numbers("recipients")]
        if not recipients and flags & (ANY_CHANNEL & ~32):
            yield Found("notification_without_recipients", each.id, {"name": name_of(each)})
        if not flags & ANY_CHANNEL:
            yield Found("notification_without_channel", each.id, {"name": name_of(each)})
        if flags & BY_PHONE:
            speechless |= {user.id: user for user in recipients if user and not user.text("phone").strip()}
    for user in speechless.values():
        yield Found("recipient_without_phone", user.id, {"name": name_of(user)})


def faults_are_told(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Boilers and leak sensors whose alarm wakes neither a notification nor a scenario."""
    told = {cause for each in objects.of(ObjectType.NOTIFICATION) for cause in each.numbers("causes")}
    told |= {each.number("trigger") for each in objects.of(ObjectType.SCENARIO)}
    told |= {one for each in objects.of(ObjectType.GUARD_ZONE) for one in each.numbers("inputs")}
    if not objects.of(ObjectType.NOTIFICATION):
        return  # That there is none is said already.
    for each in objects.of(ObjectType.BOILER_ADAPTER, ObjectType.ANALOG_INPUT, ObjectType.RADIO_SENSOR):
        if each.id not in told and _is_alarm(each):
            yield Found("alarm_not_told", each.id, {"name": name_of(each)})


def _is_alarm(each: ObjectValues) -> bool:
    match each.type:
        case ObjectType.BOILER_ADAPTER:
            return True
        case ObjectType.ANALOG_INPUT:
            return each.number("stype") in LEAK_INPUTS
        case _:
            return each.number("stype") == LEAK_RADIO


def guard_zones(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Zones that listen to nothing or tell nobody."""
    for zone in objects.of(ObjectType.GUARD_ZONE):
        if not zone.numbers("inputs") or not zone.numbers("notifications"):
            yield Found("zone_silent", zone.id, {"name": name_of(zone)})
