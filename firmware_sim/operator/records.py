"""What the operator and the vendor's service write down: one frozen record a fact, one table a record.

Nothing here changes by itself: a rule (`rules/`) puts a new record in the place of the old one. Money is in whole
kopecks, moments are aware of their zone, a month is its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row. `KEY` names the field that tells it from its like."""

    KEY: ClassVar[str] = "id"

    @property
    def key(self) -> str | int:
        """The value of that field."""
        value: str | int = getattr(self, self.KEY)
        return value


class Life(StrEnum):
    """Where a card stands in its life at the operator (S0.28, S0.29). What stops it for a time is a `Hold`."""

    IN_STOCK = "in_stock"
    ACTIVE = "active"
    TERMINATED = "terminated"


class Hold(StrEnum):
    """A reason to stop a card's services. Several may hold at once; each is lifted by itself."""

    PAUSE = "pause"
    """The owner's service "Pause" (S2.16)."""
    TEMPORARY_BLOCK = "temporary_block"
    """The owner's paid block (S4.18)."""
    FUNDS = "funds"
    """The account is empty (S4.1)."""
    PERIOD = "period"
    """The vendor's period is over and not prolonged."""
    MISUSE = "misuse"
    """A data session from a device that the card is not bound to (S0.1, S0.2)."""
    LOST = "lost"
    """The owner has lost the card (S3.3)."""
    CLERK = "clerk"
    """The operator's staff has stopped it."""


class Language(StrEnum):
    """What the subscriber reads: Cyrillic, the same in Latin letters, English."""

    RU = "ru"
    TRANSLIT = "translit"
    EN = "en"


class CustomerKind(StrEnum):
    """Who signs the contract."""

    PERSON = "person"
    COMPANY = "company"


class Delivery(StrEnum):
    """How invoices come (S2.3)."""

    E_MAIL = "e_mail"
    LINK = "link"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Record):
    """A person or a company with a contract (S2.1, S4.8)."""

    KEY: ClassVar[str] = "contract"
    contract: str
    name: str
    kind: CustomerKind = CustomerKind.PERSON
    tax_id: str = ""
    passport: str = ""
    """Series and number, ten digits."""
    passport_issuer: str = ""
    passport_issued_on: date | None = None
    born_on: date | None = None
    address: str = ""
    bank_accounts: tuple[str, ...] = ()
    e_mail: str = ""
    region: str = "Москва"
    """A lost card is replaced only there (S3.3)."""
    invoice_delivery: Delivery = Delivery.LINK
    invoice_address: str = ""
    agreed_to_contract: bool = True


class AccountKind(StrEnum):
    """What an account pays for."""

    MOBILE = "mobile"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """A personal account, 12 digits (S4.19). Its money is in the purse of the same number."""

    KEY: ClassVar[str] = "number"
    number: str
    contract: str
    kind: AccountKind = AccountKind.MOBILE
    credit_limit_kopecks: int = 0
    """How far below nothing it may go (S4.17)."""
    bonus_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse(Record):
    """A place where money is: an account, a vendor's user, or one of `EVERYWHERE`."""

    KEY: ClassVar[str] = "name"
    name: str
    kopecks: int = 0


