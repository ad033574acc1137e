"""The choices of `thermogate sim` are those of the simulators: the command line must not load them to know."""

from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState
from gateway.cli.sim import CardState, Personality


def test_the_choices_are_all_there_are() -> None:
    assert {each.value for each in Personality} == set(PERSONALITIES)
    assert {each.value for each in CardState} == {each.value for each in SubscriberState}
