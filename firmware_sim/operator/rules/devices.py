"""The vendor's users and their controllers."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require
from firmware_sim.operator.records import (
    Customer,
    CustomerKind,
    Purse,
    Role,
    VendorCard,
    VendorCardState,
    VendorDevice,
    VendorUser,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.contracts import may_be_login
from provisioning.explanation import Text
from provisioning.records import luhn_ok

kinds(
    {
        "login_taken": Refusal("", Text("Имя {login} уже занято.", "The name {login} is taken.")),
        "no_such_user": Refusal(
            "", Text("Пользователя {login} нет.", "There is no user {login}."), HTTPStatus.NOT_FOUND
        ),
        "no_such_device": Refusal(
            "S0.16",
            Text("Контроллера {serial} у вас нет.", "You have no controller {serial}."),
            HTTPStatus.NOT_FOUND,
        ),
        "device_known": Refusal(
            "", Text("Контроллер {serial} уже добавлен.", "The controller {serial} is there already.")
        ),
        "imei_known": Refusal(
            "",
            Text(
                "IMEI {imei} уже указан для другого контроллера.", "The IMEI {imei} is another controller's."
            ),
        ),
        "imei_wrong": Refusal(
            "",
            Text(
                "IMEI {imei} неверен: нужны 15 цифр, последняя — контрольная.",
                "The IMEI {imei} is wrong: it has 15 digits, the last of them the check digit.",
            ),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        "device_in_use": Refusal(
            "S0.10",
            Text(
                "За контроллером {serial} закреплена SIM-карта; сначала выберите для неё другой контроллер.",
                "A SIM card is bound to the controller {serial}; choose another controller for it first.",
            ),
        ),
    }
)


def sign_up(
    draft: Draft, caller: Caller, *, login: str, name: str = "", kind: CustomerKind = CustomerKind.PERSON
) -> VendorUser:
    """Staff enters a new user. Raises RefusedError: not_yours, login_reserved, login_taken."""
    require(caller, Role.STAFF)
    may_be_login(login)
    if draft.get(VendorUser, login) is not None or draft.get(Customer, login) is not None:
        raise RefusedError("login_taken", login=login)
    user = draft.put(VendorUser(login=login, name=name, kind=kind))
    draft.put(Purse(name=user.purse))
    return user


def user_of(draft: Draft, caller: Caller) -> VendorUser:
    """The vendor's user who asks. Raises RefusedError(not_yours) for all others."""
    require(caller, Role.VENDOR_USER)
    return user_named(draft, caller.subject)


def user_named(draft: Draft, login: str) -> VendorUser:
    """The user with this login. Raises RefusedError(no_such_user)."""
    user = draft.get(VendorUser, login)
    if user is None:
        raise RefusedError("no_such_user", login=login)
    return user


def add_device(draft: Draft, caller: Caller, *, serial: str, model: str, imei: str) -> VendorDevice:
    """The user adds a controller. Raises RefusedError: not_yours, imei_wrong, device_known, imei_known."""
    user = user_of(draft, caller)
    if not (len(imei) == 15 and imei.isascii() and imei.isdigit() and luhn_ok(imei)):
        raise RefusedError("imei_wrong", imei=imei)
    for each in draft.all(VendorDevice):
        if each.serial == serial:
            raise RefusedError("device_known", serial=serial)
        if each.imei == imei:
            raise RefusedError("imei_known", imei=imei)
    return draft.put(VendorDevice(serial=serial, login=user.login, model=model, imei=imei))


def remove_device(draft: Draft, caller: Caller, serial: str) -> None:
    """Take a controller out of the account. Raises RefusedError: not_yours, no_such_device, device_in_use."""
    device = device_of(draft, user_of(draft, caller), serial)
    if card_in(draft, serial) is not None:
        raise RefusedError("device_in_use", serial=serial)
    for kit in draft.where(VendorCard, lambda each: each.serial == serial):  # terminated ones
        draft.put(replace(kit, serial=""))
    draft.delete(device)


def devices_of(draft: Draft, caller: Caller) -> list[VendorDevice]:
    """His controllers. Raises RefusedError(not_yours)."""
    user = user_of(draft, caller)
    return draft.where(VendorDevice, lambda each: each.login == user.login)


def device_of(draft: Draft, user: VendorUser, serial: str) -> VendorDevice:
    """His controller; somebody else's looks as if there were none. Raises RefusedError(no_such_device)."""
    device = draft.get(VendorDevice, serial)
    if device is None or device.login != user.login:
        raise RefusedError("no_such_device", serial=serial)
    return device


def card_in(draft: Draft, serial: str) -> VendorCard | None:
    """The living card that is bound to this controller."""
    return next(
        (
            kit
            for kit in draft.all(VendorCard)
            if kit.serial == serial and kit.state is not VendorCardState.TERMINATED
        ),
        None,
    )
