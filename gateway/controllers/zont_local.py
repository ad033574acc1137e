"""ZONT controllers on the local network, over their WebSocket (a `ControllerDriver`).

The line lives as long as it works: what the controller pushes is kept, and once a minute `read` asks for everything, as
the maker's own clients do. A controller that is away is not pestered (`zont_ladder`). A line that breaks is told of at
once. A question that has ended two lines by staying unanswered is not asked again: a firmware that does not know it is
no reason to lose the rest.

A setpoint is written when the object shows it, looked for on a new line if the controller restarts in between; the
command itself is never sent twice. That the controller has accepted a command means only that it will try.

Needs the extra `zont` (aiohttp).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

from gateway.controllers import zont_conversation as wire
from gateway.controllers.driver import (
    ControllerDataError,
    ControllerError,
    ControllerForeignError,
    ControllerIdentity,
    ControllerLoginError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from gateway.controllers.zont_conversation import NotUnderstoodError, Question, State, number_in
from gateway.controllers.zont_ladder import Ladder
from gateway.controllers.zont_line import ZontLine
from gateway.controllers.zont_objects import ZontObjects, mode_of
from gateway.controllers.zont_points import (
    POINTS,
    Point,
    Setting,
    find_point,
    is_available,
    is_news,
    split_name,
)
from provisioning.clock import Clock, SystemClock
from provisioning.controller_profile import Value
from provisioning.messages import Reading
from provisioning.zont.config_text import ConfigTextError, ObjectLine, parse_values
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues

T = TypeVar("T")
log: Final = logging.getLogger(__name__)

POLL_S: Final = 60.0
"""Everything is asked for this often, as the maker's clients do; in between there are the pushes."""
POLL_EARLY_S: Final = 1.0
"""A report that comes a little early is still that minute's."""
LIST_AGAIN_S: Final = 600.0
"""Objects may be added or deleted at run time without a word; this often their list is asked for anew."""
CONNECT_S: Final = 5.0
"""For the line and the sign-in, each."""
LINE_S: Final = 3.0
"""For a text line: some firmware does not know it and never answers."""
CONFIRM_INTERVAL_S: Final = 0.5
MUTE_AFTER: Final = 2
"""Lines that one question may end."""
RELAY_INVERTED: Final = 1 | 8
"""Bits of a relay's flags: its output is off when it is on."""
LINK_LINES: Final = ("#S4?", "#S6?")


