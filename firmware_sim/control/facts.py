"""What the API tells of a modem, read off the simulation."""

from __future__ import annotations

from at_commands.sms_content import Alphabet, Content
from at_commands.sms_fields import SmsCodecError
from firmware_sim.control import models
from firmware_sim.control.controlled import ControlledModem
from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.modem.radio import DomainRegistration
from firmware_sim.network import UserData


def signal(it: ControlledModem) -> models.Signal:
    """Field strength at the antenna."""
    return models.Signal(rssi_dbm=it.network.signal_dbm(it.modem.settings.imei))


def registration(it: ControlledModem) -> models.Registration:
    """Both domains."""
    radio = it.modem.radio
    return models.Registration(cs=_domain(radio.cs), ps=_domain(radio.ps), last_cause=radio.last_cause)


def card(it: ControlledModem) -> models.Card:
    """The card in the slot, or that there is none."""
    inside = it.modem.sim
    if inside is None:
        return models.Card(inserted=False)
    return models.Card(
        inserted=True,
        iccid=inside.iccid,
        imsi=inside.imsi,
        status=inside.status,
        pin_required=inside.pin is not None,
        pin_tries=inside.pin_tries,
        puk_tries=inside.puk_tries,
    )


def subscriber(it: ControlledModem) -> models.SubscriberFacts:
    """The operator's record."""
    known = it.network.subscriber(it.imsi)
    return models.SubscriberFacts(
        imsi=known.imsi,
        iccid=known.iccid,
        msisdn=known.msisdn,
        state=known.state,
        traffic_used_bytes=known.traffic_used_bytes,
    )


def fault(it: ControlledModem, active: ActiveFault) -> models.ActiveFaultFacts:
    """A fault and what it did so far."""
    return models.ActiveFaultFacts(
        id=active.id,
        spec=str(active),
        fault=active.fault,
        strikes=active.strikes,
        over=it.modem.faults.over(active, it.now()),
    )


def message_text(content: str | UserData) -> str:
    """Of a message; 8-bit data as hex digits."""
    if isinstance(content, str):
        return content
    try:
        read = Content.decode(content.coding_scheme, content.has_header, content.length, content.octets)
    except SmsCodecError:
        return content.octets.hex()
    return read.text if read.alphabet is not Alphabet.DATA8 else read.data.hex()


def _domain(domain: DomainRegistration) -> models.DomainState:
    cell = domain.cell
    return models.DomainState(
        stat=domain.camp.stat,
        meaning=domain.camp.value[2:],
        lac=None if cell is None else cell.lac,
        cell_id=None if cell is None else cell.cell_id,
    )
