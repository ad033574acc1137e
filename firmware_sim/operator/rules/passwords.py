"""Passwords: ordered by SMS with a captcha, chosen for good, recovered for 15 minutes; and signing in with one.

A login has one password. A new one takes the place of the old (S1.16), whichever way it came. A wrong captcha or a
wrong password is written down (it is a try), so these answer no instead of being refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, agrees, customer_of, is_company, require
from firmware_sim.operator.letters import said_to
from firmware_sim.operator.records import (
    Account,
    AccountKind,
    Captcha,
    Customer,
    Hold,
    Letter,
    Life,
    Password,
    PasswordKind,
    Role,
    Subscriber,
    VendorUser,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from firmware_sim.operator.rules import sessions
from provisioning.explanation import Text

kinds(
    {
        "ten_digits": malformed(
            "Номер нужен из десяти цифр, без 7 или 8 впереди.",
            "The number is wanted in ten digits, without the leading 7 or 8.",
            "S4.11",
        ),
        "weak_password": malformed(
            "Пароль слишком простой: нужны не меньше 8 знаков, строчные и прописные буквы и цифры, без номера.",
            "The password is too simple: 8 characters or more, small and capital letters, digits, not the number.",
            "S1.13",
        ),
        "kit_no_password": Refusal(
            "S0.4",
            Text(
                "У карты из комплекта нет кабинета у оператора; ею управляют в сервисе производителя.",
                "A kit card has no account at the operator; it is managed in the vendor's service.",
            ),
        ),
        "locked": Refusal(
            "",
            Text(
                "Слишком много неверных паролей; вход закрыт до {until}.",
                "Too many wrong passwords; signing in is closed until {until}.",
            ),
        ),
        "not_identified": Refusal(
            "S4.5",
            Text(
                "Владелец не подтверждён: названные данные не совпадают.",
                "The owner is not identified: what was said does not agree with the contract.",
            ),
        ),
    }
)

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""Without those that look alike."""
CAPTCHA_LASTS: Final = timedelta(minutes=5)
RECOVERY_LASTS: Final = timedelta(minutes=15)
MAX_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=30)
MAX_CAPTCHAS: Final = 1000

_BY_SMS: Final = Text(
    "Ваш пароль: {password}. Никому его не сообщайте. Прежний пароль больше не действует.",
    "Your password: {password}. Tell it to nobody. The old one is no longer good.",
)
_RECOVERY: Final = Text(
    "Пароль для восстановления: {password}. Он действует 15 минут.",
    "The recovery password: {password}. It is good for 15 minutes.",
)


# -- captchas


def draw_captcha(draft: Draft) -> Captcha:
    """A new picture's symbols; those that nobody answered in time go."""
    for old in draft.where(Captcha, lambda each: each.expires_at <= draft.now):
        draft.delete(old)
    while len(waiting := list(draft.all(Captcha))) >= MAX_CAPTCHAS:
        draft.delete(waiting[0])
    return draft.put(
        Captcha(
            id_text=draft.random.randbytes(8).hex(),
            symbols=_drawn(draft, 5).upper(),
            expires_at=draft.now + CAPTCHA_LASTS,
        )
    )


def _solved(draft: Draft, captcha: str, symbols: str) -> bool:
    """One try for each picture, right or wrong."""
    found = draft.get(Captcha, captcha)
    if found is None:
        return False
    draft.delete(found)
    return found.expires_at > draft.now and hmac.compare_digest(
        found.symbols.encode(), symbols.strip().upper().encode()
    )


# -- ordering, choosing, recovering


def order_by_sms(draft: Draft, number: str, captcha: str, symbols: str) -> bool:
    """Send a password to the number (S1.2, S1.5, S3.2, S4.11, S4.13).

    Returns:
        False: the symbols are wrong, and a new picture is needed. True also for a number that is nobody's, so that
        nobody learns which are.

    Raises:
        RefusedError: ten_digits.
    """
    return _send(draft, number, captcha, symbols, PasswordKind.BY_SMS, _BY_SMS, None)


