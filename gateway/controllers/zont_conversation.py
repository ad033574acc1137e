"""One WebSocket conversation with a ZONT controller, without I/O: requests out, answers and pushes in.

The protocol has no request numbers, so one question is asked at a time and its answer is known by its shape:

    question                            answer                          known by
    {"user":…, "pass":…}                {"auth": 200}                   auth
    {"req_ids": 16}                     {"ids": […]}                    ids
    {"id": 7, "req_state": 0}           the object, or "failed": 1      id, and type or failed
    {"id": 7, "cmd": …}                 {"id": 7, "cmdres": 0}          cmdres and id (some firmware writes Id)
    {"name":…, "type":…, "cmd": …}      {"id": new, "cmdres": 0}        cmdres
    {"scmd": "#S4?"}                    {"scmdres": "#S4:…"}            scmdres, and the text before its colon

Two answers of one shape cannot be told apart: whoever gives a question up has to end the conversation, or the late
answer is taken for that of the next.

Anything else with an id is a push: the controller tells of a change by itself, also between a question and its answer.
Everything a push says holds; fields that it lacks stay as they were. An answer is the whole object. What is pushed
before the sign-in is not ours yet and is left alone.

Source: PROTOCOL.md of zont-local, sections 1, 2 and 7.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from pydantic import JsonValue

State: TypeAlias = Mapping[str, JsonValue]
"""An object's fields as they came."""

MAX_MESSAGE_BYTES: Final = 256 * 1024
MAX_ID: Final = 0xFFFFFFFF
MAX_NUMBER: Final = 1e9
"""Nothing that a house tells is larger."""
MAX_OBJECTS: Final = 4096
"""Of further ones nothing is kept: no controller has so many."""
RELOADED: Final = "CFG_RELOAD_REQ"
"""A controller's word that its configuration has changed."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_CONFIG_LINE: Final = re.compile(rb"#Z[0-9]+[=~]")


class NotUnderstoodError(ValueError):
    """A message that is no JSON object, or an answer whose content has another form than it must have."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent, and how its answer is known. `secret`: not for any log."""

    message: Mapping[str, JsonValue]
    answered_by: Callable[[State], bool]
    secret: bool = False

    @property
    def text(self) -> str:
        """As it is sent."""
        return json.dumps(self.message, ensure_ascii=False, separators=(",", ":"))


def sign_in(user: str, password: str) -> Question:
    """Ask to be let in."""
    return Question({"user": user, "pass": password}, lambda answer: "auth" in answer, secret=True)


def ids_of(type_number: int) -> Question:
    """Ask for the ids of a type's objects; 255 is all types."""
    return Question({"req_ids": type_number}, lambda answer: "ids" in answer)


def state_of(object_id: int) -> Question:
    """Ask for an object's fields."""
    return Question(
        {"id": object_id, "req_state": 0},
        lambda answer: id_in(answer) == object_id and ("type" in answer or "failed" in answer),
    )


def command(object_id: int, value: int | str) -> Question:
    """Ask an object to do something."""
    return Question(
        {"id": object_id, "cmd": value}, lambda answer: "cmdres" in answer and id_in(answer) == object_id
    )


def named_command(name: str, type_number: int, value: int | str, stype: int | None = None) -> Question:
    """Ask an object that is found by its name, or made, to do something."""
    subtype: dict[str, JsonValue] = {} if stype is None else {"stype": stype}
    return Question(
        {"name": name, "type": type_number, **subtype, "cmd": value}, lambda answer: "cmdres" in answer
    )


def system(line: str) -> Question:
    """Send a text line, such as `#S4?` or `#Z8362?`. The answer to a word, such as `SDATE?`, has no number."""
    asked = line[:-1] if line.startswith("#") and line.endswith("?") else None

    def answers(answer: State) -> bool:
        said = answer.get("scmdres")
        if not isinstance(said, str):
            return "scmdres" in answer
        return not said.startswith("#") if asked is None else said.startswith((f"{asked}:", f"{asked}$"))

    return Question({"scmd": line}, answers)


def id_in(message: State) -> int | None:
    """The object that a message is about."""
    found = {
        value
        for key in ("id", "Id")
        if isinstance(value := message.get(key), int) and not isinstance(value, bool)
    }
    return found.pop() if len(found) == 1 else None


