"""What a SIM card's operator says about it: number, balance, tariff, traffic; each with where it is from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from at_commands.commands import imsi as ask_imsi
from gateway.cli.modem_messages import modem_client
from gateway.cli.output import ExitCode, Json, Output
from gateway.modem_asker import ModemAsker
from provisioning.explanation import Text
from provisioning.operator_account import Capability, OperatorAccountError, RemainingTraffic
from provisioning.operator_codes import OPERATORS, Question, codes_of
from provisioning.sim_account import Answered, NoCodeError, SimAccount

T = TypeVar("T")

_NAMES: Final = {
    Capability.OWN_NUMBER: Text("Номер", "Number"),
    Capability.BALANCE: Text("Баланс", "Balance"),
    Capability.TARIFF: Text("Тариф", "Tariff"),
    Capability.REMAINING_TRAFFIC: Text("Остаток трафика", "Traffic left"),
}
_JSON_NAMES: Final = {
    Capability.OWN_NUMBER: "number",
    Capability.BALANCE: "balance_kopecks",
    Capability.TARIFF: "tariff",
    Capability.REMAINING_TRAFFIC: "remaining_bytes",
}
"""Units in the names: kopecks, bytes."""


async def show_account(
    out: Output,
    port: str,
    *,
    operator: str | None,
    own_codes: Mapping[Capability, Question],
    may_send: bool,
    pin: str | None,
    baudrate: int,
) -> ExitCode:
    """Ask for all four and print them. FAILED: something that can be asked was not answered."""
    async with modem_client(out, port, pin, baudrate) as at:
        codes = OPERATORS[operator] if operator else codes_of(await at.send(ask_imsi()))
        account = SimAccount(ModemAsker(at), codes, own_codes=own_codes, may_send=may_send)
        asked = _Asked(out)
        await asked.line(
            Capability.OWN_NUMBER, account.ask_own_number, lambda number: f"+{number}", lambda number: number
        )
        await asked.line(
            Capability.BALANCE,
            account.ask_balance,
            lambda money: out.pick(en=f"{money} RUB", ru=f"{money} руб."),
            lambda money: money.kopecks,
        )
        await asked.line(Capability.TARIFF, account.ask_tariff, lambda name: name, lambda name: name)
        await asked.line(
            Capability.REMAINING_TRAFFIC,
            account.ask_remaining_traffic,
            lambda left: _volume(out, left),
            lambda left: "unlimited" if left.remaining_bytes is None else left.remaining_bytes,
        )
    out.record({"port": port, "operator": codes.name, **asked.record})
    return ExitCode.FAILED if asked.failed else ExitCode.DONE


class _Asked:
    """Prints each answer as it comes and keeps the record for programs."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.record: dict[str, Json] = {}
        self.failed = False

    async def line(
        self,
        capability: Capability,
        ask: Callable[[], Awaitable[Answered[T]]],
        in_words: Callable[[T], str],
        as_json: Callable[[T], Json],
    ) -> None:
        """One question; that it has no answer does not keep the others from being asked."""
        name, key = _NAMES[capability].in_(self._out.lang), _JSON_NAMES[capability]
        try:
            answered = await ask()
        except OperatorAccountError as error:
            told = error.told.in_(self._out.lang)
            self.record[key] = {"value": None, "source": None, "error": {"kind": error.kind, "told": told}}
            self.failed |= not isinstance(error, NoCodeError)
            self._out.line(f"{name}: - ({told})")
            return
        self.record[key] = {
            "value": as_json(answered.value),
            "source": answered.source,
            "answer": answered.text,
        }
        self._out.line(f"{name}: {in_words(answered.value)} ({answered.source})")


def _volume(out: Output, left: RemainingTraffic) -> str:
    if left.remaining_bytes is None:
        return out.pick(en="no limit", ru="без лимита")
    return out.pick(en=f"{left.remaining_bytes} bytes", ru=f"{left.remaining_bytes} байт")
