"""The demo's last words, for a program and for a stranger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.durations import describe_duration
from gateway.cli.output import Json, Language, Output, explanation_json

if TYPE_CHECKING:
    from gateway.cli.demo_chronicle import Chronicle


def summary_json(
    chronicle: Chronicle, *, seed: int, registrations: int, real_s: float, lang: Language
) -> dict[str, Json]:
    """The object that `--json` ends with. Times in emulated seconds, but `real_s`."""
    return {
        "state": chronicle.state.value,
        "activation_wait_s": _rounded(chronicle.activated_at),
        "attempts": chronicle.attempts,
        "lateness_s": _rounded(chronicle.lateness_s),
        "registrations": registrations,
        "telemetry_sent": chronicle.counts.get("telemetry_put", 0),
        "telemetry_acked": chronicle.counts.get("telemetry_acked", 0),
        "uplink": chronicle.uplink,
        "explanation": None
        if chronicle.explanation is None
        else explanation_json(chronicle.explanation, lang),
        "device_id": chronicle.device_id,
        "simulated": True,
        "seed": seed,
        "real_s": round(real_s, 1),
    }


def print_summary(out: Output, chronicle: Chronicle, real_s: float) -> None:
    """What a stranger should take away."""
    for line in _lines(out, chronicle, real_s):
        out.line(line)


def _lines(out: Output, chronicle: Chronicle, real_s: float) -> list[str]:
    if not chronicle.succeeded:
        return _failure(out, chronicle)
    lang, clock = out.lang, chronicle.clock_text
    wait = describe_duration(chronicle.activated_at or 0.0, lang)
    late = describe_duration(chronicle.lateness_s or 0.0, lang)
    sent, acknowledged = chronicle.counts["telemetry_put"], chronicle.counts["telemetry_acked"]
    way = {
        "modem": out.pick(
            en="through the modem's own TCP stack (AT commands)",
            ru="через TCP-стек самого модема (AT-команды)",
        ),
        "host": out.pick(en="through this machine's network", ru="через сеть этого компьютера"),
    }[chronicle.uplink]
    return [
        "",
        out.pick(
            en=f"The device is on line. All of this was simulated and took {real_s:.0f} s of your time.",
            ru=f"Устройство на связи. Всё это симуляция и заняло {real_s:.0f} с вашего времени.",
        ),
        "",
        f"  {clock(0.0)}  "
        + out.pick(
            en="the gateway starts; the SIM is still in stock, the network denies it",
            ru="шлюз запущен; SIM-карта ещё «на складе», сеть отказывает",
        ),
        f"  {clock(chronicle.activated_at)}  "
        + out.pick(
            en=f"after {wait} the operator activates it; nobody tells the modem",
            ru=f"через {wait} оператор активировал её; модему никто не сообщил",
        ),
        f"  {clock(chronicle.registered_at)}  "
        + out.pick(
            en=f"{late} later attempt {chronicle.attempts} finds out: the modem is in the network",
            ru=f"ещё через {late} это выяснила попытка {chronicle.attempts}: модем в сети",
        ),
        f"  {clock(chronicle.online_at)}  "
        + out.pick(
            en=f"the cloud registers the controller as {chronicle.device_id}",
            ru=f"облако зарегистрировало контроллер как {chronicle.device_id}",
        ),
        "",
        "  "
        + out.pick(
            en=f"{sent} telemetry messages sent, {acknowledged} processed and confirmed by the cloud,",
            ru=f"Сообщений с показаниями: отправлено {sent}, подтверждено облаком {acknowledged},",
        ),
        f"  {way}.",
        "",
        "  "
        + out.pick(
            en="Next: thermogate sim modem --help, or examples/gateway.toml.",
            ru="Дальше: thermogate sim modem --help или examples/gateway.toml.",
        ),
    ]


def _failure(out: Output, chronicle: Chronicle) -> list[str]:
    words = "" if chronicle.explanation is None else chronicle.explanation.render(out.lang)
    return ["", out.pick(en="The story did not end well.", ru="История не закончилась как надо."), words]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
