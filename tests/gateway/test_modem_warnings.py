"""A modem on a weak supply: it complains, gives up, falls over again and again; and what people are told of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from at_commands.links import Link
from gateway.explain import explain_kind, explain_snapshot
from gateway.modem_facts import TROUBLE_NOTICES
from gateway.modem_warnings import EPISODE_S
from provisioning.journey import OpenModem, Reason, State
from provisioning.messages import Event
from provisioning.topics import TopicKind

Player = Callable[..., None]


class TalkativeLink:
    """A link on which a modem can be made to say something more."""

    def __init__(self, link: Link) -> None:
        self.url = link.url
        self._link = link
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()
        self._hearing = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        while data := await self._link.read():
            self._heard.put_nowait(data)
        self._heard.put_nowait(b"")

    def say(self, line: str) -> None:
        self._heard.put_nowait(f"\r\n{line}\r\n".encode())

    async def read(self) -> bytes:
        return await self._heard.get()

    async def write(self, data: bytes) -> None:
        await self._link.write(data)

    async def close(self) -> None:
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        self._heard.put_nowait(b"")
        await self._link.close()


@pytest.fixture
def talk(play: Player) -> Callable[..., None]:
    """Run a story with a gateway that is on line, and a way to make its modem say a line."""

    def talking(story) -> None:
        async def whole(world) -> None:
            links: list[TalkativeLink] = []

            async def open_link() -> Link:
                links.append(TalkativeLink(world.site.emulated.connect()))
                return links[-1]

            async with world.running(open_link=open_link) as service:
                await world.reached(service, State.ONLINE)
                await story(world, service, lambda line: links[-1].say(line))

        play(whole)

    return talking


def test_a_warning_is_told_once_an_episode_and_harms_nothing(talk, caplog) -> None:
    async def story(world, service, say) -> None:
        since = service.runner.snapshot.since
        for _ in range(20):
            say("UNDER-VOLTAGE WARNNING")
            await world.clock.sleep(30)
        say("+CMTE: 1")
        await world.clock.sleep(EPISODE_S + 1)
        say("UNDER_VOLTAGE WARNING")
        await world.clock.sleep(30)
        assert service.runner.snapshot.state is State.ONLINE
        assert service.runner.snapshot.since == since
        device = await world.device()
        events = [
            Event.from_payload(message.payload)
            for message in await world.registrar.received(device.device_id, TopicKind.EVENT)
        ]
        assert [event.name for event in events] == [
            "modem.supply_low",
            "modem.temperature",
            "modem.supply_low",
        ]
        assert "transmit peaks" in events[0].text

    with caplog.at_level(logging.WARNING, "gateway.modem_warnings"):
        talk(story)
    assert len([each for each in caplog.records if each.name == "gateway.modem_warnings"]) == 3


def test_it_gives_up_for_want_of_power_and_people_are_told_why(talk) -> None:
    async def story(world, service, say) -> None:
        say("UNDER-VOLTAGE POWER DOWN")
        await world.until(
            lambda: any(each.snapshot.reason is Reason.BROWN_OUT for each in world.progress), within_s=60
        )
        (told, *_) = [each.snapshot for each in world.progress if each.snapshot.reason is Reason.BROWN_OUT]
        assert told.state is State.MODEM_STARTING
        explanation = explain_snapshot(told)
        assert explanation.who == "installer"
        assert "power supply and its cable" in explanation.render("en")
        assert "блок питания" in explanation.render("ru")
        await world.reached(service, State.ONLINE)

    talk(story)


def test_it_falls_over_again_and_again_and_is_left_alone_for_longer(talk) -> None:
    async def story(world, service, say) -> None:
        pauses = []
        for _ in range(6):
            await world.reached(service, State.ONLINE)
            world.progress.clear()
            say("RDY")
            await world.until(lambda: opening(world), within_s=30)
            pauses += opening(world)
        assert service.runner.snapshot.reason is Reason.RESTARTS_AGAIN
        assert pauses == [3, 3, 15, 30, 60, 120]
        await world.reached(service, State.ONLINE)

    talk(story)


def opening(world) -> list[float]:
    """After how many seconds the modem is to be opened again."""
    return [
        effect.after_s
        for progress in world.progress
        for effect in progress.effects
        if isinstance(effect, OpenModem)
    ]


@pytest.mark.parametrize("notice", TROUBLE_NOTICES.values())
def test_every_complaint_has_words_and_somebody_who_acts(notice) -> None:
    explanation = explain_kind(notice.value)
    assert explanation is not None
    assert explanation.who == "installer"
    for text in (explanation.what, explanation.meaning, explanation.next):
        assert any("а" <= letter.lower() <= "я" for letter in text.ru)
        assert text.en
