"""How ``+CSCS`` shows strings at the serial port (3GPP TS 27.007 5.5) and takes them."""

from at_commands.gsm7 import gsm7_decode, gsm7_encodable, gsm7_encode

CHARACTER_SETS = ("IRA", "GSM", "UCS2", "HEX", "PCCP", "PCDN", "8859-1")

_HEX = frozenset("0123456789abcdefABCDEF")


def show(text: str, character_set: str) -> str:
    """Text as the serial line carries it, one ``str`` character a byte (latin-1)."""
    match character_set:
        case "UCS2":
            return text.encode("utf-16-be").hex().upper()
        case "HEX":
            return _gsm(text).hex().upper()
        case "GSM":
            return _gsm(text).decode("latin-1")
        case "IRA":
            return text.encode("ascii", "replace").decode("ascii")
    return text.encode("latin-1", "replace").decode("latin-1")


def take(text: str, character_set: str) -> str:
    """The inverse. What can't be the set's hex is taken as plain characters: clients are seen to send
    both.
    """
    match character_set:
        case "UCS2" if len(text) % 4 == 0 and set(text) <= _HEX:
            return bytes.fromhex(text).decode("utf-16-be", "replace")
        case "HEX" if len(text) % 2 == 0 and set(text) <= _HEX:
            return gsm7_decode(bytes.fromhex(text))
        case "GSM":
            return gsm7_decode(text.encode("latin-1", "replace"))
    return text


def _gsm(text: str) -> bytes:
    return gsm7_encode("".join(c if gsm7_encodable(c) else "?" for c in text))