BANK = "bank"
"""The world outside: the only purse that may owe without limit."""
REVENUE = "revenue"
"""What the operator has earned."""
VENDOR = "vendor"
"""What the vendor's service has earned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """Money that went from one purse to another; the sum over all purses is nothing for ever."""

    id: int
    at: datetime
    source: str
    target: str
    kopecks: int
    what: str
    """A kind of `ledger.Kind` and, behind a colon, what it was for."""
    imsi: str = ""


class ForwardingCondition(StrEnum):
    """When a call goes elsewhere (3GPP TS 22.082)."""

    ALWAYS = "always"
    BUSY = "busy"
    NO_REPLY = "no_reply"
    NOT_REACHABLE = "not_reachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber(Record):
    """One SIM card, its number and its services."""

    KEY: ClassVar[str] = "imsi"
    imsi: str
    iccid: str
    msisdn: str
    """With its leading +."""
    account: str
    name: str = ""
    tariff: str
    pin1: str
    puk1: str
    pin2: str
    puk2: str
    life: Life = Life.IN_STOCK
    paid: bool = False
    """Paid for, so that the sweep takes it (S0.29)."""
    holds: tuple[Hold, ...] = ()
    services: tuple[str, ...] = ()
    package: str = ""
    """The Internet package; "" is none."""
    bound_imei: str = ""
    """The only device that may open a data session; "" is any."""
    used_bytes: int = 0
    """Of this period's quota."""
    activated_at: datetime | None = None
    language: Language = Language.RU
    user_group: str = ""
    """The closed user group that it belongs to (S2.10)."""
    voicemail_e_mail: str = ""
    """Where duplicates of voice mail go (S2.18)."""
    forwardings: tuple[tuple[ForwardingCondition, str], ...] = ()
    block_ends_on: date | None = None
    blocked_in_year: int = 0
    """The last year in which the owner has used the temporary block (S4.18)."""

    @property
    def number(self) -> str:
        """Ten digits, as a person signs in with (S4.11)."""
        return self.msisdn[-10:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening(Record):
    """One line of a card's timeline."""

    id: int
    at: datetime
    imsi: str
    what: str
    by: str


class DetailKind(StrEnum):
    """What a line of the itemised statement is."""

    CALL = "call"
    INCOMING_CALL = "incoming_call"
    SMS = "sms"
    BALANCE_CHECK = "balance_check"
    """Free, but it counts as a call when a lost card is identified (S3.6)."""
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail(Record):
    """One line of the itemised statement (S2.21)."""

    id: int
    at: datetime
    imsi: str
    kind: DetailKind
    other: str
    """The other number, the service's code or the access point."""
    duration_s: int = 0
    volume_bytes: int = 0
    kopecks: int = 0


class PaymentState(StrEnum):
    """A payment's way."""

    UNCONFIRMED = "unconfirmed"
    """Said by the customer, not seen at the bank yet (S2.2)."""
    PENDING = "pending"
    DONE = "done"
    CANCELLED = "cancelled"


class PaymentMethod(StrEnum):
    """How money comes."""

    CARD = "card"
    INVOICE = "invoice"
    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"
    TERMINAL = "terminal"
    E_WALLET = "e_wallet"
    MOBILE_ACCOUNT = "mobile_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Record):
    """Money on its way into a purse."""

    id: int
    at: datetime
    purse: str
    kopecks: int
    method: PaymentMethod
    state: PaymentState = PaymentState.PENDING
    note: str = ""
    settled_at: datetime | None = None
    idempotency_key: str = ""
    """The client's own name for the order; asked for twice, it is carried out once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    """A customer's bill for a month (S2.3)."""

    id: int
    contract: str
    month: date
    kopecks: int
    """Value added tax included."""
    vat_kopecks: int
    lines: tuple[tuple[str, str, int], ...] = ()
    """The subscriber's name at the time, what, kopecks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment(Record):
    """A thing bought and paid month by month (S2.4)."""

    id: int
    account: str
    what: str
    monthly_kopecks: int
    remaining_payments: int
    next_due_on: date
    due_day: int
    """Of each month that is long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Record):
    """An e-mail that the operator has sent: a statement, an invoice."""

    id: int
    at: datetime
    to: str
    subject: str
    text: str


class NumberKind(StrEnum):
    """How easily a number is kept in mind."""

    PLAIN = "plain"
    PRETTY = "pretty"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeNumber(Record):
    """A number to give out (S2.13), or one that was given back and rests."""

    KEY: ClassVar[str] = "msisdn"
    msisdn: str
    kind: NumberKind
    rests: bool = False


