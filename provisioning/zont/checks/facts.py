"""What goes into the checks of an installation, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from provisioning.explanation import Actor, Text
from provisioning.zont.config_text import ConfigText
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues


class Severity(IntEnum):
    """How urgent."""

    DANGER = 0
    FAULT = 1
    ADVICE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right: what, what it means, who acts, and the way out.

    `code` is stable and for machines. `object_id` None: the controller as a whole.
    """

    code: str
    severity: Severity
    object_id: int | None
    what: Text
    meaning: Text
    who: Actor
    way_out: Text


@dataclass(frozen=True)
class ControllerFacts:
    """What is known of a controller. None: unknown, of which nothing is said.

    Args:
        config: its configuration, or as many of its lines as could be read.
        states: objects' fields as the local protocol gives them.
        supply_v, on_battery: of `#S6`.
        clock_error_s: its clock minus the true time.
        gsm_level, gsm_registration: of `#S4`; the level is 0 to 31, the registration as in +CREG.
        cloud_linked: whether it has its cloud (`#S224`).
        default_login: whether anybody may sign in with the user and password of delivery.
        is_whole: whether what `config` does not hold is not there; else nothing is said of what is absent.
        published_only: look only at values whose place is published: those of a real controller.
    """

    config: ConfigText
    states: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    supply_v: float | None = None
    on_battery: bool | None = None
    clock_error_s: float | None = None
    gsm_level: int | None = None
    gsm_registration: int | None = None
    cloud_linked: bool | None = None
    default_login: bool | None = None
    is_whole: bool = True
    published_only: bool = False


class Objects(dict[int, ObjectValues]):
    """A configuration's objects by id."""

    def of(self, *kinds: ObjectType) -> list[ObjectValues]:
        """Those of some types, in the order of the file."""
        return [each for each in self.values() if each.type in kinds]

    def at(self, reference: int, *kinds: ObjectType) -> ObjectValues | None:
        """The object that a reference points at, if it is of one of the types."""
        found = self.get(reference)
        return found if found is not None and (not kinds or found.type in kinds) else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a look has seen: a code, the object and what the words need. `check` gives it its words."""

    code: str
    object_id: int | None = None
    told: Mapping[str, object] = field(default_factory=dict)


Told: TypeAlias = Mapping[str, object]


def name_of(values: ObjectValues) -> str:
    """What people call an object."""
    return values.text("name").strip() or str(values.id)
