"""ZONT controllers on the local network, over their WebSocket (a `ControllerDriver`).

The line lives as long as it works: what the controller pushes is kept, and `read` asks for the rest. A question that
stays unanswered ends the line, because its late answer could be taken for that of the next; the next `open` makes a
new one. A controller that is away is not pestered: tries come 5, 10, 20, 30 and then 60 s apart, and the ladder begins
anew once a line has lasted a minute.

A setpoint is written when the object shows it. That the controller has accepted a command means only that it will try.

Needs the extra `zont` (aiohttp).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp

from gateway.controllers import zont_conversation as wire
from gateway.controllers.driver import (
    ControllerDataError,
    ControllerIdentity,
    ControllerLoginError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from gateway.controllers.zont_conversation import Conversation, NotUnderstoodError, Question, State
from gateway.controllers.zont_points import (
    POINTS,
    find_setting,
    is_news,
    object_of,
    points_of,
    reading_name,
)
from provisioning.clock import Clock, SystemClock
from provisioning.controller_profile import Value
from provisioning.messages import Reading
from provisioning.zont.checks import APN_PARAMETER, ControllerFacts
from provisioning.zont.config_text import ConfigText, ConfigTextError, parse_values
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_types import ANY_TYPE

T = TypeVar("T")
log: Final = logging.getLogger(__name__)

RECONNECT_S: Final = (5.0, 10.0, 20.0, 30.0, 60.0)
"""Between one failed try and the next."""
STABLE_S: Final = 60.0
"""A line that has lasted so long was no accident."""
LIST_AGAIN_S: Final = 600.0
"""Objects may be added or deleted at run time; this often their list is asked for anew."""
CONFIRM_INTERVAL_S: Final = 0.5
LINK_LINES: Final = ("#S4?", "#S6?")


def websocket_url(url: str) -> str:
    """`zont://host[:port]` to `ws://host[:port]/ws`; `zonts://` to `wss://…`.

    Raises:
        ControllerUrlError: saying what is wrong.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"zont", "zonts"}:
        raise ControllerUrlError(f"{url}: a ZONT controller's URL starts with zont:// or zonts://")
    if "@" in parts.netloc:
        # It would be logged with the URL.
        raise ControllerUrlError("user and password of a controller are set beside the URL, not in it")
    try:
        port = parts.port
    except ValueError:
        raise ControllerUrlError(f"{url}: the port is a number of 1 to 65535") from None
    if not parts.hostname or parts.path not in {"", "/", "/ws"} or parts.query:
        raise ControllerUrlError(f"{url}: a host is needed and nothing behind it: zont://192.168.1.20")
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
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        names: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        timeout_s: float = 5.0,
        confirm_s: float = 10.0,
    ) -> None:
        self._url = websocket_url(url)
        self._sign_in = wire.sign_in(user, password)
        self._names = dict(names or {})
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._confirm_s = confirm_s
        self._line: _Line | None = None
        self._failures = 0
        self._not_before = 0.0
        self._opened_at: float | None = None
        self._listed_at = 0.0
        self._ids: list[int] = []
        self._told: Callable[[], None] = lambda: None

    def notify(self, changed: Callable[[], None]) -> None:
        """Call `changed` when the controller tells of something by itself that is worth a report."""
        self._told = changed

    async def open(self) -> None:
        """Open the line and sign in.

        Raises:
            ControllerUnreachableError: nothing answers there, or it is too early for the next try.
            ControllerLoginError: wrong user or password.
            ControllerSilentError: no answer to the sign-in.
        """
        if self._line is not None and self._line.alive:
            return
        await self.close()
        now = self._clock.monotonic()
        if now < self._not_before:
            raise ControllerUnreachableError(f"{self._url}: next try in {self._not_before - now:.0f} s")
        try:
            self._line = await _Line.open(self._url, self._pushed, self._timeout_s)
            answer = await self._ask(self._sign_in)
        except (ControllerUnreachableError, ControllerSilentError, ControllerDataError):
            await self.close()
            self._give_way()
            raise
        if answer.get("auth") != 200:
            await self.close()
            self._give_way()
            raise ControllerLoginError(f"{self._url}: the controller refuses this user and password")
        self._opened_at = self._clock.monotonic()
        self._listed_at = -LIST_AGAIN_S

    async def close(self) -> None:
        """Close the line. Closing a closed one is no error."""
        line, self._line = self._line, None
        if line is None:
            return
        opened_at, self._opened_at = self._opened_at, None
        if opened_at is not None:
            if self._clock.monotonic() - opened_at >= STABLE_S:
                self._failures = 0
            if not line.alive:
                self._give_way()
        await line.close()

    async def identify(self) -> ControllerIdentity:
        """Ask for serial (`#S54?`), model and firmware (`#S7?`)."""
        serial = await self._asked("#S54?")
        about = (await self._asked("#S7?") or "").rsplit(" ", 2)
        if serial is None or len(about) != 3:
            raise ControllerDataError("the controller does not say what it is")
        model, board, firmware = about
        return ControllerIdentity(serial, model, f"{board}.{firmware}")

    async def read(self) -> list[Reading]:
        """Ask for every object; one that is not available now gives bad readings."""
        now = self._clock.monotonic()
        if now - self._listed_at >= LIST_AGAIN_S:
            await self._list()
            self._listed_at = now
        objects = self._objects
        for object_id in self._ids:
            await self._ask(wire.state_of(object_id))
        at = self._clock.now()
        readings = [each for number in self._ids for each in self._readings(number, objects[number], at)]
        return [*readings, *await self._link_readings()]

    async def write(self, name: str, value: Value) -> Value:
        """Set a point and wait until its object shows it.

        Raises:
            SetpointRefusedError: no such point, only read, or out of its limits; nothing was sent.
            ControllerRefusedError: the controller would not take it.
            SetpointNotConfirmedError: it took it and does not show it.
        """
        general = next((key for key, own in self._names.items() if own == name), name)
        if not self._ids:
            await self.read()
        object_id, setting = find_setting(general, self._objects)
        try:
            sent = setting.encode(value)
        except ValueError as error:
            raise SetpointRefusedError(f"{name}: {value} is not {error}") from None
        result = self._understood(wire.result_from, await self._ask(wire.command(object_id, sent)))
        if result != 0:
            raise ControllerRefusedError(f"set {name}", result)
        deadline = self._clock.monotonic() + self._confirm_s
        while True:
            state = await self._ask(wire.state_of(object_id))
            if setting.holds(state, value):
                return value
            if self._clock.monotonic() >= deadline:
                break
            await self._clock.sleep(CONFIRM_INTERVAL_S)
        raise SetpointNotConfirmedError(
            f"{name}: {value} was accepted but is not shown after {self._confirm_s:g} s"
        )

    async def facts(self) -> ControllerFacts:
        """Ask for everything that the checks of an installation go by. Writes nothing.

        A real controller's configuration is judged by its published places alone; lines that are not understood are
        left out, since their form is not published.
        """
        await self.read()
        config = ConfigText()
        for object_id in self._understood(wire.ids_from, await self._ask(wire.ids_of(ANY_TYPE))):
            text = await self._asked(f"#Z{object_id}?")
            try:
                config.set_object(object_id, parse_values(text or ""))
            except ConfigTextError:
                continue
        apn = await self._asked("#S203?")
        config.set_parameter(APN_PARAMETER, apn or "")
        supply = ((await self._asked("#S6?")) or "").split(" ")
        return ControllerFacts(
            config,
            {each: dict(state) for each, state in self._objects.items()},
            on_battery=supply[1] != "0" if len(supply) > 1 else None,
            published_only=await self._asked("#S219?") != SIMULATOR_MARK,
        )

    def title(self, name: str) -> str:
        """The object's name as its owner has given it."""
        general = next((key for key, own in self._names.items() if own == name), name)
        state = {} if self._line is None else object_of(general, self._line.conversation.objects)
        title = state.get("name")
        return title if isinstance(title, str) else ""

    @property
    def _objects(self) -> Mapping[int, State]:
        if self._line is None:
            raise ControllerUnreachableError(f"{self._url}: the line is not open")
        return self._line.conversation.objects

    async def _list(self) -> None:
        """Which objects there are, type by type: 255 lists them all but does not say what they are."""
        ids: list[int] = []
        for type_number in POINTS:
            answer = await self._ask(wire.ids_of(type_number))
            ids.extend(self._understood(wire.ids_from, answer))
        self._ids = list(dict.fromkeys(ids))

    def _readings(self, object_id: int, state: State, at: float) -> list[Reading]:
        available = state.get("a", 1) == 1 and "failed" not in state
        readings = []
        for point in points_of(state):
            if point.field not in state and available:
                continue
            value = point.value(state) if available else None
            type_number = state["type"]
            assert isinstance(type_number, int)
            general = reading_name(object_id, type_number, point)
            readings.append(
                Reading(
                    name=self._names.get(general, general),
                    value=value,
                    unit=point.unit_of(state),
                    at=at,
                    quality="bad" if value is None else "good",
                )
            )
        return readings

    async def _link_readings(self) -> list[Reading]:
        """Field strength and supply, which tell an installer why the cloud is silent."""
        at = self._clock.now()
        gsm, supply = [((await self._asked(line)) or "").split(" ") for line in LINK_LINES]
        numbers = {
            "controller.gsm_level": (gsm, 0, "", 1.0),
            "controller.gsm_registration": (gsm, 1, "", 1.0),
            "controller.supply": (supply, 0, "V", 0.1),
            "controller.on_battery": (supply, 1, "", 1.0),
        }
        return [
            Reading(name=name, value=round(int(words[place]) * scale, 1), unit=unit, at=at)
            for name, (words, place, unit, scale) in numbers.items()
            if len(words) > place and words[place].isascii() and words[place].isdigit()
        ]

    async def _asked(self, line: str) -> str | None:
        return self._understood(wire.value_from, await self._ask(wire.system(line)))

    async def _ask(self, question: Question) -> State:
        if self._line is None or not self._line.alive:
            raise ControllerUnreachableError(f"{self._url}: the line is not open")
        return await self._line.ask(question)

    def _understood(self, read: Callable[[State], T], answer: State) -> T:
        try:
            return read(answer)
        except NotUnderstoodError as error:
            raise ControllerDataError(f"{self._url}: {error}") from None

    def _pushed(self, object_id: int, before: State, message: State) -> None:
        if is_news(before, message):
            self._told()

    def _give_way(self) -> None:
        """A try or a line has failed: the next comes later."""
        self._not_before = self._clock.monotonic() + RECONNECT_S[min(self._failures, len(RECONNECT_S) - 1)]
        self._failures += 1


