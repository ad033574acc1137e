"""Commands by SMS to the emulated controller: a grammar of our own, in Russian and English, without I/O.

    message     = command { (line end | ";") command }     five at most
    command     = status | temperature | mode | guard | relay | balance | help
    status      = ("статус" | "status") [name]
    temperature = ("темп" | "температура" | "temp" | "temperature") [name] degrees      a circuit's setpoint
    mode        = ("режим" | "mode") name                  a heating mode for all its circuits
    guard       = ("охрана" | "guard") [name] switch       a guard zone
    relay       = ("реле" | "relay") [name] switch         a relay
    balance     = "баланс" | "balance"
    help        = "помощь" | "справка" | "help" | "?"
    degrees     = ["+" | "-"] digits [("," | ".") digits] ["°"] ["C" | "С" | "град" | "deg"]
    switch      = "вкл" | "включить" | "on" | "1" | "выкл" | "выключить" | "off" | "0"
    name        = an object's own, or its beginning where no other begins so; or "#" and the object's id

Case, spaces of any kind, quotes around a name, and ё for е do not matter. A name may be left out where there is one
object of the kind. The language of the command is that of the answer.

Who may not command gets no answer at all: an answer costs the owner money and tells a stranger that somebody listens.
Who may is answered within the bounds of `answer_budget`; what is not answered is not carried out. "Accepted" is what
the firmware has said, no more: whether the house follows is told by STATUS. Answers are three parts of a message at
most.

That the maker's controllers take commands by SMS is known; their grammar is not published, so none is imitated here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from at_commands.gsm7 import gsm7_encodable
from at_commands.sms import Content, split_content
from firmware_sim.controller.answer_budget import AnswerBudget
from firmware_sim.controller.local_session import ObjectModel
from firmware_sim.controller.objects.base import NO_SUCH_OBJECT, NOT_POSSIBLE, WRONG_VALUE
from firmware_sim.controller.sms_status import status_line
from firmware_sim.controller.system_parameters import number_of
from provisioning.explanation import Language, Text
from provisioning.zont.decikelvin import from_decikelvin, to_decikelvin
from provisioning.zont.object_types import ObjectType

MAX_PARTS: Final = 3
MAX_COMMANDS: Final = 5
LOWEST_C, HIGHEST_C = 5.0, 95.0
"""What any circuit may be set to; the firmware's own bounds for its kind are closer."""

SWITCHES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("вкл", "включить", "on", "1"), 1),
    **dict.fromkeys(("выкл", "выключить", "off", "0"), 0),
}

HELP: Final = Text(
    "Команды: СТАТУС [название], ТЕМП [контур] 21,5, РЕЖИМ название, ОХРАНА [зона] вкл|выкл, "
    "РЕЛЕ [название] вкл|выкл, БАЛАНС, ПОМОЩЬ",
    "Commands: STATUS [name], TEMP [circuit] 21.5, MODE name, GUARD [zone] on|off, RELAY [name] on|off, "
    "BALANCE, HELP",
)
REASONS: Final[Mapping[int, Text]] = {
    WRONG_VALUE: Text("такое значение здесь не подходит", "this value does not fit here"),
    NOT_POSSIBLE: Text("сейчас это невозможно", "this is not possible now"),
    NO_SUCH_OBJECT: Text("такого объекта уже нет", "this object is gone"),
}

SHOWN: Final = (
    ObjectType.HEATING_CIRCUIT,
    ObjectType.BOILER_ADAPTER,
    ObjectType.WIRED_TEMPERATURE_SENSOR,
    ObjectType.ANALOG_TEMPERATURE_SENSOR,
    ObjectType.RADIO_SENSOR,
    ObjectType.RELAY,
    ObjectType.PUMP,
    ObjectType.GUARD_ZONE,
)
"""Types that STATUS tells of by name; without one, of the first two."""

