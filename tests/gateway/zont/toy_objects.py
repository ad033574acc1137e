"""A handful of objects that obey, hesitate or refuse, to hang behind the emulated controller's real sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue

CIRCUIT, DHW, SENSOR, RELAY, PUMP, BOILER, LOST, SWITCH = 8362, 20496, 4099, 20488, 20500, 6145, 4100, 12289
TAP, ZONE, BUTTON, LAMP, REGULATOR, INVERTED = 20600, 20601, 12290, 12291, 12292, 20489
MODE, ALL_OFF = 20501, 20502


class ToyObjects:
    """An `ObjectModel` of plain tables.

    `stubborn` objects accept a command and do not do it; `refusing` ones answer it with 3.
    """

    def __init__(self) -> None:
        self.objects: dict[int, dict[str, JsonValue]] = {
            CIRCUIT: {"type": 16, "stype": 0, "name": "Дом", "c": 20.5, "s": 21.0,
                      "m": "heat", "m_id": 0, "f": 0, "a": 1},
            DHW: {"type": 16, "stype": 1, "name": "ГВС", "c": 48.2, "s": 55, "m": "heat", "m_id": 0, "f": 0, "a": 1},
            SENSOR: {"type": 1, "name": "Улица", "t": -7.4, "a": 1},
            RELAY: {"type": 14, "name": "Полив", "s": 0, "a": 1},
            PUMP: {"type": 17, "name": "Насос", "s": 1, "a": 1},
            BOILER: {
                "type": 6, "name": "Котёл", "water": 55.1, "dhw": 48.2, "return": 41.0, "modul": 32, "press": 1.4,
                "state": 1, "err": 0,
            },
            SWITCH: {"type": 10, "stype": 2, "name": "Гости", "s": 0, "a": 1},
            BUTTON: {"type": 10, "stype": 1, "name": "Вечер", "s": 255, "a": 1},
            LAMP: {"type": 10, "stype": 0, "name": "Горелка", "s": 1, "a": 1},
            REGULATOR: {"type": 10, "stype": 3, "name": "Приток", "s": 40.0, "a": 1},
            TAP: {"type": 15, "name": "Смеситель", "s": 0, "a": 1},
            ZONE: {"type": 2, "name": "Дом", "s": 0, "trig": 0, "a": 1},
            # Its output is off when it is on.
            INVERTED: {"type": 14, "name": "Клапан", "s": 1, "a": 1},
        }  # fmt: skip
        self.lost = {LOST: 1}
        self.modes = {MODE: (CIRCUIT, DHW), ALL_OFF: (CIRCUIT, DHW)}
        self.stubborn: set[int] = set()
        self.refusing: set[int] = set()
        self.lines = {
            "#S54?": "#S54:0A1B2C3D4E5F",
            "#S7?": "#S7:H-1V.02 PRO 700 625",
            "#S4?": "#S4:17 3 MTS",
            "#S6?": "#S6:121 0",
            f"#Z{RELAY}?": f"#Z{RELAY}:14,'Полив',1,0",
            f"#Z{INVERTED}?": f"#Z{INVERTED}:14,'Клапан',2,8",
            f"#Z{MODE}?": f"#Z{MODE}:20,'Комфорт',[{CIRCUIT},{DHW}],[2940,3280],1",
            f"#Z{ALL_OFF}?": f"#Z{ALL_OFF}:20,'Всё выключено',[{CIRCUIT},{DHW}],[0,0],2",
            f"#Y{TAP}?": f"#Y{TAP}$0,2",
        }
        self.commands: list[tuple[int, JsonValue]] = []
        self.mute = False
        self.changed: Callable[[int], None] = lambda _: None

    def ids(self, type_number: int) -> list[int]:
        kept = [each for each, state in self.objects.items() if type_number in {255, state["type"]}]
        lost = [each for each, kind in self.lost.items() if type_number in {255, kind}]
        return kept + lost + ([*self.modes] if type_number in {20, 255} else [])

    def state(self, object_id: int) -> Mapping[str, JsonValue] | None:
        state = self.objects.get(object_id)
        return None if state is None else {"id": object_id, **state}

    def command(self, object_id: int, value: JsonValue) -> int:
        self.commands.append((object_id, value))
        if object_id in self.refusing:
            return 3
        if object_id in self.stubborn:
            return 0
        if object_id in self.modes:
            for each in self.modes[object_id]:
                self.command(each, object_id)
            return 0
        state = self.objects.get(object_id, {})
        match state.get("type"), value:
            case 16, int() if value in self.modes:
                state["m_id"] = value
            case 16, int():
                state["s"], state["m_id"] = round(value / 10 - 273, 1), 0
            case 15, 1 | 2 | 3 | 4:
                # It stands closed already: closing moves nothing.
                state["s"] = 1 if value in {1, 3} else 0
            case 10, str():
                state["s"] = float(value.partition(",")[2])
            case 10, int() if object_id == BUTTON:
                pass
            case _, int():
                state["s"] = 1 - value if object_id == INVERTED else value
        self.changed(object_id)
        return 0

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        for object_id, state in self.objects.items():
            if state["name"] == name and state["type"] == type_number:
                return object_id, self.command(object_id, value)
        made = 30000 + len(self.objects)
        self.objects[made] = {"type": type_number, "stype": stype or 0, "name": name, "a": 1}
        return made, self.command(made, value)

    def system(self, line: str) -> str | None:
        return None if self.mute else self.lines.get(line)

    def set(self, object_id: int, **fields: JsonValue) -> None:
        """The house changes something, and the controller tells of it."""
        self.objects[object_id].update(fields)
        self.changed(object_id)
