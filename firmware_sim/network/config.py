"""The operator's settings. Defaults are chosen and documented, not measured.

Zont.md section 5 lists what nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_sim.network.sms_centre import SmsConduct
from firmware_sim.network.subscriber import SubscriberState
from firmware_sim.network.ussd_menu import Node

HOUR_S = 3600.0


@dataclass(frozen=True)
class NetworkConfig:
    """One operator and its one cell.

    Args:
        plmn: MCC and MNC, digits.
        denial_cause: MM/GMM cause for a card still in stock (operators publish none; 2 is the plausible one).
        blocked_cause, terminated_cause: causes for those states.
        sweep_interval_s: between two looks at the paid cards in stock; None: the operator never looks.
        sweep_phase_s: from the network's start to the first look; None draws it evenly from one interval.
        search_delay_s: a modem's search for a cell, shortest and longest.
        registration_delay_s: one location update or attach, shortest and longest.
        pdp_delay_s: one PDP activation, shortest and longest.
        ussd_texts, ussd_menus: answers besides the built-in ones, by code.
        ussd_patience_s: how long a menu stays open without a reply; the network then releases it.
        sms: how faithfully the service centre works.
        apns: APN in lower case to the first three octets of its addresses. "" is the default APN.
        wall_at_start_s: wall clock (UTC epoch seconds) that belongs to the network's start.
        utc_offset_s: the operator's time zone; months roll over at its midnight.
        rssi_dbm: field strength where no other was set, None for no coverage.
    """

    operator_name: str = "MTS RUS"
    operator_short_name: str = "MTS"
    plmn: str = "25001"
    service_centre: str = "+79168999100"
    roaming: bool = False
    lac: int = 0x1A2B
    cell_id: int = 0x3C4D
    rssi_dbm: int | None = -73
    denial_cause: int = 2
    blocked_cause: int = 3
    terminated_cause: int = 2
    sweep_interval_s: float | None = 4 * HOUR_S
    sweep_phase_s: float | None = None
    search_delay_s: tuple[float, float] = (2.0, 8.0)
    registration_delay_s: tuple[float, float] = (1.0, 4.0)
    pdp_delay_s: tuple[float, float] = (0.5, 2.0)
    sms_delay_s: tuple[float, float] = (1.0, 4.0)
    ussd_delay_s: tuple[float, float] = (0.8, 2.5)
    sms: SmsConduct = field(default_factory=SmsConduct)
    apns: Mapping[str, str] = field(
        default_factory=lambda: {
            "": "10.64.0",
            "internet": "10.64.0",
            "internet.mts.ru": "10.64.0",
            "m2m": "10.65.0",
        }
    )
    ussd_texts: Mapping[str, str] = field(default_factory=dict)
    ussd_menus: Mapping[str, Node] = field(default_factory=dict)
    ussd_patience_s: float = 60.0
    wall_at_start_s: float = 1_767_258_000.0
    utc_offset_s: float = 3 * HOUR_S

    def registration_cause(self, state: SubscriberState) -> int | None:
        """MM/GMM cause that a card in `state` is rejected with, or None: it may register."""
        return {
            SubscriberState.IN_STOCK: self.denial_cause,
            SubscriberState.BLOCKED: self.blocked_cause,
            SubscriberState.TERMINATED: self.terminated_cause,
        }.get(state)