_QUOTES: Final = "\"'«»„“”‚‘’`"
_SIGNS: Final = {ord("º"): "°", ord("˚"): "°", ord("℃"): "°C"}
_DEGREES: Final = re.compile(
    r"(?:(?P<name>.*\S)\s+)?(?P<sign>[+\-−–]?)\s?(?P<number>[0-9]{1,3}(?:[.,][0-9]{1,2})?)"
    r"\s*°?\s*(?:[cс]|град(?:ус(?:а|ов)?)?|deg(?:rees?)?)?\.?"
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
        may_command: whether a phone may command; numbers as they come, with +.
        balance: the account's last known state in a language, or None.
        now_s: a steady clock.
    """

    def __init__(
        self,
        model: ObjectModel,
        may_command: Callable[[str], bool],
        balance: Callable[[Language], str | None] = lambda _: None,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._model = model
        self._may_command = may_command
        self._balance = balance
        self._budget = AnswerBudget(now_s)
        self.refused = 0
        """Messages of strangers since the start."""
        self.silenced = 0
        """Messages that were not answered for the bounds' sake."""

    def receive(self, sender: str, text: str) -> Answer | None:
        """Carry out commands; the answer to their sender, or None: a stranger's, or one too many."""
        if not self._may_command(sender):
            self.refused += 1
            return None
        sender = number_of(sender) or sender  # one number, however it is spelt
        lines = _lines(text)
        known = [_VERBS.get(_fold(each.split(" ")[0])) for each in lines]
        if not self._budget.take(sender, nonsense=not any(known)):
            self.silenced += 1
            return None
        first = next((each[0] for each in known if each is not None), _guess(text))
        if wait_s := self._budget.wait_s(sender):
            minutes = math.ceil(wait_s / 60)
            said = Text(
                "Слишком много сообщений, команда не выполнена. Отвечу через {minutes} мин.",
                "Too many messages, the command was not carried out. I answer again in {minutes} min.",
            )
            return Answer(said.in_(first).format(minutes=minutes))
        if len(lines) > MAX_COMMANDS:
            said = Text(
                "Не больше {most} команд в сообщении; ничего не выполнено.",
                "At most {most} commands in a message; none was carried out.",
            )
            return Answer(said.in_(first).format(most=MAX_COMMANDS))
        answers = [self._one(each) for each in lines] or [self._not_understood(first)]
        text = "\n".join(dict.fromkeys(each.text for each in answers))
        return Answer(cut(text), any(each.changed for each in answers))

    def _one(self, line: str) -> Answer:
        word, _, rest = line.partition(" ")
        found = _VERBS.get(_fold(word))
        return self._not_understood(_guess(line)) if found is None else found[1](self, found[0], rest)

    def _not_understood(self, language: Language) -> Answer:
        said = Text("Не понял. {help}", "I do not understand. {help}").in_(language)
        return Answer(said.format(help=HELP.in_(language)))

    # -- commands

    def _status(self, language: Language, rest: str) -> Answer:
        shown = self._named(*SHOWN[:2])
        if rest:
            named = self._named(*SHOWN)
            shown = {each: named[each] for each in _matching(named, rest)}
            if not shown:
                return self._which(language, self._named(*SHOWN[:2]))
        states = (self._model.state(each) or {} for each in shown)
        lines = [
            status_line(name, state, language) for name, state in zip(shown.values(), states, strict=True)
        ]
        return Answer("\n".join(lines)) if lines else self._which(language, {})

    def _temperature(self, language: Language, rest: str) -> Answer:
        circuits = self._named(ObjectType.HEATING_CIRCUIT)
        found = _DEGREES.fullmatch(rest.casefold())
        if found is None or (rest and _fold(rest) in map(_fold, circuits.values())):
            said = Text("Нужна температура: ТЕМП контур 21,5", "A temperature is needed: TEMP circuit 21.5")
            return Answer(said.in_(language))
        temp_c = float(found["number"].replace(",", ".")) * (-1 if found["sign"] in tuple("-−–") else 1)
        if not LOWEST_C <= temp_c <= HIGHEST_C:
            said = Text("От {low:g} до {high:g} °C.", "From {low:g} to {high:g} °C.")
            return Answer(said.in_(language).format(low=LOWEST_C, high=HIGHEST_C))
        raw = to_decikelvin(temp_c)
        return self._do(language, circuits, found["name"] or "", raw, f"{from_decikelvin(raw):g} °C")

    def _mode(self, language: Language, rest: str) -> Answer:
        return self._do(language, self._named(ObjectType.HEATING_MODE), rest, 1, "")

    def _guard(self, language: Language, rest: str) -> Answer:
        return self._switch(language, ObjectType.GUARD_ZONE, rest)

    def _relay(self, language: Language, rest: str) -> Answer:
        return self._switch(language, ObjectType.RELAY, rest)

    def _say_balance(self, language: Language, _rest: str) -> Answer:
        unknown = Text("Баланс пока неизвестен.", "The balance is not known yet.")
        return Answer(self._balance(language) or unknown.in_(language))

    def _help(self, language: Language, _rest: str) -> Answer:
        return Answer(HELP.in_(language))

    # -- what they share

    def _switch(self, language: Language, kind: ObjectType, rest: str) -> Answer:
        name, _, word = rest.rpartition(" ")
        wanted = SWITCHES.get(_fold(word))
        if wanted is None:
            return Answer(Text("Нужно ВКЛ или ВЫКЛ.", "ON or OFF is needed.").in_(language))
        shown = Text("вкл", "on") if wanted else Text("выкл", "off")
        return self._do(language, self._named(kind), name, wanted, shown.in_(language))

    def _do(
        self, language: Language, objects: Mapping[int, str], name: str, value: int, shown: str
    ) -> Answer:
        found = _matching(objects, name) if name else list(objects)
        if len(found) != 1:
            return self._which(language, {each: objects[each] for each in found} or objects)
        (object_id,) = found
        result = self._model.command(object_id, value)
        if result != 0:
            reason = REASONS.get(result, Text(f"код {result}", f"code {result}"))
            said = Text("{name}: отказ, {reason}.", "{name}: refused, {reason}.").in_(language)
            return Answer(said.format(name=objects[object_id], reason=reason.in_(language)))
        # Accepted is not done: a pump may run on, a circuit may be held by its schedule.
        what = f"{objects[object_id]}: {shown}, " if shown else f"{objects[object_id]}: "
        return Answer(what + Text("принято.", "accepted.").in_(language), changed=True)

    def _which(self, language: Language, objects: Mapping[int, str]) -> Answer:
        if not objects:
            return Answer(Text("Такого здесь нет.", "There is no such thing here.").in_(language))
        said = Text("Что именно? Есть: {names}.", "Which one? There are: {names}.")
        folded = [_fold(each) for each in objects.values()]
        names = [
            f"{name} #{number}" if folded.count(_fold(name)) > 1 else name for number, name in objects.items()
        ]
        return Answer(said.in_(language).format(names=", ".join(names)))

    def _named(self, *kinds: ObjectType) -> dict[int, str]:
        states = {each: self._model.state(each) or {} for kind in kinds for each in self._model.ids(kind)}
        return {each: str(state.get("name") or f"#{each}") for each, state in states.items()}


_VERBS: Final[Mapping[str, tuple[Language, Callable[[SmsDesk, Language, str], Answer]]]] = {
    "статус": ("ru", SmsDesk._status),
    "темп": ("ru", SmsDesk._temperature),
    "температура": ("ru", SmsDesk._temperature),
    "режим": ("ru", SmsDesk._mode),
    "охрана": ("ru", SmsDesk._guard),
    "реле": ("ru", SmsDesk._relay),
    "баланс": ("ru", SmsDesk._say_balance),
    "помощь": ("ru", SmsDesk._help),
    "справка": ("ru", SmsDesk._help),
    "status": ("en", SmsDesk._status),
    "temp": ("en", SmsDesk._temperature),
    "temperature": ("en", SmsDesk._temperature),
    "mode": ("en", SmsDesk._mode),
    "guard": ("en", SmsDesk._guard),
    "relay": ("en", SmsDesk._relay),
    "balance": ("en", SmsDesk._say_balance),
    "help": ("en", SmsDesk._help),
    "?": ("en", SmsDesk._help),
}


def _lines(text: str) -> list[str]:
    """Its commands, with single spaces and nothing invisible."""
    shown = unicodedata.normalize("NFC", text).translate(_SIGNS)
    shown = "".join(each for each in shown if unicodedata.category(each) not in {"Cf", "Cs", "Co"})
    parts = (" ".join(each.split()) for each in re.split(r"[\r\n;]", shown))
    return [each for each in parts if each]


def _fold(text: str) -> str:
    """As names and words are compared."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(folded.split()).strip(_QUOTES + " ")


def _guess(text: str) -> Language:
    return "ru" if re.search("[а-яё]", text.casefold()) or not text.strip() else "en"


def _matching(objects: Mapping[int, str], name: str) -> list[int]:
    """Objects of this very name or id, else those whose names begin so."""
    wanted = _fold(name)
    exact = [each for each, title in objects.items() if wanted in {_fold(title), f"#{each}"}]
    return exact or [each for each, title in objects.items() if wanted and _fold(title).startswith(wanted)]


def cut(text: str) -> str:
    """So much of a text as goes into three parts, whole words where it has any (3GPP TS 23.040, 9.2.3.24.1)."""
    text = "".join(" " if each < " " and each != "\n" else each for each in text)[:1000]
    text = text.encode("utf-8", "replace").decode()
    if _fits(text):
        return text
    dots = "..." if gsm7_encodable(text) else "…"
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(text[:middle] + dots) else (low, middle - 1)
    head = text[:low]
    if not text[low].isspace() and (words := re.match(r"(.*\S)\s", head, re.DOTALL)):
        head = words[1]
    return head.rstrip() + dots


def _fits(text: str) -> bool:
    return len(split_content(Content.of(text), 0)) <= MAX_PARTS
