"""What happened in the demo and when, by the emulated clock: for the live picture and for the summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from firmware_sim.network import StateChange, Subscriber, SubscriberState
from gateway.cli.durations import describe_duration
from gateway.cli.live_view import JourneyView
from gateway.cli.state_words import signal_words, state_words
from provisioning.explanations import explain_state
from provisioning.journey import State

if TYPE_CHECKING:
    from gateway.cli.demo_world import DemoWorld
    from gateway.cli.output import Language
    from gateway.commissioning import Progress
    from provisioning.explanations import Explanation

UTC_OFFSET: Final = timedelta(hours=3)
"""Moscow, where the emulated operator is."""
ROUNDING_S: Final = 0.5
"""Noon minus a floating-point error is noon."""
IN_NETWORK: Final = frozenset(
    {
        State.REGISTERED_NO_DATA,
        State.ATTACHED,
        State.CLOUD_CONNECTING,
        State.REGISTERING,
        State.PENDING_APPROVAL,
        State.ONLINE,
    }
)


class Chronicle:
    """Follows the world and the gateway.

    Args:
        world: all times are of its clock's `monotonic`, from the world's start.
    """

    def __init__(self, world: DemoWorld, lang: Language) -> None:
        self.tell: Callable[[str, str], None] = lambda clock, text: None
        self.registered_at: float | None = None
        self.online_at: float | None = None
        self.attempts = 0
        self.state = State.NO_MODEM
        self.explanation: Explanation | None = None
        self.device_id: str | None = None
        self.counts: Mapping[str, int] = {}
        self.closed = False
        self.uplink = world.config.uplink.kind
        self._world = world
        self._lang = lang
        self._next_attempt_at: float | None = None
        self._told_attempts = 0
        world.site.network.observe(self._card_changed)

    @property
    def succeeded(self) -> bool:
        """The device came on line and the cloud confirmed what it sent."""
        return self.online_at is not None and self.counts.get("telemetry_acked", 0) > 0

    @property
    def lateness_s(self) -> float | None:
        """From the operator's activation to the network's yes, in emulated seconds."""
        if self.registered_at is None or self.activated_at is None:
            return None
        return self.registered_at - self.activated_at

    @property
    def activated_at(self) -> float | None:
        """When the operator activated the card, in emulated seconds from the start."""
        at = self._world.site.subscriber.activated_at
        return None if at is None else at - self._world.started_at

    @property
    def elapsed_s(self) -> float:
        """Emulated seconds since the start."""
        return self._world.clock.monotonic() - self._world.started_at

    def clock_text(self, elapsed_s: float | None = None) -> str:
        """The emulated wall clock, now or `elapsed_s` after the start."""
        now = self._world.clock.now()
        if elapsed_s is not None:
            now += elapsed_s - self.elapsed_s + ROUNDING_S
        return f"{datetime.fromtimestamp(now, UTC) + UTC_OFFSET:%H:%M}"

    def pick(self, *, en: str, ru: str) -> str:
        """The text in the chosen language."""
        return ru if self._lang == "ru" else en

    def news(self, *, en: str, ru: str) -> None:
        """Tell something that happened just now."""
        self.tell(self.clock_text(), self.pick(en=en, ru=ru))

    def begin(self) -> None:
        """Tell how things stand at the start."""
        self.news(
            en="the SIM card is paid for, but the operator still has it in stock",
            ru="SIM-карта оплачена, но у оператора она ещё «на складе»",
        )

    def follow(self, progress: Progress) -> None:
        """Take in a step of commissioning; tells about a new state."""
        if self.closed:
            return
        snapshot = progress.snapshot
        before, self.state = self.state, snapshot.state
        self.attempts = snapshot.attempts
        self.explanation = explain_state(snapshot.state, snapshot.reason)
        self.device_id = snapshot.device_id or self.device_id
        self._next_attempt_at = snapshot.next_attempt_at
        if self.state in IN_NETWORK and self.registered_at is None:
            self.registered_at = self.elapsed_s
        if self.state is State.ONLINE and self.online_at is None:
            self.online_at = self.elapsed_s
        if self.state is not before:
            self.tell(self.clock_text(), state_words(self.state.value, self._lang))
        if self._next_attempt_at is not None and self._told_attempts < self.attempts:
            self._told_attempts = self.attempts
            self._tell_denied()

    def view(self) -> JourneyView:
        """The present picture."""
        hours = describe_duration(self.elapsed_s, self._lang)
        rate = self._world.clock.rate
        pace = self.pick(en=f"1 s = {_pace(rate, 'en')}", ru=f"1 с = {_pace(rate, 'ru')}")
        return JourneyView(
            state=self.state.value,
            clock=f"{self.clock_text()}  +{hours}  ({pace})",
            sentence="" if self.explanation is None else self.explanation.render(self._lang),
            facts=tuple(self._facts()),
        )

    def close(self) -> None:
        """The story is told; what comes now is only putting things away."""
        self.closed = True

    def count(self, counts: Mapping[str, int]) -> None:
        """Take in the cloud link's counts."""
        first = not self.counts.get("telemetry_acked")
        self.counts = dict(counts)
        if first and self.counts.get("telemetry_acked"):
            self.news(
                en="the cloud has processed and confirmed the first readings",
                ru="облако обработало и подтвердило первые показания",
            )

    def _facts(self) -> list[tuple[str, str]]:
        site = self._world.site
        card = site.subscriber.state
        rssi_dbm = site.network.signal_dbm(site.modem.settings.imei)
        plant = self._world.controller.plant
        room_c, flow_c = plant.first_room.air_c, plant.boiler.flow_c
        sent, acknowledged = self.counts.get("telemetry_put", 0), self.counts.get("telemetry_acked", 0)
        attempts = str(self.attempts)
        if self._next_attempt_at is not None and not self.online_at:
            left = describe_duration(self._next_attempt_at - self._world.clock.now(), self._lang)
            attempts += self.pick(en=f", the next in {left}", ru=f", следующая через {left}")
        return [
            (self.pick(en="Attempts", ru="Попытки"), attempts),
            (self.pick(en="SIM at operator", ru="SIM у оператора"), self._card_words(card)),
            (self.pick(en="Signal", ru="Сигнал"), signal_words(rssi_dbm, self._lang)),
            (
                self.pick(en="Cloud", ru="Облако"),
                self.pick(
                    en=f"{sent} messages sent, {acknowledged} confirmed",
                    ru=f"отправлено {sent}, подтверждено {acknowledged}",
                ),
            ),
            (
                self.pick(en="House", ru="Дом"),
                self.pick(
                    en=f"rooms {room_c:.1f} °C, boiler {flow_c:.0f} °C",
                    ru=f"в комнатах {room_c:.1f} °C, котёл {flow_c:.0f} °C",
                ),
            ),
        ]

    def _card_words(self, state: SubscriberState) -> str:
        if state is SubscriberState.IN_STOCK:
            return self.pick(en="in stock", ru="на складе")
        if state is SubscriberState.ACTIVE:
            return self.pick(en="active", ru="активна")
        return state.value

    def _card_changed(self, subscriber: Subscriber, change: StateChange) -> None:
        if change.state is SubscriberState.ACTIVE:
            self.news(
                en="the operator has activated the card; nobody tells the modem",
                ru="оператор активировал карту; модему об этом никто не сообщает",
            )

    def _tell_denied(self) -> None:
        assert self._next_attempt_at is not None
        left = describe_duration(self._next_attempt_at - self._world.clock.now(), self._lang)
        self.news(
            en=f"attempt {self.attempts}: still denied; the next in {left}",
            ru=f"попытка {self.attempts}: снова отказ; следующая через {left}",
        )


def _pace(rate: float, lang: Language) -> str:
    return describe_duration(rate, lang)