class _Line:
    """One open WebSocket with the task that hears it."""

    def __init__(
        self,
        url: str,
        socket: aiohttp.ClientWebSocketResponse,
        stack: AsyncExitStack,
        pushed: Callable[[int, State, State], None],
        timeout_s: float,
    ) -> None:
        self._url = url
        self._socket = socket
        self._stack = stack
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._answer: asyncio.Future[State] | None = None
        self._broken = False
        self.conversation = Conversation(pushed)
        self._hearing = asyncio.create_task(self._hear(), name="zont-local")

    @classmethod
    async def open(cls, url: str, pushed: Callable[[int, State, State], None], timeout_s: float) -> Self:
        """Raises ControllerUnreachableError."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            try:
                async with asyncio.timeout(timeout_s):
                    # A controller on the LAN has no certificate that anybody could check.
                    socket = await session.ws_connect(
                        url, max_msg_size=wire.MAX_MESSAGE_BYTES, heartbeat=30.0, ssl=False
                    )
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise ControllerUnreachableError(f"{url}: {error or 'no answer'}") from error
            stack.push_async_callback(socket.close)
            return cls(url, socket, stack.pop_all(), pushed, timeout_s)
        raise AssertionError("unreachable")

    @property
    def alive(self) -> bool:
        """Whether questions may be asked."""
        return not self._broken and not self._hearing.done() and not self._socket.closed

    async def ask(self, question: Question) -> State:
        """Send a question and wait for its answer.

        Raises:
            ControllerSilentError: no answer in time, or the line broke; it is closed.
        """
        async with self._lock:
            if not self.alive:
                raise ControllerSilentError(f"{self._url}: the line is closed")
            self._answer = asyncio.get_running_loop().create_future()
            text = self.conversation.ask(question)
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._socket.send_str(text)
                    return await self._answer
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                shown = "the sign-in" if question.secret else text
                self._broken = True
                raise ControllerSilentError(f"{self._url}: no answer to {shown}") from error
            except asyncio.CancelledError:
                self._broken = True
                raise
            finally:
                self._answer = None

    async def _hear(self) -> None:
        try:
            async for frame in self._socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    # Binary frames carry the file protocol and copies of what comes as text.
                    continue
                try:
                    answer = self.conversation.hear(frame.data)
                except NotUnderstoodError as error:
                    log.warning("%s: %s", self._url, error)
                    continue
                if answer is not None and self._answer is not None and not self._answer.done():
                    self._answer.set_result(answer)
        finally:
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(ControllerSilentError(f"{self._url}: the controller hung up"))

    async def close(self) -> None:
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        await self._stack.aclose()
