"""The picture in the modem's README is drawn from the registration table."""

from pathlib import Path

import firmware_sim.modem
from firmware_sim.modem.registration import TABLE, Event

README = Path(firmware_sim.modem.__file__).parent / "README.md"


def drawn() -> list[str]:
    return [
        f"    {camp.name} --> {entered.name}: {event.value}"
        for camp, row in TABLE.items()
        for event, entered in row.items()
        if event is not Event.OFF
    ]


def test_the_diagram_is_the_table() -> None:
    text = README.read_text()
    picture = text[text.index("stateDiagram-v2") : text.index("```", text.index("stateDiagram-v2"))]
    assert picture.splitlines()[1:] == drawn()
