"""Commands by SMS to the emulated controller: a grammar of our own, in Russian and English, without I/O.

    command     = status | temperature | mode | guard | relay | balance | help
    status      = ("статус" | "status") [name]
    temperature = ("темп" | "temp") [name] number          a circuit's setpoint, °C; a comma or a point
    mode        = ("режим" | "mode") name                  a heating mode for all its circuits
    guard       = ("охрана" | "guard") [name] switch       a guard zone
    relay       = ("реле" | "relay") name switch           a relay
    balance     = "баланс" | "balance"
    help        = "помощь" | "help" | "?"
    switch      = "вкл" | "on" | "1" | "выкл" | "off" | "0"

Case and spaces do not matter. A name is an object's own, or its beginning where no other begins so; it may be left out
where there is one object of the kind. The language of the command is that of the answer. Who is not a user of the
controller gets no answer at all: an answer costs the owner money and tells a stranger that somebody listens.

That the maker's controllers take commands by SMS is known; their grammar is not published, so none is imitated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware_sim.controller.local_session import ObjectModel
from provisioning.explanation import Language, Text
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType

MAX_ANSWER: Final = 3 * 67
"""Characters of an answer: three parts of a message in Cyrillic (3GPP TS 23.040, 9.2.3.24.1)."""
LOWEST_C, HIGHEST_C = 5.0, 95.0

SWITCHES: Final[Mapping[str, int]] = {"вкл": 1, "on": 1, "1": 1, "выкл": 0, "off": 0, "0": 0}

HELP: Final = Text(
    "СТАТУС; ТЕМП контур 21,5; РЕЖИМ название; ОХРАНА вкл|выкл; РЕЛЕ название вкл|выкл; БАЛАНС",
    "STATUS; TEMP circuit 21.5; MODE name; GUARD on|off; RELAY name on|off; BALANCE",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, and whether something was changed."""

    text: str
    changed: bool = False


