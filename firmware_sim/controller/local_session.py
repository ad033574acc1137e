"""The emulated controller's side of its local WebSocket, without I/O: a message in, at most one message out.

    message                              answer
    {"user":…, "pass":…}                 {"auth": 200} or {"auth": 401}
    {"req_ids": 16}                      {"ids": […]}; 255 is all types
    {"id": 7, "req_state": 0}            the object, or {"id": 7, "req_state": 0, "failed": 1}
    {"id": 7, "cmd": …}                  {"id": 7, "cmdres": 0}; another number is a refusal
    {"name":…, "type":…, "cmd":…}        the same with the id of the object that was found or made
    {"scmd": "#S4?"}                     {"scmdres": "#S4:…"}

Until the sign-in only the sign-in is answered; one that fails ends the session before it, and the next may succeed.
What makes no sense is left unanswered, as a request to a real one is. Ids and types are numbers, never texts. Answers
come in the order of the requests. Pushes are objects as `req_state` gives them; they go to who has signed in.

A line that comes as a binary frame is answered by a binary frame; so a client of JSON alone never gets one.

Source: PROTOCOL.md of zont-local, sections 1, 2 and 7. That nonsense goes unanswered is our choice.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeGuard

from pydantic import JsonValue

MAX_REQUEST_BYTES: Final = 64 * 1024


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Made once: `json.dumps` with other than its defaults makes one for each message."""


class ObjectModel(Protocol):
    """What a session asks of the firmware."""

    def ids(self, type_number: int) -> list[int]:
        """The ids of a type's objects; 255 is all."""
        ...

    def state(self, object_id: int) -> Mapping[str, JsonValue] | None:
        """An object's fields; None: there is no such object, or it has no state now."""
        ...

    def command(self, object_id: int, value: JsonValue) -> int:
        """Have an object do something; 0 is accepted, anything else is a refusal."""
        ...

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        """Find an object by name and type or make it, and have it do something: its id and the result."""
        ...

    def system(self, line: str) -> str | None:
        """Answer a text line, as `#S4?`; None: it is not answered."""
        ...


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """Who may use the local interface."""

    user: str = "admin"
    password: str = "admin"


class LocalSession:
    """One client's session."""

    def __init__(self, model: ObjectModel, access: LocalAccess) -> None:
        self._model = model
        self._access = access
        self.signed_in = False

    def receive(self, text: str) -> str | None:
        """Take a message; the answer, or None."""
        try:
            request: JsonValue = json.loads(text) if len(text) <= MAX_REQUEST_BYTES else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(request, dict) or not _is_text(text, request):
            return None
        answer = self._answer(request)
        return None if answer is None else _text(answer)

    def receive_line(self, data: bytes) -> bytes | None:
        """Take a text line that came as a binary frame, as `#Y8362?`; the answer in the same form, or None."""
        try:
            line = data.decode("cp1251")
        except UnicodeDecodeError:
            return None
        answer = self._model.system(line) if self.signed_in else None
        return None if answer is None else answer.encode("cp1251", errors="replace")

    def push(self, object_id: int) -> str | None:
        """What is told of an object that has changed; None to who has not signed in, and of one that is gone."""
        state = self._model.state(object_id) if self.signed_in else None
        return None if state is None else _text(state)

    def _answer(self, request: Mapping[str, JsonValue]) -> Mapping[str, JsonValue] | None:
        if "user" in request:
            return self._sign_in(request.get("user"), request.get("pass"))
        if not self.signed_in:
            return None
        if "req_ids" in request:
            wanted = request["req_ids"]
            return {"ids": [*self._model.ids(wanted)]} if _is_number(wanted) else None
        if "scmd" in request:
            line = request["scmd"]
            answer = self._model.system(line) if isinstance(line, str) else None
            return None if answer is None else {"scmdres": answer}
        if "cmd" in request:
            return self._command(request)
        if "req_state" in request:
            return self._state(request.get("id"))
        return None

    def _sign_in(self, user: JsonValue, password: JsonValue) -> Mapping[str, JsonValue]:
        given, wanted = [user, password], [self._access.user, self._access.password]
        self.signed_in = hmac.compare_digest(json.dumps(given).encode(), json.dumps(wanted).encode())
        return {"auth": 200 if self.signed_in else 401}

    def _state(self, object_id: JsonValue) -> Mapping[str, JsonValue] | None:
        if not _is_number(object_id):
            return None
        state = self._model.state(object_id)
        return {"id": object_id, "req_state": 0, "failed": 1} if state is None else state

    def _command(self, request: Mapping[str, JsonValue]) -> Mapping[str, JsonValue] | None:
        object_id, value = request.get("id"), request["cmd"]
        if _is_number(object_id):
            return {"id": object_id, "cmdres": self._model.command(object_id, value)}
        name, type_number, stype = request.get("name"), request.get("type"), request.get("stype")
        if (
            not isinstance(name, str)
            or not _is_number(type_number)
            or not (stype is None or _is_number(stype))
        ):
            return None
        found, result = self._model.named_command(name, type_number, stype, value)
        return {"id": found, "cmdres": result}


def _is_number(value: JsonValue) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(text: str, request: JsonValue) -> bool:
    """Whether its strings can be said again: an escape may name half a character, which no answer could hold."""
    try:
        if "\\u" in text:
            json.dumps(request, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(message: Mapping[str, JsonValue]) -> str:
    return _ENCODER.encode(message)
