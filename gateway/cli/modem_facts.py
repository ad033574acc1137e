"""What a modem says about itself, its card and its network; one look, nothing is changed on the network."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from at_commands.codes import RegistrationStatus
from at_commands.recovery import LIMIT_S
from gateway.cli.at_session import restarts_told
from gateway.cli.output import ExitCode, Json, Output, explanation_json
from gateway.cli.state_words import recovered_words, signal_words
from gateway.explain_sim_files import HOME_FORBIDDEN
from gateway.forbidden_networks import home_is_forbidden
from gateway.modem import Modem
from gateway.modem_facts import Domain, RegistrationFacts, SimCondition, SimFacts
from provisioning.explanations import explain_reject_cause, explain_state
from provisioning.journey import State

if TYPE_CHECKING:
    from gateway.modem_facts import ModemIdentity
    from provisioning.explanations import Explanation


@contextlib.asynccontextmanager
async def open_modem(
    out: Output, port: str, *, pin: str | None, baudrate: int
) -> AsyncIterator[tuple[Modem, ModemIdentity, SimFacts]]:
    """A modem that answers, with its card unlocked if that is needed and can be done safely.

    Raises:
        AtError: no conversation is possible; ModemRebootedError for any failure behind a restart.
        PinRefusedError: the PIN is wrong, or its last try would be spent.
    """

    def tell() -> None:
        out.progress(
            out.pick(
                en="The modem does not answer. Looking for it in other states and at other speeds, "
                f"{LIMIT_S:.0f} s at most …",
                ru="Модем не отвечает. Ищу его в других режимах и на других скоростях, "
                f"не дольше {LIMIT_S:.0f} с …",
            )
        )

    modem = Modem.at(port, baudrate=baudrate, recovers_after=0, on_search=tell)
    try:
        identity = await modem.open()
        with restarts_told(modem.client):
            sim = await modem.sim()
            if sim.condition is SimCondition.PIN and pin is not None:
                sim = await modem.unlock(pin)
            yield modem, identity, sim
    finally:
        await modem.close()


async def show_info(out: Output, port: str, *, pin: str | None, baudrate: int) -> ExitCode:
    """Print identity, card, signal and registration with an explanation."""
    async with open_modem(out, port, pin=pin, baudrate=baudrate) as (modem, identity, sim):
        rssi_dbm = await modem.signal()
        cs, ps = await modem.registration("cs"), await modem.registration("ps")
        registered = cs.status.registered or ps.status.registered
        operator = await modem.operator() if registered else None
        recovered = modem.recovered
        explanation = explain(sim, cs, ps, rssi_dbm)
        if sim.condition is SimCondition.READY and not registered and await home_is_forbidden(modem.client):
            explanation = HOME_FORBIDDEN
    out.record(
        {
            "port": port,
            "simulated": identity.simulated,
            "manufacturer": identity.manufacturer,
            "model": identity.model,
            "revision": identity.revision,
            "imei": identity.imei,
            "sim": {
                "condition": sim.condition.value,
                "iccid": sim.iccid,
                "imsi": sim.imsi,
                "pin_attempts_left": sim.pin_attempts_left,
            },
            "signal_dbm": rssi_dbm,
            "registration": {"cs": _registration_json(cs), "ps": _registration_json(ps)},
            "registered": registered,
            "recovered": None
            if recovered is None
            else {"state": recovered.state.value, "baudrate": recovered.rate},
            "operator": operator,
            "explanation": None if explanation is None else explanation_json(explanation, out.lang),
        }
    )
    if recovered is not None:
        out.line(recovered_words(recovered).in_(out.lang))
        out.line()
    for name, value in _rows(out, identity, sim, rssi_dbm, cs, ps, operator):
        out.line(f"{name + ':':<16}{value}")
    if explanation is not None:
        out.line()
        out.line(explanation.render(out.lang))
    return ExitCode.DONE


def explain(
    sim: SimFacts, cs: RegistrationFacts, ps: RegistrationFacts, rssi_dbm: int | None
) -> Explanation | None:
    """Why the modem is not in the network; None if it is."""
    match sim.condition:
        case SimCondition.MISSING | SimCondition.FAILED:
            return explain_state(State.SIM_MISSING, None)
        case SimCondition.PIN | SimCondition.PUK:
            return explain_state(State.SIM_LOCKED, None)
        case SimCondition.READY:
            pass
    if cs.status.registered or ps.status.registered:
        return None
    domains: tuple[tuple[Domain, RegistrationFacts], ...] = (("cs", cs), ("ps", ps))
    for domain, facts in domains:
        if facts.status is RegistrationStatus.DENIED and facts.cause is not None:
            return explain_reject_cause(domain, facts.cause)
    if RegistrationStatus.DENIED in (cs.status, ps.status):
        return explain_state(State.DENIED, None)
    return explain_state(State.SEARCHING, None)


def _registration_json(facts: RegistrationFacts) -> dict[str, Json]:
    return {"status": facts.status.name.lower(), "cause": facts.cause}


def _rows(
    out: Output,
    identity: ModemIdentity,
    sim: SimFacts,
    rssi_dbm: int | None,
    cs: RegistrationFacts,
    ps: RegistrationFacts,
    operator: str | None,
) -> list[tuple[str, str]]:
    model = f"{identity.manufacturer} {identity.model} ({identity.revision})"
    if identity.simulated:
        model += out.pick(en="  - SIMULATOR", ru="  - СИМУЛЯТОР")
    return [
        (out.pick(en="Modem", ru="Модем"), model),
        ("IMEI", identity.imei),
        (out.pick(en="SIM card", ru="SIM-карта"), _condition(out, sim)),
        ("ICCID", sim.iccid or "-"),
        ("IMSI", sim.imsi or "-"),
        (out.pick(en="Signal", ru="Сигнал"), signal_words(rssi_dbm, out.lang)),
        (out.pick(en="Voice network", ru="Сеть (голос)"), _status(out, cs)),
        (out.pick(en="Data network", ru="Сеть (данные)"), _status(out, ps)),
        (out.pick(en="Operator", ru="Оператор"), operator or "-"),
    ]


def _condition(out: Output, sim: SimFacts) -> str:
    left = sim.pin_attempts_left
    tries = "" if left is None else out.pick(en=f", {left} tries left", ru=f", осталось попыток: {left}")
    match sim.condition:
        case SimCondition.READY:
            return out.pick(en="ready", ru="готова")
        case SimCondition.MISSING:
            return out.pick(en="none", ru="нет")
        case SimCondition.PIN:
            return out.pick(en="asks for its PIN", ru="ждёт PIN-кода") + tries
        case SimCondition.PUK:
            return out.pick(en="asks for its PUK", ru="ждёт PUK-кода")
        case SimCondition.FAILED:
            return out.pick(en="does not work", ru="не работает")


def _status(out: Output, facts: RegistrationFacts) -> str:
    words = {
        RegistrationStatus.IDLE: ("off, not searching", "вне сети, не ищет"),
        RegistrationStatus.HOME: ("registered", "в сети"),
        RegistrationStatus.SEARCHING: ("searching", "поиск"),
        RegistrationStatus.DENIED: ("denied", "отказано"),
        RegistrationStatus.UNKNOWN: ("unknown", "неизвестно"),
        RegistrationStatus.ROAMING: ("registered, roaming", "в сети, роуминг"),
    }
    english, russian = words.get(facts.status, (facts.status.name.lower(), facts.status.name.lower()))
    text = out.pick(en=english, ru=russian)
    if facts.cause is not None:
        text += out.pick(en=f", cause {facts.cause}", ru=f", причина {facts.cause}")
    return text