class Conversation:
    """What has been asked and what is known of the objects.

    Args:
        pushed: is called with the id, the fields as they were, and those that the controller told by itself.
    """

    def __init__(self, pushed: Callable[[int, State, State], None]) -> None:
        self._pushed = pushed
        self._asked: Question | None = None
        self._is_signed_in = False
        self.objects: dict[int, dict[str, JsonValue]] = {}
        """Each object's latest fields."""
        self.list_is_old = False
        """Objects have come, gone or changed their settings since somebody set this to False."""

    def ask(self, question: Question) -> str:
        """The text to send. Raises RuntimeError: another question waits for its answer."""
        if self._asked is not None:
            raise RuntimeError("one question at a time")
        self._asked = question
        return question.text

    def hear(self, text: str) -> State | None:
        """Take a message: the answer to what was asked, or None for anything else.

        Raises:
            NotUnderstoodError: no JSON object.
        """
        if text.strip('" \r\n') == RELOADED:
            self.list_is_old = True
            return None
        message = _parse(text)
        asked = self._asked
        if asked is not None and asked.answered_by(message):
            self._asked = None
            if "auth" in message:
                self._is_signed_in = number_in(message, "auth") == 200
            self._learn(message, whole=True)
            return message
        changed = id_in(message)
        if changed is not None and "cmdres" not in message and self._is_signed_in:
            before = dict(self.objects.get(changed, {}))
            if not before:
                self.list_is_old = True
            self._learn(message, whole=False)
            self._pushed(changed, before, message)
        return None

    def hear_line(self, data: bytes) -> None:
        """Take a binary frame: copies of what comes as text, the file protocol, and lines of new objects."""
        if _CONFIG_LINE.match(data):
            self.list_is_old = True

    def _learn(self, message: State, *, whole: bool) -> None:
        about = id_in(message)
        if about is None or "cmdres" in message or (about not in self.objects and self._is_full):
            return
        known = self.objects.setdefault(about, {})
        fields = {key: value for key, value in message.items() if key not in {"req_state", "Id"}}
        if number_in(message, "failed"):
            if known and "failed" not in known:
                # It may have been deleted.
                self.list_is_old = True
        elif whole:
            known.clear()
        else:
            known.pop("failed", None)
            if message.get("m") == "off" and "s" not in message:
                # A circuit that is off has no setpoint, and tells of none.
                known.pop("s", None)
        known.update(fields)

    @property
    def _is_full(self) -> bool:
        return len(self.objects) >= MAX_OBJECTS


def _parse(text: str) -> State:
    if len(text) > MAX_MESSAGE_BYTES:
        raise NotUnderstoodError(f"a message of {len(text)} characters")
    try:
        # A firmware that reckons with what a lost sensor says may write NaN, which JSON has no word for.
        message: JsonValue = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise NotUnderstoodError(f"no JSON: {error}") from None
    if not isinstance(message, dict):
        raise NotUnderstoodError("not a JSON object")
    return message


def ids_from(answer: State) -> list[int]:
    """The ids of an answer to `ids_of`. Raises NotUnderstoodError."""
    ids = answer.get("ids")
    if not isinstance(ids, list):
        raise NotUnderstoodError("ids is not a list")
    found = [each for each in ids if isinstance(each, int) and not isinstance(each, bool)]
    if len(found) != len(ids) or not all(0 <= each <= MAX_ID for each in found):
        raise NotUnderstoodError("ids holds something that is no id")
    return found


def result_from(answer: State) -> int:
    """The result of a command: 0 is accepted. Raises NotUnderstoodError."""
    result = answer.get("cmdres")
    if not isinstance(result, int) or isinstance(result, bool):
        raise NotUnderstoodError("cmdres is no number")
    return result


def value_from(answer: State) -> str | None:
    """What a line was answered, without its name; None: no data now. Raises NotUnderstoodError.

    The name ends at the first of the signs that follow one: `#S4:…`, `#Y8362$…`, `DATE=…`.
    """
    said = answer.get("scmdres")
    if not isinstance(said, str):
        raise NotUnderstoodError("scmdres is no text")
    value = re.split("[:$=]", said, maxsplit=1)[-1].strip()
    return None if value in {"", "!"} else value


def number_in(state: State, key: str) -> float | None:
    """A field that must be a finite number of a sensible size, or None. A number in quotes is one too."""
    value = state.get(key)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if abs(value) <= MAX_NUMBER else None
