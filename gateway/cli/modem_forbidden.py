"""The networks that the card forbids its modem: shown, or erased."""

from __future__ import annotations

from at_commands.sim_commands import erase_forbidden
from gateway.cli.modem_facts import open_modem
from gateway.cli.output import ExitCode, Output, explanation_json
from gateway.explain_sim_files import HOME_FORBIDDEN
from gateway.forbidden_networks import forbidden_networks


async def show_forbidden(out: Output, port: str, *, erase: bool, pin: str | None, baudrate: int) -> ExitCode:
    """Print the list; with `erase` empty it afterwards."""
    async with open_modem(out, port, pin=pin, baudrate=baudrate) as (modem, identity, _):
        found = await forbidden_networks(modem.client)
        erased = erase and bool(found.plmns)
        if erased:
            await erase_forbidden(modem.client)
    explanation = HOME_FORBIDDEN if found.home is not None and not erased else None
    out.record(
        {
            "port": port,
            "simulated": identity.simulated,
            "forbidden": list(found.plmns),
            "home": found.home,
            "erased": erased,
            "explanation": None if explanation is None else explanation_json(explanation, out.lang),
        }
    )
    if not found.plmns:
        out.line(out.pick(en="The card forbids no network.", ru="Запрещённых сетей на карте нет."))
    for plmn in found.plmns:
        own = (
            out.pick(en="  - the card's own network", ru="  - своя сеть карты") if plmn == found.home else ""
        )
        out.line(f"{plmn[:3]} {plmn[3:]}{own}")
    if erased:
        out.line(
            out.pick(
                en="The list is empty now. The modem goes by it after its radio was off: AT+CFUN=0, AT+CFUN=1.",
                ru="Список очищен. Модем учтёт это, когда выключит и включит радио: AT+CFUN=0, AT+CFUN=1.",
            )
        )
    elif explanation is not None:
        out.line()
        out.line(explanation.render(out.lang))
    return ExitCode.DONE
