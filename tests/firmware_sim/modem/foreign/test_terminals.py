"""Terminal programs, dialers and phone tools at the emulated modem: minicom, pppd's chat, gnokii."""

from pathlib import Path

import pytest

MINICOM = """
timeout 20
send "ATE1"
expect {{
 "OK"
 timeout 5 goto end
}}
send "AT+CSQ"
expect {{
 "+CSQ: 20,0"
 timeout 5 goto end
}}
! echo heard > {done}
end:
exit
"""

GNOKII = "[global]\nport = {device}\nmodel = AT\nconnection = serial\nserial_baudrate = 115200\n"


@pytest.fixture
async def rig(make_rig):
    return await make_rig()


@pytest.fixture
async def device(rig, tmp_path) -> str:
    return await rig.modem.listen(f"pty:{tmp_path}/modem")


async def test_minicom_runs_a_script(device, start, tmp_path):
    script, done = tmp_path / "script", tmp_path / "done"
    script.write_text(MINICOM.format(done=done))
    # minicom wants a terminal of its own
    command = f"minicom -D {device} -b 115200 -o -S {script}"
    minicom = await start("script", "bsdutils", "-qec", command, "/dev/null", env={"TERM": "xterm"})
    await minicom.until(done.exists)


async def test_chat_dials(device, start, rig):
    script = ["", "ATZ", "OK", 'AT+CGDCONT=1,"IP","internet"', "OK", "ATD*99***1#", "CONNECT", r"\c"]
    aborts = ["ABORT", "BUSY", "ABORT", "NO CARRIER", "ABORT", "ERROR", "TIMEOUT", "10"]
    command = 'exec 3<>"$0"; PATH=$PATH:/usr/sbin exec chat -v -s -S "$@" <&3 >&3'
    chat = await start("sh", "dash", "-c", command, device, *aborts, *script)
    said = await chat.exited()
    assert said.count("-- got it") == 3
    assert "CONNECT" in said


@pytest.fixture
def gnokii(device, start, tmp_path):
    config = tmp_path / "gnokiirc"
    config.write_text(GNOKII.format(device=Path(device).resolve()))  # it cuts long names

    async def run(*arguments: str, stdin: str = "") -> str:
        text = tmp_path / "stdin"
        text.write_text(stdin)
        program = await start(
            "sh", "dash", "-c", 'exec gnokii "$@" <"$0"', str(text), "--config", str(config), *arguments
        )
        return await program.exited()

    return run


async def test_gnokii_identifies_looks_and_writes(gnokii, rig):
    said = await gnokii("--identify")
    for line in ("866104023456786", "SIMCOM_Ltd", "SIMCOM_SIM800C"):
        assert line in said
    assert "MTS (Russian Federation)" in await gnokii("--getnetworkinfo")
    assert "Send succeeded" in await gnokii("--sendsms", "+79161234567", stdin="to myself")
    assert [message.content for message in rig.network.submitted_messages] == ["to myself"]


async def test_gnokii_keeps_a_phone_book(gnokii):
    assert "Write Succeeded" in await gnokii(
        "--writephonebook", "-o", "-f", stdin="Boiler;+79031112233;SM;1;0\n"
    )
    said = await gnokii("--getphonebook", "SM", "1")
    assert "Name: Boiler" in said
    assert "Number: +79031112233" in said