def recover(draft: Draft, number: str, captcha: str, symbols: str) -> bool:
    """Send a password that is good for 15 minutes (S4.25); returns and raises as `order_by_sms`."""
    return _send(
        draft, number, captcha, symbols, PasswordKind.RECOVERY, _RECOVERY, draft.now + RECOVERY_LASTS
    )


def recover_by_e_mail(
    draft: Draft, login: str, contract: str, e_mail: str, captcha: str, symbols: str
) -> bool:
    """Send a password that is good for 15 minutes to the contract's e-mail (S4.25).

    Returns:
        False: the symbols are wrong. True also when contract and e-mail are not the login's, so that nobody learns it.
    """
    if not _solved(draft, captcha, symbols):
        return False
    owner = _owner(draft, login)
    if (
        _caller_of(draft, login) is not None
        and owner is not None
        and owner.contract == contract
        and owner.e_mail
        and owner.e_mail.casefold() == e_mail.strip().casefold()
    ):
        password = _drawn(draft, 8)
        _write(draft, login, password, PasswordKind.RECOVERY, draft.now + RECOVERY_LASTS)
        draft.put(
            Letter(
                id=draft.next_id(Letter),
                at=draft.now,
                to=owner.e_mail,
                subject="Восстановление пароля",
                text=_RECOVERY.ru.format(password=password),
            )
        )
    return True


def choose(draft: Draft, caller: Caller, password: str, *, token: str = "") -> None:
    """Take a password of one's own, for good (S1.13, S3.2); all his sessions end but the one of this token.

    Raises:
        RefusedError: weak_password.
    """
    login = _login_of(draft, caller)
    classes = (r"[a-zа-яё]", r"[A-ZА-ЯЁ]", r"[0-9]")
    if (
        not 8 <= len(password) <= 64
        or login in password
        or not all(re.search(each, password) for each in classes)
    ):
        raise RefusedError("weak_password")
    _write(draft, login, password, PasswordKind.CHOSEN)
    sessions.end_all(draft, caller, but_token=token)


def set_by_code(draft: Draft, imsi: str, digits: str) -> None:
    """Set one from the phone itself, by `*111*25*…#`: 4 to 7 digits, which only his own card can send.

    Raises:
        RefusedError: kit_no_password.
    """
    card = draft.get(Subscriber, imsi)
    assert card is not None
    if card.tariff == "kit":
        raise RefusedError("kit_no_password")
    _write(draft, card.number, digits, PasswordKind.CHOSEN)
    sessions.end_all(draft, Caller(Role.SUBSCRIBER, imsi))


def issue(draft: Draft, caller: Caller, login: str) -> str:
    """Staff hands a password out with the contract (S4.2), or anew to an owner who was identified; it.

    Raises:
        RefusedError: not_yours, no_such_account.
    """
    require(caller, Role.STAFF)
    owner = _caller_of(draft, login)
    if owner is None:
        raise RefusedError("no_such_account", account=login)
    password = _drawn(draft, 10)
    _write(draft, login, password, PasswordKind.CHOSEN)
    sessions.end_all(draft, owner)
    return password


def forget(draft: Draft, card: Subscriber) -> None:
    """The number's password is void, and whoever is signed in with it is out: the card is in other hands (S3.4)."""
    if (password := draft.get(Password, card.number)) is not None:
        draft.delete(password)
    sessions.end_all(draft, Caller(Role.SUBSCRIBER, card.imsi))


def issue_to_owner(draft: Draft, caller: Caller, login: str, *, name: str, passport: str) -> str:
    """Support gives a new password to the owner, by the name and passport of his contract (S4.5, S4.14).

    Raises:
        RefusedError: not_yours, no_such_account, not_identified.
    """
    require(caller, Role.STAFF)
    owner = _owner(draft, login)
    if owner is None:
        raise RefusedError("no_such_account", account=login)
    if owner.name.casefold() != name.strip().casefold() or not agrees(owner, passport):
        raise RefusedError("not_identified")
    return issue(draft, caller, login)


