"""What a model cannot do is named with the line of the file."""

from __future__ import annotations

import pytest
from bare_house import firmware, run

from firmware_sim.controller import presets as p
from firmware_sim.controller.models import MODELS
from provisioning.zont.config_text import ConfigText

LACKING = (
    ("H-1V.02", "#Z700001=8,'Дом',5,'radio-room'", "no radio sensors"),
    ("H-1V.02", "#Z700001=7,'Радио','R1'", "no radio modules"),
    ("H-1V.02", "#Z700001=29,'Брелок'", "no radio fobs"),
    ("H-1V.02", "#Z700001=57,'house',255", "no MQTT"),
    ("H-1V.02", "#Z700001=53,'0-10 В',1", "no analog outputs"),
    ("H-1V.02", "#Z700001=51,'Счётчик',5", "no Modbus"),
    ("H-1V.02", "#S208=home,secret,1", "no Wi-Fi"),
    ("H-1V.02", "#S217=mqtt://host", "no MQTT"),
    ("H-1V.02", "#S124=0,9600,1,0", "no RS-485"),
    ("H1000+ PRO.V2", "#S205=1", "no Ethernet"),
    ("H-1V.02", "#Z700001=6,'Котёл','0001'", "at most 1"),
    ("H-1V.02", "#Z700001=14,'Реле',3", "2 outputs"),
    ("SMART 2.0", "#Z700001=40,'Каскад'", "no boiler cascades"),
)


@pytest.mark.parametrize(("model", "line", "what"), LACKING)
def test_what_a_model_lacks_is_named_with_its_line(model, line, what):
    before = p.preset(MODELS[model]).to_bytes()
    made, house = firmware(model, ConfigText.parse(before + line.encode("cp1251") + b"\r\n"))
    (problem,) = made.problems
    assert problem.line == before.count(b"\r\n") + 1
    assert problem.place.split()[0] == line.partition("=")[0]
    assert what in problem.what.en
    assert problem.what.ru
    # The rest works.
    house.temps["28-tank"] = 60.0
    run(made, 3)
    assert house.boilers["0000"].asked_c is not None


def test_what_goes_beyond_is_idle():
    data = p.preset(MODELS["H-1V.02"]).to_bytes() + "#Z700001=6,'Второй','0001'\r\n".encode("cp1251")
    made, _ = firmware("H-1V.02", ConfigText.parse(data))
    assert made.state(700001) == {"id": 700001, "type": 6, "name": "Второй"}
    assert made.command(700001, 1) != 0


def test_no_more_is_made_by_name_than_the_model_has():
    made, _ = firmware("H-1V.02")
    results = [made.named_command(f"Реле {n}", 14, None, 1)[1] for n in range(4)]
    assert results == [0, 0, 2, 2]
    assert made.named_command("Яркость", 10, 3, "2,40") == (made.ids(10)[0], 0)
    assert made.named_command("日本", 10, None, 1) == (0, 2)


def test_an_endless_stream_of_new_names_finds_an_end(monkeypatch):
    monkeypatch.setattr("firmware_sim.controller.firmware.MAX_OBJECTS", 30)
    made, _ = firmware("H-1V.02")
    results = [made.named_command(f"Кнопка {n}", 10, 1, 1)[1] for n in range(40)]
    assert results[0] == 0
    assert results[-1] == 2
    assert len(made.objects) == 30
