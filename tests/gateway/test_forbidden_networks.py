"""What the card's list of forbidden networks says, and when it says nothing."""

from at_commands.client import AtClient
from firmware_sim.virtual_time import LoopClock, run_virtual
from gateway.forbidden_networks import ForbiddenNetworks, forbidden_networks, home_is_forbidden


def test_the_list_and_the_home_network_in_it(open_site) -> None:
    async def story() -> None:
        clock = LoopClock()
        async with open_site(clock, pin="1234") as site, AtClient(await site.open_link()) as at:
            await at.sync()
            assert await home_is_forbidden(at) is None, "the card is being started"
            await clock.sleep(30)
            await at.execute("ATE0")
            assert await home_is_forbidden(at) is None, "it asks for its PIN"
            await at.execute('AT+CPIN="1234"')
            assert await forbidden_networks(at) == ForbiddenNetworks(())
            site.card.forbid("25002")
            assert await home_is_forbidden(at) is False
            site.card.forbid("25001")
            assert await forbidden_networks(at) == ForbiddenNetworks(("25002", "25001"), "25001")
            assert await home_is_forbidden(at) is True

    run_virtual(story())
