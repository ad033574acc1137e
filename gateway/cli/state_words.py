"""Commissioning states in two or three words, for a live view; the whole sentence is the explanation's."""

from __future__ import annotations

from typing import Final

from at_commands.recovery import Found, FoundIn
from gateway.cli.output import Language
from provisioning.explanations import Text

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "no_modem": ("no modem", "модема нет"),
    "modem_starting": ("modem is starting", "модем запускается"),
    "sim_missing": ("no SIM card", "нет SIM-карты"),
    "sim_locked": ("SIM card is locked", "SIM-карта заперта"),
    "searching": ("looking for the network", "поиск сети"),
    "denied": ("denied by the network", "сеть отказала"),
    "waiting_activation": ("waiting for activation", "ожидание активации"),
    "registered_no_data": ("in the network, no data yet", "в сети, данных пока нет"),
    "attached": ("data session is open", "передача данных открыта"),
    "cloud_connecting": ("connecting to the cloud", "подключение к облаку"),
    "registering": ("registering with the cloud", "регистрация в облаке"),
    "pending_approval": ("waiting for the cloud's approval", "ожидание допуска в облаке"),
    "online": ("on line", "на связи"),
    "stopped": ("stopped", "остановлено"),
}

STEPS: Final[tuple[tuple[str, str, frozenset[str]], ...]] = (
    ("modem", "модем", frozenset({"no_modem", "modem_starting"})),
    ("SIM", "SIM", frozenset({"sim_missing", "sim_locked"})),
    ("network", "сеть", frozenset({"searching", "denied", "waiting_activation"})),
    ("data", "данные", frozenset({"registered_no_data", "attached"})),
    ("cloud", "облако", frozenset({"cloud_connecting"})),
    ("registered", "регистрация", frozenset({"registering", "pending_approval"})),
    ("on line", "на связи", frozenset({"online"})),
)
"""The way of a commissioning: its steps in both languages, and the states in which each is under way."""


def state_words(state: str, lang: Language) -> str:
    """A state's name for a person; an unknown state is its own name."""
    return _WORDS.get(state, (state, state))[lang == "ru"]


def step_of(state: str) -> int:
    """Which of `STEPS` is under way; 0 for a state that is none's."""
    return next((index for index, (_, _, states) in enumerate(STEPS) if state in states), 0)


def signal_words(rssi_dbm: int | None, lang: Language) -> str:
    """Field strength with bars, as a phone would show it."""
    if rssi_dbm is None:
        return "нет сигнала" if lang == "ru" else "no signal"
    # Borders in dBm between unusable, poor, fair, good and excellent for GSM.
    bars = sum(rssi_dbm >= border for border in (-105, -95, -85, -75))
    picture = "▂▄▆█"[:bars] + "·" * (4 - bars)
    return f"{picture} {rssi_dbm} {'дБм' if lang == 'ru' else 'dBm'}"


def recovered_words(found: Found) -> Text:
    """How a silent modem was found, and that it answers now."""
    where = _FOUND_IN[found.state]
    at_en = "" if found.rate is None else f", at {found.rate} baud"
    at_ru = "" if found.rate is None else f", на скорости {found.rate} бод"
    return Text(
        en=f"The modem did not answer: it was found {where.en}{at_en}, and brought back to commands.",
        ru=f"Модем не отвечал: он найден {where.ru}{at_ru} и возвращён к командам.",
    )


_FOUND_IN: Final = {
    FoundIn.COMMANDS: Text(en="waiting for commands", ru="в ожидании команд"),
    FoundIn.QUIET: Text(en="with its answers switched off", ru="с отключёнными ответами"),
    FoundIn.PROMPT: Text(en="waiting for the text of a message", ru="в ожидании текста сообщения"),
    FoundIn.DATA_MODE: Text(en="in a data call", ru="в режиме передачи данных"),
    FoundIn.MULTIPLEXER: Text(en="in multiplexed mode", ru="в режиме мультиплексора"),
    FoundIn.DTR: Text(en="in a call that ended when DTR fell", ru="в соединении, которое оборвал сигнал DTR"),
}
