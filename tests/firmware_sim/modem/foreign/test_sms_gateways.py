"""SMS gateways at the emulated modem: smsd of the SMS Server Tools, and gammu-smsd with its files."""

import pytest

from at_commands.sms import Content
from firmware_sim.modem.families import PERSONALITIES

IMSI = "250011234567890"
NUMBER = "+79161234567"
CYRILLIC = "Котёл включён. " * 6
"""Ninety characters: two parts of UCS-2."""

SMSTOOLS = """
devices = GSM1
outgoing = {dir}/outgoing
checked = {dir}/checked
failed = {dir}/failed
incoming = {dir}/incoming
sent = {dir}/sent
logfile = 1
infofile = {dir}/smsd.info
pidfile = {dir}/smsd.pid
loglevel = 7
delaytime = 1
errorsleeptime = 1
autosplit = 3
incoming_utf8 = yes
decode_unicode_text = yes
[GSM1]
device = {device}
incoming = yes
report = no
baudrate = 115200
"""

GAMMU = """
[gammu]
device={device}
connection=at115200
synchronizetime=no
[smsd]
service=files
logfile=stdout
debuglevel=255
inboxpath={dir}/inbox/
outboxpath={dir}/outbox/
sentsmspath={dir}/sent/
errorsmspath={dir}/error/
inboxformat=unicode
transmitformat=auto
loopsleep=1
statusfrequency=0
checksecurity=0
hangupcalls=0
"""


@pytest.mark.parametrize("personality", PERSONALITIES)
async def test_smstools_sends_in_parts_and_receives(make_rig, tmp_path, start, personality):
    rig = await make_rig(personality=personality)
    device = await rig.modem.listen(f"pty:{tmp_path}/modem")
    for name in ("outgoing", "checked", "failed", "incoming", "sent"):
        (tmp_path / name).mkdir()
    (tmp_path / "outgoing/plain").write_text("To: 79031112233\n\nhello")
    (tmp_path / "outgoing/parts").write_text(f"To: 79031112233\nAlphabet: UTF-8\n\n{CYRILLIC}")
    config = tmp_path / "smsd.conf"
    config.write_text(SMSTOOLS.format(dir=tmp_path, device=device))
    rig.network.send_sms(IMSI, "+79030000000", "Принято", rig.now)
    smsd = await start("smsd", "smstools", f"-c{config}", "-t")
    sent, incoming = tmp_path / "sent", tmp_path / "incoming"
    await smsd.until(lambda: len(list(sent.iterdir())) == 2 and list(incoming.glob("GSM1.*")))
    [received] = incoming.glob("GSM1.*")
    assert "From: 79030000000" in received.read_text()
    assert "Принято" in received.read_text()
    assert "Modem is registered to the network" in smsd.said
    # now and then two files are in sent/ before the last message is out
    await smsd.until(lambda: len(tuple(rig.network.submitted_messages)) == 3)
    assert "hello" in [message.content for message in rig.network.submitted_messages]


async def test_gammu_smsd_sends_and_receives(make_rig, tmp_path, start):
    rig = await make_rig()
    device = await rig.modem.listen(f"pty:{tmp_path}/modem")
    for name in ("inbox", "outbox", "sent", "error"):
        (tmp_path / name).mkdir()
    (tmp_path / "outbox/OUT+79031112233.txtu").write_text("Котёл включён")
    config = tmp_path / "smsdrc"
    config.write_text(GAMMU.format(dir=tmp_path, device=device))
    rig.network.send_sms(IMSI, "+79030000000", "Принято", rig.now)
    smsd = await start("gammu-smsd", "gammu-smsd", "-c", str(config))
    sent, inbox = tmp_path / "sent", tmp_path / "inbox"
    await smsd.until(lambda: list(sent.iterdir()) and list(inbox.iterdir()))
    [received] = inbox.iterdir()
    assert "Принято" in received.read_text(encoding="utf-16")
    [message] = rig.network.submitted_messages
    assert message.to == "+79031112233"
    assert Content.of("Котёл включён").text == message.content
