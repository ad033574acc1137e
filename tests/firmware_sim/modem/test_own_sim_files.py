"""The project's own client reads and writes the emulated card, as a SIM and as a UICC."""

import pytest

from at_commands import sim_commands as sim
from at_commands.client import AtClient
from at_commands.dialects import GENERIC
from at_commands.errors import SimFileError, SimFileLockedError, SimFileNotFoundError
from at_commands.sim_files import Ef

PLMN = "25001"


@pytest.fixture(params=["sim800c", "sim7600"])
async def client(request, make_rig):
    rig = await make_rig(personality=request.param)
    async with AtClient(rig.modem.connect(), dialect=GENERIC) as at:
        await at.sync()
        await at.execute("ATE0")
        yield rig, at


async def test_who_the_card_is(client):
    rig, at = client
    rig.modem.sim.provider = "Тверь"
    assert await sim.read_iccid(at) == "8970101234567890123"
    identity = await sim.read_identity(at)
    assert identity == sim.SimIdentity("250011234567890", 2)
    assert identity.is_home(PLMN)
    assert await sim.read_provider(at) == "Тверь"
    assert await sim.read_own_numbers(at) == (("", "+79161234567"),)
    rig.modem.sim.provider = ""
    assert await sim.read_provider(at) is None


async def test_the_list_of_forbidden_networks(client):
    rig, at = client
    assert await sim.read_forbidden(at) == ()
    for plmn in ("25002", "310410"):
        rig.modem.sim.forbid(plmn)
    assert await sim.read_forbidden(at) == ("25002", "310410")
    await sim.erase_forbidden(at)
    assert await sim.read_forbidden(at) == ()
    assert not rig.modem.sim.forbids("25002")


async def test_shapes_as_this_modem_tells_them(client):
    _, at = client
    assert await at.send(sim.file_shape(Ef.MSISDN)) == sim.FileShape(28, 28)
    assert await at.send(sim.file_shape(Ef.ICCID)) == sim.FileShape(10)
    assert len(await sim.read_records(at, Ef.PLMN_NAMES)) == 1


async def test_refusals(client):
    _, at = client
    with pytest.raises(SimFileError):
        await at.send(sim.restricted_access(sim.READ_BINARY, Ef.ICCID, 0, 10, 1))
    with pytest.raises(SimFileLockedError):
        await sim.write_file(at, Ef.IMSI, b"\xff" * 9)


async def test_a_file_of_a_usim_is_not_found_on_a_sim(make_rig):
    rig = await make_rig()
    async with AtClient(rig.modem.connect()) as at:
        await at.sync()
        await at.execute("ATE0")
        with pytest.raises(SimFileNotFoundError):
            await sim.read_file(at, Ef.ENABLED_SERVICES)