class RequestState(StrEnum):
    """How far a request to the specialists is."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRequest(Record):
    """A request to the specialists (S2.7, S3.10), about one subscriber or none."""

    id: int
    at: datetime
    contract: str
    imsi: str = ""
    subject: str
    text: str
    state: RequestState = RequestState.OPEN
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffChange(Record):
    """A line of the history of tariffs (S4.22)."""

    id: int
    at: datetime
    imsi: str
    old: str
    new: str
    fee_kopecks: int


class DueKind(StrEnum):
    """What the operator does by itself when its time has come."""

    SWEEP = "sweep"
    MONTH = "month"
    RENAME = "rename"
    BLOCK_ENDS = "block_ends"
    PERIOD_ENDS = "period_ends"
    INSTALMENT = "instalment"
    INVOICES = "invoices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Record):
    """A thing planned. `subject` is an IMSI or ""; `text` what it needs besides."""

    id: int
    at: datetime
    kind: DueKind
    subject: str = ""
    text: str = ""


# -- signing in


class PasswordKind(StrEnum):
    """Where a password comes from."""

    BY_SMS = "by_sms"
    CHOSEN = "chosen"
    """Permanent, by the owner (S3.2)."""
    RECOVERY = "recovery"
    """Good for 15 minutes (S4.25)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Password(Record):
    """One login's password; a new one takes the place of the old (S1.16)."""

    KEY: ClassVar[str] = "login"
    login: str
    """Ten digits of the number, twelve of an account, a contract or a vendor's user."""
    kind: PasswordKind
    salt: str
    digest: str
    issued_at: datetime
    expires_at: datetime | None = None
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Captcha(Record):
    """A picture's symbols, good for one try."""

    KEY: ClassVar[str] = "id_text"
    id_text: str
    symbols: str
    expires_at: datetime


class Role(StrEnum):
    """Who is asking."""

    SUBSCRIBER = "subscriber"
    ADMINISTRATOR = "administrator"
    """Of a company with many subscribers (S2)."""
    HOME = "home"
    """Of a home account (S4.2)."""
    VENDOR_USER = "vendor_user"
    """Of the vendor's service (S0)."""
    STAFF = "staff"
    """The operator's and the vendor's own people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Record):
    """A person who has signed in. `subject` is an IMSI, a contract, an account or a vendor's login."""

    KEY: ClassVar[str] = "token_digest"
    token_digest: str
    role: Role
    subject: str
    expires_at: datetime


# -- the vendor's service


class VendorCardState(StrEnum):
    """A card in the vendor's service: its second state machine, apart from the operator's (S0.24, S0.28)."""

    ADDED = "added"
    ACTIVE = "active"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorUser(Record):
    """A user of the vendor's service. His money is in the purse `vendor:LOGIN`."""

    KEY: ClassVar[str] = "login"
    login: str
    name: str = ""
    kind: CustomerKind = CustomerKind.PERSON
    method: PaymentMethod | None = None
    """The first one chosen is the only one for ever (S0.22)."""
    auto_payment: bool = False
    """What a period lacks is charged to the saved card (S0.18)."""
    card_saved: bool = False
    """A payment by card has succeeded, so that the service may charge the card again."""
    card_declines: bool = False
    """The sandbox: the bank refuses the saved card."""

    @property
    def purse(self) -> str:
        """Where his money is."""
        return f"vendor:{self.login}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDevice(Record):
    """A controller of a vendor's user."""

    KEY: ClassVar[str] = "serial"
    serial: str
    login: str
    model: str
    imei: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCard(Record):
    """A kit SIM that a user has added (S0.12)."""

    KEY: ClassVar[str] = "imsi"
    imsi: str
    login: str
    tariff: str
    next_tariff: str = ""
    """Ordered for the next period; "" is the same one again."""
    serial: str
    """Of the device it goes into (S0.16)."""
    state: VendorCardState = VendorCardState.ADDED
    first_activated_at: datetime | None = None
    paid_until: datetime | None = None
    auto_prolong: bool = True


class NoticeKind(StrEnum):
    """What the vendor's service tells its user of a card."""

    PERIOD_BEGAN = "period_began"
    PERIOD_OVER = "period_over"
    CARD_DECLINED = "card_declined"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorNotice(Record):
    """A line among the messages of a vendor's user."""

    id: int
    at: datetime
    login: str
    imsi: str
    kind: NoticeKind


RECORDS: tuple[type[Record], ...] = (
    Customer,
    Account,
    Purse,
    Entry,
    Subscriber,
    Happening,
    Detail,
    Payment,
    Invoice,
    Instalment,
    Letter,
    FreeNumber,
    SupportRequest,
    TariffChange,
    Due,
    Password,
    Captcha,
    Session,
    VendorUser,
    VendorDevice,
    VendorCard,
    VendorNotice,
)