def websocket_url(url: str) -> str:
    """`zont://host[:port]` to `ws://host[:port]/ws`; `zonts://` to `wss://…`.

    Raises:
        ControllerUrlError: saying what is wrong.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"zont", "zonts"}:
        raise ControllerUrlError(
            f"{url}: a ZONT controller's URL starts with zont:// or zonts://",
            f"{url}: адрес контроллера ZONT начинается с zont:// или zonts://",
        )
    if "@" in parts.netloc:
        # It would be logged with the URL.
        raise ControllerUrlError(
            "user and password of a controller are set beside the URL, not in it",
            "имя и пароль контроллера задаются рядом с адресом, а не в нём",
        )
    try:
        port = parts.port
    except ValueError:
        raise ControllerUrlError(
            f"{url}: the port is a number of 1 to 65535", f"{url}: порт — число от 1 до 65535"
        ) from None
    if not parts.hostname or parts.path not in {"", "/", "/ws"} or parts.query:
        raise ControllerUrlError(
            f"{url}: a host is needed and nothing behind it: zont://192.168.1.20",
            f"{url}: нужен адрес и ничего после него: zont://192.168.1.20",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    scheme = "wss" if parts.scheme == "zonts" else "ws"
    return f"{scheme}://{host}{'' if port is None else f':{port}'}/ws"


class ZontController:
    """A controller on the local network.

    Args:
        url: `zont://host[:port]`, or `zonts://` for TLS.
        user, password: of the controller's local access.
        names: readings' own names by their general ones, as `circuit.8362.setpoint` to `air_setpoint`; a setpoint may
            be given by either.
        clock: stamps the readings.
        timeout_s: for one answer.
        confirm_s: a setpoint that is not shown within this time counts as not taken.
        poll_s: `read` asks the controller no more often than this and gives what was pushed in between.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        names: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        timeout_s: float = 10.0,
        confirm_s: float = 10.0,
        poll_s: float = POLL_S,
    ) -> None:
        self.url: Final = url
        self._socket_url = websocket_url(url)
        self._sign_in = wire.sign_in(user, password)
        self._names = dict(names or {})
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._confirm_s = confirm_s
        self._poll_s = poll_s
        self._told: Callable[[], None] = lambda: None
        self._ladder = Ladder()
        self._failure: ControllerError = ControllerUnreachableError(f"{self.url}: not tried yet")
        self._line: ZontLine | None = None
        self._opened_at = 0.0
        self._ended_at: float | None = None
        self._polled_at: float | None = None
        self._listed_at: float | None = None
        self._objects = ZontObjects(self._names)
        self._link: dict[str, list[str]] = {}
        self._link_at = 0.0
        self._unanswered: Counter[str] = Counter()

    def notify(self, changed: Callable[[], None]) -> None:
        """Call `changed` when the controller tells of something by itself that is worth a report, or has gone."""
        self._told = changed

    # -- the line

    async def open(self) -> None:
        """Open the line and sign in.

        Raises:
            ControllerForeignError: something else answers there.
            ControllerLoginError: wrong user or password.
            ControllerSilentError: no answer to the sign-in.
            ControllerUnreachableError: nothing answers there.
            The same as last time, with `retry_after_s`, while it is too early for the next try.
        """
        if self._line is not None and self._line.alive:
            return
        await self.close()
        wait_s = self._ladder.wait_s(self._clock.monotonic())
        if wait_s > 0:
            raise self._too_early(wait_s)
        try:
            await self._sign_in_anew()
        except ControllerError as error:
            line, self._line = self._line, None
            if line is not None:
                await line.close()
            self._failed(error)
            raise

    async def _sign_in_anew(self) -> None:
        self._line = line = await ZontLine.open(
            self._socket_url,
            shown=self.url,
            pushed=self._pushed,
            ended=self._line_ended,
            connect_s=CONNECT_S,
            timeout_s=self._timeout_s,
        )
        self._objects.fields = line.conversation.objects
        answer = await line.ask(self._sign_in, within_s=min(CONNECT_S, self._timeout_s))
        if number_in(answer, "auth") != 200:
            raise ControllerLoginError(f"{self.url}: the controller refuses this user and password")
        self._opened_at = self._clock.monotonic()
        self._ended_at = self._polled_at = self._listed_at = None

    async def close(self) -> None:
        """Close the line. Closing a closed one is no error."""
        line, self._line = self._line, None
        if line is None:
            return
        ended_at = self._ended_at
        self._ladder.lasted((ended_at or self._clock.monotonic()) - self._opened_at)
        if ended_at is not None:
            self._ladder.failed(ended_at)
        await line.close()

    def _line_ended(self, unnoticed: bool) -> None:
        self._ended_at = self._clock.monotonic()
        self._failure = ControllerUnreachableError(f"{self.url}: the line broke")
        if unnoticed:
            self._told()

    def _failed(self, error: ControllerError) -> None:
        self._failure = error
        now = self._clock.monotonic()
        # Nobody changes a password within seconds, and a controller may well lock out who guesses.
        self._ladder.failed(now, at_top=not error.retryable)
        error.retry_after_s = self._ladder.wait_s(now)

    def _too_early(self, wait_s: float) -> ControllerError:
        kinds = (ControllerLoginError, ControllerForeignError, ControllerSilentError)
        kind = next((each for each in kinds if isinstance(self._failure, each)), ControllerUnreachableError)
        error = kind(f"{str(self._failure).partition('; next try')[0]}; next try in {wait_s:.0f} s")
        error.retry_after_s = wait_s
        return error

    # -- questions

    async def identify(self) -> ControllerIdentity:
        """Ask for serial (`#S54?`), model and firmware (`#S7?`)."""
        serial = await self.ask_line("#S54?")
        about = (await self.ask_line("#S7?") or "").split()
        if serial is None or len(about) < 3:
            raise ControllerDataError(f"{self.url}: the controller does not say what it is")
        *model, board, firmware = about
        return ControllerIdentity(serial, " ".join(model).replace("_", " "), f"{board}.{firmware}")

    async def ask_line(self, line: str) -> str | None:
        """Ask for a line such as `#S4?` or `#Z8362?`; None: no data now."""
        answer = await self._ask(wire.system(line), within_s=min(LINE_S, self._timeout_s))
        return self._understood(wire.value_from, answer)

    async def ask_line_if_known(self, line: str) -> str | None:
        """The same of a line that not every firmware knows; None too when it has ended lines by its silence.

        Raises:
            ControllerError: it stayed unanswered now.
        """
        if self._unanswered[line] >= MUTE_AFTER:
            return None
        try:
            value = await self.ask_line(line)
        except ControllerSilentError:
            self._was_silent(line)
            raise
        except ControllerDataError as error:
            log.warning("%s", error)
            return None
        del self._unanswered[line]
        return value

    async def ask_ids(self, type_number: int) -> list[int]:
        """The ids of a type's objects; 255 is all types."""
        return self._understood(wire.ids_from, await self._ask(wire.ids_of(type_number)))

    async def _ask_state(self, object_id: int) -> None:
        question = wire.state_of(object_id)
        if self._unanswered[question.text] >= MUTE_AFTER:
            return
        try:
            await self._ask(question)
        except ControllerSilentError:
            self._was_silent(question.text)
            raise
        del self._unanswered[question.text]
        self._objects.seen_at[object_id] = self._clock.now()

    async def _ask(self, question: Question, *, within_s: float | None = None) -> State:
        if self._line is None or not self._line.alive:
            raise ControllerUnreachableError(f"{self.url}: the line is not open")
        return await self._line.ask(question, within_s=within_s)

    def _was_silent(self, question: str) -> None:
        self._unanswered[question] += 1
        if self._unanswered[question] == MUTE_AFTER:
            log.warning("%s: %s is never answered and is not asked again", self.url, question)

    def _understood(self, read: Callable[[State], T], answer: State) -> T:
        try:
            return read(answer)
        except NotUnderstoodError as error:
            raise ControllerDataError(f"{self.url}: {error}") from None

    # -- reading

    @property
    def states(self) -> dict[int, State]:
        """The fields of all objects that are reported."""
        return self._objects.states

    async def read(self) -> list[Reading]:
        """Every object's values; one that is not available now gives bad readings."""
        await self._poll_if_due()
        objects, now_s = self._objects, self._clock.now()
        readings = [
            each for number in [*objects.ids, *objects.modes] for each in objects.readings(number, now_s)
        ]
        return [*readings, *self._link_readings()]

    async def _poll_if_due(self) -> None:
        now = self._clock.monotonic()
        if self._is_list_old(now):
            await self._list()
            self._listed_at, self._polled_at = now, None
        if self._polled_at is not None and now - self._polled_at < self._poll_s - POLL_EARLY_S:
            return
        for object_id in self._objects.ids:
            await self._ask_state(object_id)
        self._polled_at = now
        try:
            self._link = {line: (await self.ask_line_if_known(line) or "").split() for line in LINK_LINES}
            self._link_at = self._clock.now()
        except ControllerSilentError as error:
            # The objects have answered; whether the controller has gone just now, the next question tells.
            log.warning("%s", error)
            self._link = {}

    def _is_list_old(self, now: float) -> bool:
        if self._line is None or self._listed_at is None:
            return True
        return self._line.conversation.list_is_old or now - self._listed_at >= LIST_AGAIN_S

    async def _list(self) -> None:
        """Which objects there are, type by type: 255 lists them all but does not say what they are."""
        if self._line is not None:
            self._line.conversation.list_is_old = False
        found: dict[int, list[int]] = {}
        for type_number in [*POINTS, ObjectType.HEATING_MODE]:
            try:
                found[type_number] = await self.ask_ids(type_number)
            except ControllerDataError as error:
                log.warning("%s: type %d: %s", self.url, type_number, error)
        modes = found.pop(ObjectType.HEATING_MODE, [])
        lines = {each: await self._config_of(each) for each in [*found.get(ObjectType.RELAY, []), *modes]}
        self._objects.inverted = {
            number
            for number, values in lines.items()
            if values is not None
            and values.type is ObjectType.RELAY
            and values.number("flags") & RELAY_INVERTED
        }
        self._objects.modes = {number: mode_of(lines[number]) for number in modes}
        self._objects.ids = list(dict.fromkeys(each for ids in found.values() for each in ids))

    async def _config_of(self, object_id: int) -> ObjectValues | None:
        """An object's line by its published places; None: it is not told, or not understood."""
        text = await self.ask_line_if_known(f"#Z{object_id}?")
        try:
            line = ObjectLine(object_id, parse_values(text or ""))
        except ConfigTextError:
            return None
        known = line.type_number in (ObjectType.RELAY, ObjectType.HEATING_MODE)
        return ObjectValues(line, published_only=True) if known else None

    def _link_readings(self) -> list[Reading]:
        """Field strength and supply, which tell an installer why the cloud is silent."""
        gsm, supply = (self._link.get(line, []) for line in LINK_LINES)
        numbers = {
            "controller.gsm_level": (gsm, 0, "", 1.0),
            "controller.gsm_registration": (gsm, 1, "", 1.0),
            "controller.supply": (supply, 0, "V", 0.1),
            "controller.on_battery": (supply, 1, "", 1.0),
        }
        return [
            Reading(name=name, value=_scaled(int(words[place]), scale), unit=unit, at=self._link_at)
            for name, (words, place, unit, scale) in numbers.items()
            if len(words) > place and words[place].isascii() and words[place].isdigit()
        ]

    def title(self, name: str) -> str:
        """The object's name as its owner has given it."""
        state = self._objects.state_of(split_name(self._general(name))[1]) or {}
        title = state.get("name")
        return title.strip() if isinstance(title, str) else ""

    def _general(self, name: str) -> str:
        return next((key for key, own in self._names.items() if own == name), name)

    def _pushed(self, object_id: int, before: State, message: State) -> None:
        self._objects.seen_at[object_id] = self._clock.now()
        self._unanswered.pop(wire.state_of(object_id).text, None)
        if self._listed_at is not None and is_news(before, message):
            self._told()

    # -- writing

    async def write(self, name: str, value: Value) -> Value:
        """Set a point and wait until its object shows it; returns what it then shows.

        Raises:
            SetpointRefusedError: no such point, only read, or out of its limits; nothing was sent.
            ControllerRefusedError: the controller would not take it.
            SetpointNotConfirmedError: it took it, or may have, and does not show it.
        """
        await self._poll_if_due()
        object_id = split_name(self._general(name))[1]
        point, setting = find_point(self._general(name), self._objects.state_of(object_id))
        wanted = self._objects.mode_named(name, value) if point.field == "m_id" else value
        try:
            sent = setting.encode(wanted)
        except ValueError as error:
            raise SetpointRefusedError(
                f"{name}: {value} is not possible; possible is {error}",
                f"{name}: {value} нельзя; можно: {error}",
            ) from None
        accepted = True
        try:
            result = self._understood(wire.result_from, await self._ask(wire.command(object_id, sent)))
            if result != 0:
                raise ControllerRefusedError(f"set {name}", result)
        except ControllerSilentError:
            # It may have restarted over it, before or after it was done.
            accepted = False
            if setting.is_momentary:
                raise
        if await self._is_shown(object_id, setting, wanted):
            return value if setting.is_momentary else self._shown(object_id, point)
        shown = self._shown(object_id, point)
        said = "accepted" if accepted else "not answered"
        seen = "nothing can be read" if shown is None else f"{shown} is shown"
        raise SetpointNotConfirmedError(
            f"{name}: {value} was {said}, but {seen} after {self._confirm_s:g} s", shown
        )

    async def _is_shown(self, object_id: int, setting: Setting, wanted: Value) -> bool:
        mode = self._objects.modes.get(object_id)
        watched = [object_id] if mode is None else self._objects.circuits_of(mode)
        deadline = self._clock.monotonic() + self._confirm_s
        while True:
            try:
                await self.open()
                for each in watched:
                    await self._ask(wire.state_of(each))
                    self._objects.seen_at[each] = self._clock.now()
                if setting.holds(self._objects.state_of(object_id) or {}, wanted):
                    return True
                if setting.inner_holds is not None:
                    inner = await self.ask_line_if_known(f"#Y{object_id}?")
                    if setting.inner_holds(inner or "", wanted):
                        return True
            except (ControllerSilentError, ControllerUnreachableError) as error:
                # A restart: it is looked for again on a new line.
                log.warning("%s", error)
            if self._clock.monotonic() >= deadline:
                return False
            await self._clock.sleep(CONFIRM_INTERVAL_S)

    def _shown(self, object_id: int, point: Point) -> Value:
        state = self._objects.state_of(object_id)
        return point.value(state) if state is not None and is_available(state) else None


def _scaled(number: int, scale: float) -> int | float:
    value = round(number * scale, 1)
    return int(value) if value == int(value) else value