# -- signing in


def sign_in(draft: Draft, login: str, password: str) -> Caller | None:
    """Who it is; None: login or password is wrong, which counts. Raises RefusedError: locked."""
    found = draft.get(Password, login)
    if found is None:
        return None
    if found.locked_until is not None and draft.now < found.locked_until:
        raise RefusedError("locked", until=f"{found.locked_until:%H:%M}")
    if not is_right(draft, login, password):
        failures = found.failures + 1
        lock = draft.now + LOCKED_FOR if failures >= MAX_FAILURES else None
        draft.put(replace(found, failures=0 if lock else failures, locked_until=lock))
        return None
    draft.put(replace(found, failures=0, locked_until=None))
    return _caller_of(draft, login)


def is_right(draft: Draft, login: str, password: str) -> bool:
    """Is it this login's password now? It is not counted as a try."""
    found = draft.get(Password, login)
    if found is None or (found.expires_at is not None and found.expires_at <= draft.now):
        return False
    return hmac.compare_digest(found.digest, _digest(password, found.salt))


def _caller_of(draft: Draft, login: str) -> Caller | None:
    """Ten digits are a number, twelve an account of a home; else a company's contract or a vendor's user.

    A kit card is nobody's number: its owner is the vendor's company (S0.4).
    """
    for card in draft.all(Subscriber):
        if card.number == login and card.life is not Life.TERMINATED and card.tariff != "kit":
            return Caller(Role.SUBSCRIBER, card.imsi)
    account = draft.get(Account, login)
    if account is not None and account.kind is AccountKind.HOME:
        return Caller(Role.HOME, login)
    customer = draft.get(Customer, login)
    if customer is not None and is_company(customer):
        return Caller(Role.ADMINISTRATOR, login)
    return None if draft.get(VendorUser, login) is None else Caller(Role.VENDOR_USER, login)


def _login_of(draft: Draft, caller: Caller) -> str:
    if caller.role is Role.STAFF:
        raise RefusedError("not_yours", who="subscriber")
    if caller.role is Role.SUBSCRIBER:
        card = draft.get(Subscriber, caller.subject)
        assert card is not None
        return card.number
    return caller.subject


def _owner(draft: Draft, login: str) -> Customer | None:
    if (customer := draft.get(Customer, login)) is not None:
        return customer
    account = draft.get(Account, login)
    if account is None:
        card = next((each for each in draft.all(Subscriber) if each.number == login), None)
        account = None if card is None else draft.get(Account, card.account)
    return None if account is None else customer_of(draft, account)


# -- inner workings


def _send(
    draft: Draft,
    number: str,
    captcha: str,
    symbols: str,
    kind: PasswordKind,
    text: Text,
    expires_at: datetime | None,
) -> bool:
    if not re.fullmatch(r"[0-9]{10}", number):
        raise RefusedError("ten_digits")
    if not _solved(draft, captcha, symbols):
        return False
    who = _caller_of(draft, number)
    card = None if who is None else draft.get(Subscriber, who.subject)
    # A lost card's finder must neither get a password nor void the owner's.
    if card is not None and card.life is Life.ACTIVE and Hold.LOST not in card.holds:
        password = _drawn(draft, 8)
        _write(draft, number, password, kind, expires_at)
        draft.tell(card.imsi, said_to(card, text).format(password=password))
    return True


def _write(
    draft: Draft, login: str, password: str, kind: PasswordKind, expires_at: datetime | None = None
) -> None:
    salt = draft.random.randbytes(8).hex()
    draft.put(
        Password(
            login=login,
            kind=kind,
            salt=salt,
            digest=_digest(password, salt),
            issued_at=draft.now,
            expires_at=expires_at,
        )
    )


def _digest(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=1024, r=8, p=1).hex()


def _drawn(draft: Draft, count: int) -> str:
    return "".join(draft.random.choice(ALPHABET) for _ in range(count))