class SmsDesk:
    """Takes the messages that come to the controller's number.

    Args:
        model: the firmware's objects.
        is_user: whether a phone number belongs to a user who may command; numbers as they come, with +.
        balance: the account's last known state as text, or None.
    """

    def __init__(
        self,
        model: ObjectModel,
        is_user: Callable[[str], bool],
        balance: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._model = model
        self._is_user = is_user
        self._balance = balance
        self.refused = 0
        """Messages of strangers since the start."""

    def receive(self, sender: str, text: str) -> Answer | None:
        """Carry out a command; the answer to its sender, or None: a stranger's."""
        if not self._is_user(sender):
            self.refused += 1
            return None
        words = text.split()
        verb, rest = (words[0].casefold(), " ".join(words[1:])) if words else ("", "")
        for language, table in _VERBS.items():
            if verb in table:
                answer = table[verb](self, language, rest)
                return Answer(_cut(answer.text), answer.changed)
        guessed: Language = "ru" if re.search("[а-яё]", text.casefold()) or not words else "en"
        said = Text("Не понял. {help}", "I do not understand. {help}").in_(guessed)
        return Answer(_cut(said.format(help=HELP.in_(guessed))))

    # -- commands

    def _status(self, language: Language, rest: str) -> Answer:
        circuits = self._named(ObjectType.HEATING_CIRCUIT)
        chosen = _matching(circuits, rest) if rest else list(circuits)
        if not chosen:
            return self._no_such(language, rest, circuits)
        lines = [self._circuit_line(language, each) for each in chosen]
        if not rest:
            lines += [
                self._boiler_line(language, each) for each in self._model.ids(ObjectType.BOILER_ADAPTER)
            ]
        return Answer("\n".join(lines))

    def _temperature(self, language: Language, rest: str) -> Answer:
        name, _, number = rest.rpartition(" ")
        try:
            temp_c = float(number.replace(",", "."))
        except ValueError:
            said = Text("Нужна температура: ТЕМП контур 21,5", "A temperature is needed: TEMP circuit 21.5")
            return Answer(said.in_(language))
        if not LOWEST_C <= temp_c <= HIGHEST_C:
            said = Text("От {low:g} до {high:g} °C.", "From {low:g} to {high:g} °C.")
            return Answer(said.in_(language).format(low=LOWEST_C, high=HIGHEST_C))
        return self._do(language, ObjectType.HEATING_CIRCUIT, name, to_decikelvin(temp_c), f"{temp_c:g} °C")

    def _mode(self, language: Language, rest: str) -> Answer:
        return self._do(language, ObjectType.HEATING_MODE, rest, 1, Text("включён", "on").in_(language))

    def _guard(self, language: Language, rest: str) -> Answer:
        return self._switch(language, ObjectType.GUARD_ZONE, rest)

    def _relay(self, language: Language, rest: str) -> Answer:
        return self._switch(language, ObjectType.RELAY, rest)

    def _say_balance(self, language: Language, _rest: str) -> Answer:
        balance = self._balance()
        unknown = Text("Баланс пока неизвестен.", "The balance is not known yet.")
        return Answer(unknown.in_(language) if balance is None else balance)

    def _help(self, language: Language, _rest: str) -> Answer:
        return Answer(HELP.in_(language))

    # -- what they share

    def _switch(self, language: Language, kind: ObjectType, rest: str) -> Answer:
        name, _, word = rest.rpartition(" ")
        wanted = SWITCHES.get(word.casefold())
        if wanted is None:
            return Answer(Text("Нужно ВКЛ или ВЫКЛ.", "ON or OFF is needed.").in_(language))
        shown = Text("вкл", "on") if wanted else Text("выкл", "off")
        return self._do(language, kind, name, wanted, shown.in_(language))

    def _do(self, language: Language, kind: ObjectType, name: str, value: int, shown: str) -> Answer:
        objects = self._named(kind)
        found = _matching(objects, name)
        if not name and len(objects) > 1:
            found = []
        if len(found) != 1:
            return self._no_such(language, name, {each: objects[each] for each in found} or objects)
        (object_id,) = found
        result = self._model.command(object_id, value)
        if result != 0:
            said = Text("{name}: отказ {result}.", "{name}: refused, {result}.")
            return Answer(said.in_(language).format(name=objects[object_id], result=result))
        # Accepted is not done: a pump may run on, a circuit may be held by its schedule.
        said = Text("{name}: {shown}, принято.", "{name}: {shown}, accepted.")
        return Answer(said.in_(language).format(name=objects[object_id], shown=shown), changed=True)

    def _no_such(self, language: Language, name: str, objects: Mapping[int, str]) -> Answer:
        if not objects:
            return Answer(Text("Такого здесь нет.", "There is no such thing here.").in_(language))
        said = Text("Что именно? Есть: {names}.", "Which one? There are: {names}.")
        return Answer(said.in_(language).format(names=", ".join(objects.values())))

    def _named(self, kind: ObjectType) -> dict[int, str]:
        states = {each: self._model.state(each) or {} for each in self._model.ids(kind)}
        return {each: str(state.get("name", each)) for each, state in states.items()}

    def _circuit_line(self, language: Language, object_id: int) -> str:
        state = self._model.state(object_id) or {}
        now, wanted = _degrees(state.get("c")), _degrees(state.get("s"))
        fault = Text(" НЕИСПРАВНОСТЬ", " FAULT").in_(language) if state.get("f") else ""
        said = Text("{name}: {now}, уставка {wanted}", "{name}: {now}, set {wanted}").in_(language)
        return said.format(name=state.get("name", object_id), now=now, wanted=wanted) + fault

    def _boiler_line(self, language: Language, object_id: int) -> str:
        state = self._model.state(object_id) or {}
        words = {
            0: Text("не греет", "off"),
            1: Text("греет", "heating"),
            2: Text("ОШИБКА {error}", "ERROR {error}"),
        }
        number = state.get("state")
        word = words.get(number if isinstance(number, int) else -1, Text("нет связи", "no link"))
        shown = word.in_(language).format(error=state.get("err", "?"))
        return f"{state.get('name', object_id)}: {shown}, {_degrees(state.get('water'))}"


_VERBS: Final[Mapping[Language, Mapping[str, Callable[[SmsDesk, Language, str], Answer]]]] = {
    "ru": {
        "статус": SmsDesk._status,
        "темп": SmsDesk._temperature,
        "режим": SmsDesk._mode,
        "охрана": SmsDesk._guard,
        "реле": SmsDesk._relay,
        "баланс": SmsDesk._say_balance,
        "помощь": SmsDesk._help,
    },
    "en": {
        "status": SmsDesk._status,
        "temp": SmsDesk._temperature,
        "mode": SmsDesk._mode,
        "guard": SmsDesk._guard,
        "relay": SmsDesk._relay,
        "balance": SmsDesk._say_balance,
        "help": SmsDesk._help,
        "?": SmsDesk._help,
    },
}


def _matching(objects: Mapping[int, str], name: str) -> list[int]:
    """Objects of this very name, else those whose names begin so."""
    wanted = name.casefold()
    exact = [each for each, title in objects.items() if title.casefold() == wanted]
    return exact or [each for each, title in objects.items() if title.casefold().startswith(wanted)]


def _degrees(value: object) -> str:
    return f"{value:.1f}°" if isinstance(value, int | float) and not isinstance(value, bool) else "—"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_ANSWER else text[: MAX_ANSWER - 1] + "…"
