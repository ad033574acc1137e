"""The tables of gateway.toml: one frozen model each, strict, with every key's default.

Secrets never show in a repr. How a file becomes these, and what is said when it cannot: `gateway.config`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from provisioning.messages import Name
from provisioning.mqtt import BrokerSettings, BrokerUrlError
from provisioning.topics import DEFAULT_ROOT, TopicError, Topics, check_level


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class DeviceConfig(Table):
    """[device]: who this controller is. The claim code is printed on its label."""

    serial: Annotated[str, Field(min_length=1)]
    model: Annotated[str, Field(min_length=1, max_length=200)] = "unknown"
    hardware: Annotated[str, Field(max_length=200)] = ""
    firmware: Annotated[str, Field(max_length=200)] = ""
    claim_code: SecretStr

    @field_validator("serial")
    @classmethod
    def _topic_level(cls, serial: str) -> str:
        try:
            return check_level(serial)
        except TopicError as error:
            raise ValueError(str(error)) from None


class ModemConfig(Table):
    """[modem]: where it is and how its SIM is used. Times in seconds.

    `poll_s`: between two looks at the registration, which cost the network nothing.
    `audit_file`: where all that goes over the wire is written down, its secrets masked (at_commands.audit);
    `audit_max_bytes` of it, then it is moved to `….1` and so on.
    """

    port: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 115200
    pin: SecretStr | None = None
    apn: Annotated[str, Field(max_length=100)] = "internet"
    apn_user: str = ""
    apn_password: SecretStr = SecretStr("")
    poll_s: Annotated[float, Field(ge=0.05, le=3600)] = 10.0
    audit_file: Path | None = None
    audit_max_bytes: Annotated[int, Field(ge=10_000, le=10_000_000_000)] = 1_000_000

    @field_validator("pin")
    @classmethod
    def _digits(cls, pin: SecretStr | None) -> SecretStr | None:
        if pin is not None and not (
            4 <= len(pin.get_secret_value()) <= 8 and pin.get_secret_value().isdecimal()
        ):
            raise ValueError('a PIN is 4 to 8 digits in quotes, like "1234"')
        return pin

    @field_validator("apn", "apn_user")
    @classmethod
    def _printable(cls, text: str) -> str:
        if '"' in text or any(not sign.isprintable() for sign in text):
            raise ValueError("quotes and control characters cannot stand in an AT command")
        return text


class CloudConfig(Table):
    """[cloud]: the broker, and how to speak to it."""

    broker: Annotated[str, Field(min_length=1)]
    username: str | None = None
    password: SecretStr | None = None
    root: str = DEFAULT_ROOT
    protocol: Literal["3.1.1", "5"] = "5"
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 60
    connect_timeout_s: Annotated[float, Field(ge=1, le=300)] = 60.0
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @field_validator("root")
    @classmethod
    def _root(cls, root: str) -> str:
        try:
            return Topics(root).root
        except TopicError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _parses(self) -> Self:
        try:
            self.settings()
        except BrokerUrlError as error:
            raise ValueError(str(error)) from None
        return self

    def settings(self) -> BrokerSettings:
        """For the MQTT port. `username` and `password` beside the URL win over those in it."""
        parsed = BrokerSettings.parse(
            self.broker,
            protocol=self.protocol,
            keepalive_s=self.keepalive_s,
            connect_timeout_s=self.connect_timeout_s,
            ca_file=_text(self.ca_file),
            cert_file=_text(self.cert_file),
            key_file=_text(self.key_file),
        )
        changes: dict[str, Any] = {}
        if self.username is not None:
            changes["username"] = self.username
        if self.password is not None:
            changes["password"] = self.password.get_secret_value()
        return replace(parsed, **changes)

    def __repr_args__(self) -> Any:
        # The URL may hold a password.
        return [
            (name, self.settings().url if name == "broker" else value)
            for name, value in super().__repr_args__()
        ]


class UplinkConfig(Table):
    """[uplink]: through the modem's own TCP stack, or through this machine's network."""

    kind: Literal["modem", "host"] = "modem"


class WaitingConfig(Table):
    """[waiting]: the policy (provisioning.backoff). `bench` refuses a real modem unless told."""

    policy: Literal["standard", "ts34_strict", "bench"] = "standard"
    bench_on_real_modem: bool = False


class StoreConfig(Table):
    """[store]: the directory for store and device key; `url` only for a store elsewhere (PostgreSQL)."""

    dir: Path = Path("thermogate-state")
    url: SecretStr | None = None


class ControllerConfig(Table):
    """[controller]: the heating controller's own wire; absent = the gateway reports the link only.

    `url`: modbus+tcp://, modbus+rtu:// or, for a ZONT controller on the local network, zont:// or zonts://.
    `profile`: of a Modbus controller.
    `user`, `password`: of a ZONT controller's local access.
    `names`: a ZONT controller's points under names of their own, as `air_setpoint = "circuit.8362.setpoint"`.
    `allow_setpoints`: whether the cloud's `setpoint` command may write to the controller.
    """

    url: Annotated[str, Field(min_length=1)]
    profile: str = "thermogate_h1v"
    user: str = "admin"
    password: SecretStr = SecretStr("admin")
    names: dict[Name, Name] = {}
    allow_setpoints: bool = False


class TelemetryConfig(Table):
    """[telemetry]: how often readings are taken."""

    period_s: Annotated[float, Field(ge=0.05, le=86400)] = 60.0


class GatewayConfig(Table):
    """The whole file. `file` is where it came from, for messages."""

    device: DeviceConfig
    modem: ModemConfig
    cloud: CloudConfig
    uplink: UplinkConfig = UplinkConfig()
    waiting: WaitingConfig = WaitingConfig()
    store: StoreConfig = StoreConfig()
    controller: ControllerConfig | None = None
    telemetry: TelemetryConfig = TelemetryConfig()
    lang: Literal["ru", "en"] = "en"

    @property
    def store_url(self) -> str:
        """For `provisioning.store.Database`."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return str(self.store.dir / "gateway.db")

    @property
    def key_file(self) -> Path:
        """The device's key."""
        return self.store.dir / "device.key"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
