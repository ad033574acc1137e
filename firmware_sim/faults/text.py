"""The text form of faults, and the table that explains it.

    spec      = name [":" parameter *("," parameter)]
    parameter = key "=" value
    value     = bare / quoted     ; bare has no comma and no quote
    quoted    = DQUOTE *(char / "\\" char) DQUOTE
    duration  = number ["ms" / "s" / "m" / "h"]     ; seconds if it has no unit

`drop:p=0.001,dir=tx`, `hang:after=20,for=30s`, `urc_storm:rate=50,for=10s,text="+CSQ: 20,0"`.
"""

import re
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from firmware_sim.faults.errors import FaultSpecError, Wrong
from firmware_sim.faults.fields import Seconds
from firmware_sim.faults.model import FAULTS, LEVELS, ByteFault, CommandFault, TimedFault

MAX_SPEC = 2000
"""Characters of a spec."""

_PARAMETER = re.compile(
    r'\s*(?P<key>[a-z_]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^,"]*))\s*(?:,|$)'
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}


def parse_fault(spec: str) -> ByteFault | CommandFault | TimedFault:
    """The fault that a spec names.

    Raises:
        FaultSpecError: It names none, or not rightly.
    """
    if len(spec) > MAX_SPEC:
        raise FaultSpecError(
            Wrong.SYNTAX, spec[:20], f"{spec[:40]}…", f"a spec has {MAX_SPEC} characters at most"
        )
    name, colon, rest = spec.partition(":")
    name = name.strip()
    kind = FAULTS.get(name)
    if kind is None:
        near = get_close_matches(name, FAULTS, n=1)
        way_out = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(FAULTS)}"
        raise FaultSpecError(Wrong.FAULT, spec, name, way_out)
    fields = {field.alias or key: field for key, field in kind.model_fields.items() if key != "fault"}
    values: dict[str, str] = {}
    for key, value in _parameters(spec, rest) if colon else ():
        field = fields.get(key)
        if field is None:
            near = get_close_matches(key, fields, n=1)
            way_out = f"did you mean {near[0]!r}?" if near else f"{name} takes: {', '.join(fields)}"
            raise FaultSpecError(Wrong.PARAMETER, name, key, way_out)
        if key in values:
            raise FaultSpecError(Wrong.SYNTAX, name, key, "give each parameter once")
        values[key] = _seconds(f"{name}:{key}", value) if _is_duration(field) else value
    try:
        return kind.model_validate_strings({"fault": name, **values})
    except ValidationError as invalid:
        first = invalid.errors()[0]
        key = str(first["loc"][0])
        raise FaultSpecError(
            Wrong.VALUE, f"{name}:{key}", str(first["input"]), _expected(first["msg"])
        ) from None


def format_fault(fault: ByteFault | CommandFault | TimedFault) -> str:
    """The shortest spec of a fault; parsing it gives the same fault."""
    said = []
    for key, field in type(fault).model_fields.items():
        value = getattr(fault, key)
        if key == "fault" or value == field.default:
            continue
        text = str(value)
        if _is_duration(field):
            text = f"{value:.12g}s"
        elif isinstance(value, float):
            text = repr(value)
        elif isinstance(value, str) and not re.fullmatch(r"[^,\"\s\\][^,\"\\]*(?<!\s)", value):
            text = '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
        said.append(f"{field.alias or key}={text}")
    return f"{fault.fault}:{','.join(said)}" if said else fault.fault


def fault_table() -> str:
    """All faults with their parameters, for people: what ``--fault help`` prints."""
    lines = [
        "A fault: NAME or NAME:KEY=VALUE,KEY=VALUE…; texts with commas in double quotes; durations 200ms, 30s, 2m, 1h.",
        "Times count from when the fault was added. replay:FILE repeats the faults of a record.",
    ]
    for level, kinds in LEVELS.items():
        lines += ["", f"{level}:"]
        for kind in kinds:
            doc = " ".join((kind.__doc__ or "").split())
            lines.append(f"  {kind.model_fields['fault'].default}: {doc} Opportunity: {kind.opportunity}.")
            for key, field in kind.model_fields.items():
                if key != "fault" and field.alias not in ("at", "for") and key not in _COMMON:
                    lines.append(f"      {_row(key, field)}")
            shared = [
                field.alias or key
                for key, field in kind.model_fields.items()
                if field.alias in ("at", "for") or key in _COMMON
            ]
            own = kind.model_fields.get("for_s")
            if own is not None and own.description != _WINDOW["for_s"].description:
                lines.append(f"      {_row('for_s', own)}")
                shared.remove("for")
            lines.append(f"      and {', '.join(shared)}")
    lines += ["", "in common:"]
    lines += [f"      {_row(key, field)}" for key, field in (_WINDOW | _COMMON).items()]
    return "\n".join(lines)


_COMMON = {
    key: field
    for key, field in FAULTS["lost_ok"].model_fields.items()
    if key in ("p", "every", "after", "times", "command")
}
_WINDOW = {key: field for key, field in FAULTS["drop"].model_fields.items() if key in ("at_s", "for_s")}


def _row(key: str, field: FieldInfo) -> str:
    default = field.default
    shown = "" if default in (None, "") else f" [{f'{default:g}s' if _is_duration(field) else default}]"
    return f"{field.alias or key:<8} {field.description}{shown}"


def _parameters(spec: str, rest: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(rest):
        match = _PARAMETER.match(rest, at)
        if match is None:
            done = spec[: len(spec) - len(rest) + at]
            raise FaultSpecError(
                Wrong.SYNTAX, done, rest[at : at + 40], 'expected KEY=VALUE, texts as "…", a comma between'
            )
        quoted, bare = match["quoted"], match["bare"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
        found.append((match["key"], value))
        at = match.end()
    return found


def _is_duration(field: FieldInfo) -> bool:
    return any(isinstance(mark, Seconds) for mark in field.metadata) or "Seconds" in str(field.annotation)


def _seconds(place: str, text: str) -> str:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise FaultSpecError(Wrong.VALUE, place, text, "expected a duration, as 200ms, 30s, 2m or 1h")
    return repr(float(match[1]) * _UNITS[match[2]])


def _expected(message: str) -> str:
    return message.replace("Input should", "it should").replace("String should", "it should")
