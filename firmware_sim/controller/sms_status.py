"""The state of an object in one line of an SMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from provisioning.explanation import Language, Text
from provisioning.zont.object_types import ObjectType

_BOILER: Final = {
    0: Text("не греет", "off"),
    1: Text("греет", "heating"),
    2: Text("ОШИБКА {error}", "ERROR {error}"),
}
_NO_LINK: Final = Text("нет связи", "no link")
_ON_OFF: Final = (Text("выкл", "off"), Text("вкл", "on"))
_ARMED: Final = (Text("снята", "disarmed"), Text("под охраной", "armed"))
_ALARM: Final = Text("ТРЕВОГА", "ALARM")


def status_line(name: str, state: Mapping[str, JsonValue], language: Language) -> str:
    """Its name and how it is."""
    return f"{name}: {_words(state, language)}"


def _words(state: Mapping[str, JsonValue], language: Language) -> str:
    match state.get("type"):
        case ObjectType.HEATING_CIRCUIT:
            fault = Text(" НЕИСПРАВНОСТЬ", " FAULT").in_(language) if state.get("f") else ""
            said = Text("{now}, уставка {wanted}", "{now}, set {wanted}").in_(language)
            return said.format(now=_degrees(state.get("c")), wanted=_degrees(state.get("s"))) + fault
        case ObjectType.BOILER_ADAPTER:
            number = state.get("state")
            word = _BOILER.get(number if isinstance(number, int) else -1, _NO_LINK)
            shown = word.in_(language).format(error=state.get("err", "?"))
            return f"{shown}, {_degrees(state.get('water'))}"
        case ObjectType.RELAY | ObjectType.PUMP:
            return _ON_OFF[bool(state.get("s"))].in_(language)
        case ObjectType.GUARD_ZONE:
            armed = _ARMED[bool(state.get("s"))].in_(language)
            return f"{armed}, {_ALARM.in_(language)}" if state.get("trig") else armed
    if not state.get("a", 1):
        return _NO_LINK.in_(language)
    alarm = f", {_ALARM.in_(language)}" if state.get("trig") else ""
    return _degrees(state.get("t")) + alarm


def _degrees(value: JsonValue) -> str:
    return f"{value:.1f}°" if isinstance(value, int | float) and not isinstance(value, bool) else "—"
