"""How a controller's readings, their changes, and the findings of a check are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.controllers.driver import ControllerDriver, ControllerError, ControllerIdentity
from provisioning.explanation import Actor, Explanation, Text
from provisioning.zont.checks import Severity

if TYPE_CHECKING:
    from gateway.cli.output import Json, Output
    from provisioning.messages import Reading
    from provisioning.zont.checks import Finding

LOOK_AGAIN_S: Final = 1.0
"""At what has been pushed; a ZONT controller itself is asked once a minute, see its driver."""
RETRY_S: Final = 5.0
VALUE_WIDTH: Final = 12

SEVERITIES: Final = {
    Severity.DANGER: Text("Опасно", "Danger"),
    Severity.FAULT: Text("Исправить", "Fault"),
    Severity.ADVICE: Text("Совет", "Advice"),
}


def show_controller(
    out: Output, identity: ControllerIdentity, readings: Sequence[Reading], driver: ControllerDriver
) -> None:
    """Who it is and all that it measures, as one record."""
    titled = [(each, driver.title(each.name)) for each in readings]
    record = [_reading_record(each, title) for each, title in titled]
    out.record({**_identity_record(identity), "readings": record})
    out.line(_identity_line(identity))
    width = max((len(each.name) for each, _ in titled), default=0)
    for each, title in titled:
        out.line(_reading_line(each, title, width))


async def follow(
    out: Output, identity: ControllerIdentity, readings: Sequence[Reading], driver: ControllerDriver
) -> None:
    """Each of it as a record, then what changes, until cancelled. A controller that goes is waited for.

    Raises:
        ControllerError: one that waiting cannot mend.
    """
    out.record(_identity_record(identity))
    out.line(_identity_line(identity))
    width = max((len(each.name) for each in readings), default=0)
    shown: dict[str, object] = {}
    is_lost = False
    while True:
        for each in readings:
            if each.name not in shown or shown[each.name] != each.value:
                title = driver.title(each.name)
                out.record({**_reading_record(each, title), "at": each.at})
                time = f"{datetime.fromtimestamp(each.at, UTC).astimezone():%H:%M:%S}  "
                out.line(time + _reading_line(each, title, width))
                shown[each.name] = each.value
        await asyncio.sleep(LOOK_AGAIN_S)
        try:
            await driver.open()
            readings = await driver.read()
        except ControllerError as error:
            if not error.retryable:
                raise
            if not is_lost:
                out.record({"event": "controller_lost", "kind": error.kind})
                out.progress(
                    out.pick(en="The controller is gone; waiting for it.", ru="Контроллер пропал; жду его.")
                )
            is_lost, readings = True, []
            await driver.close()
            await asyncio.sleep(RETRY_S if error.retry_after_s is None else error.retry_after_s)
            continue
        if is_lost:
            is_lost = False
            out.record({"event": "controller_back"})
            out.progress(out.pick(en="The controller answers again.", ru="Контроллер снова отвечает."))


def _identity_record(identity: ControllerIdentity) -> dict[str, Json]:
    return {"serial": identity.serial, "model": identity.model, "firmware": identity.firmware}


def _identity_line(identity: ControllerIdentity) -> str:
    return f"{identity.model}, {identity.firmware}, {identity.serial}"


def _reading_record(reading: Reading, title: str) -> dict[str, Json]:
    return {
        "name": reading.name,
        "value": reading.value,
        "unit": reading.unit,
        "quality": reading.quality,
        "title": title,
    }


def _reading_line(reading: Reading, title: str, width: int) -> str:
    unit = "°C" if reading.unit == "C" else reading.unit
    value = "—" if reading.value is None else f"{reading.value} {unit}".rstrip()
    return f"{reading.name:<{width}}  {value:>{VALUE_WIDTH}}  {title}".rstrip()


def show_findings(out: Output, findings: Sequence[Finding], *, published_only: bool) -> None:
    """What is to be put right, the most urgent first."""
    out.record(
        {
            "findings": [_finding_record(out, each) for each in findings],
            "judged_by": "published places" if published_only else "all places",
        }
    )
    for each in findings:
        out.line(f"{SEVERITIES[each.severity].in_(out.lang)}. {each.what.in_(out.lang)}")
        words = Explanation(each.code, each.what, each.meaning, each.who, each.way_out)
        who = [] if each.who is Actor.INSTALLER else [words.who_in(out.lang)]
        out.line("  " + " ".join([each.meaning.in_(out.lang), *who, each.way_out.in_(out.lang)]))
    if not findings:
        out.line(out.pick(en="Nothing to put right was found.", ru="Замечаний нет."))
    if published_only:
        out.progress(
            out.pick(
                en="This is a real controller: only values whose place is published were judged.",
                ru="Контроллер настоящий: проверены только значения, место которых опубликовано.",
            )
        )


def _finding_record(out: Output, finding: Finding) -> dict[str, Json]:
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "object": finding.object_id,
        "what": finding.what.in_(out.lang),
        "meaning": finding.meaning.in_(out.lang),
        "who": finding.who.value,
        "way_out": finding.way_out.in_(out.lang),
    }
