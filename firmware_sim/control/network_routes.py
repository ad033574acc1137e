"""Field strength, registration, the operator, messages."""

from __future__ import annotations

from fastapi import APIRouter

from firmware_sim.control import facts, models
from firmware_sim.control.named import Named
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses

router = APIRouter(
    prefix="/modems/{name}", tags=["network"], responses=responses(401, 404, 422), route_class=JsonRoute
)


@router.get("/signal")
async def signal(it: Named) -> models.Signal:
    """Field strength at the antenna."""
    return facts.signal(it)


@router.put("/signal")
async def set_signal(it: Named, signal: models.Signal) -> models.Signal:
    """Set the field strength at the antenna."""
    it.recorder.remark(f"signal: {signal.rssi_dbm} dBm")
    it.modem.set_signal(signal.rssi_dbm)
    return facts.signal(it)


@router.get("/registration")
async def registration(it: Named) -> models.Registration:
    """Where registration stands."""
    return facts.registration(it)


@router.post("/registration/reject", status_code=204)
async def reject(it: Named, rejection: models.Rejection) -> None:
    """Have the network reject the card's next registrations."""
    it.recorder.remark(f"network rejects: cause {rejection.cause}, {rejection.times} times")
    it.network.reject_next(rejection.cause, imsi=it.imsi, domain=rejection.domain, times=rejection.times)


@router.post("/registration/detach", status_code=204)
async def detach(it: Named, detachment: models.Detachment) -> None:
    """Have the network put the card off."""
    it.recorder.remark(f"network detaches: cause {detachment.cause}")
    it.network.detach(it.imsi, detachment.cause, it.now())


@router.delete("/data-session", status_code=204)
async def drop(it: Named) -> None:
    """Have the network take the data session down; nothing happens where there is none."""
    it.recorder.remark("network drops the data session")
    it.network.drop_pdp(it.imsi, it.now())


@router.get("/subscriber")
async def subscriber(it: Named) -> models.SubscriberFacts:
    """What the simulated operator knows of the card."""
    return facts.subscriber(it)


@router.put("/subscriber")
async def change_subscriber(it: Named, change: models.SubscriberChange) -> models.SubscriberFacts:
    """Have the simulated operator activate, suspend, block … the card."""
    it.recorder.remark(f"operator: {change.state.value}")
    it.network.set_state(it.imsi, change.state, it.now(), "control API")
    return facts.subscriber(it)


@router.post("/sms", status_code=202)
async def send(it: Named, message: models.IncomingMessage) -> models.IncomingMessage:
    """Send the card an SMS; the network delivers it when it can."""
    it.recorder.remark(f"SMS from {message.sender}")
    it.network.send_sms(it.imsi, message.sender, message.text, it.now())
    return message


@router.post("/ussd", status_code=204, responses=responses(409))
async def push_ussd(it: Named, push: models.UssdPush) -> None:
    """Have the network say something by USSD, unasked."""
    it.recorder.remark("USSD from the network")
    if not it.network.push_ussd(it.imsi, push.text, it.now(), needs_answer=push.needs_answer):
        raise ProblemError(409, "not_registered", "the card is not in the network, and USSD does not wait")


@router.get("/sms/sent")
async def sent(it: Named) -> list[models.SentMessage]:
    """What the card's owner has sent, oldest first."""
    return [
        models.SentMessage(to=each.to, text=facts.message_text(each.content), reference=each.reference)
        for each in it.network.submitted_messages
        if each.imsi == it.imsi
    ]
