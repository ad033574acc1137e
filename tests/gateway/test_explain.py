"""Every error of the project has words, in both languages, with its own facts in them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import get_args

import pytest

import at_commands
import gateway.controllers
import provisioning
from at_commands.codes import CME
from at_commands.errors import (
    AtError,
    CmeError,
    CommandTimeoutError,
    LinkBusyError,
    LinkPermissionError,
    NoAnswerError,
)
from gateway.commissioning import BenchRefusedError
from gateway.config import ConfigError, ConfigErrorKind, ConfigProblem
from gateway.controllers.driver import ControllerError, SetpointRefusedError
from gateway.explain import explain_error, explain_kind, explain_snapshot
from gateway.modem_facts import DataRefusedError, PinRefusedError
from gateway.pin_memory import PinRefusal
from provisioning.controller_profile import ProfileError
from provisioning.explanations import Explanation
from provisioning.journey import Commissioning, Reason, State
from provisioning.messages import MessageError
from provisioning.mqtt import BrokerUrlError, MqttPortError, MqttRefusedError, MqttUnreachableError
from provisioning.pki import PkiError
from provisioning.records import RecordError
from provisioning.registrar import RegistrarError
from provisioning.store import StoreError, StoreUnavailableError
from provisioning.topics import TopicError

HIERARCHIES = (AtError, ControllerError, MqttPortError, StoreError)


def kinds() -> list[str]:
    for package in (at_commands, provisioning, gateway.controllers):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found: set[str] = set()
    queue: list[type[Exception]] = list(HIERARCHIES)
    while queue:
        error = queue.pop()
        found.add(error.__dict__.get("kind", ""))
        queue += error.__subclasses__()
    return sorted(found - {"", "broker_refused", "publish_refused", "subscribe_refused"})


def assert_speaks(explanation: Explanation | None) -> Explanation:
    assert explanation is not None
    for text in (explanation.what, explanation.meaning, explanation.next):
        assert text.ru
        assert text.en
        assert any("а" <= letter.lower() <= "я" for letter in text.ru)
        for sentence in (text.ru, text.en):
            assert "{" not in sentence
    return explanation


@pytest.mark.parametrize("kind", [*kinds(), *get_args(ConfigErrorKind)])
def test_no_kind_is_without_words(kind: str) -> None:
    explanation = explain_kind(kind)
    assert explanation is not None, kind
    assert explanation.code == kind


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (LinkBusyError("/dev/ttyUSB0", "in use"), "/dev/ttyUSB0"),
        (LinkPermissionError("/dev/ttyUSB0", "denied"), "/dev/ttyUSB0"),
        (NoAnswerError("socket://h:1"), "socket://h:1"),
        (CommandTimeoutError("AT+COPS=?", 120), "120 s"),
        (CmeError("AT+X", "+CME ERROR: 3", 3, "operation not allowed"), "operation not allowed"),
        (CmeError("AT+X", "+CME ERROR: ?", None, "strange"), "–"),
        (StoreUnavailableError("gateway.db", "disk full"), "disk full"),
        (SetpointRefusedError("room: 90 is above 30 °C"), "above 30"),
        (BrokerUrlError("a broker URL needs a host"), "needs a host"),
        (MqttUnreachableError("nothing listens"), "cannot be reached"),
        (MqttRefusedError(0x86, "Bad User Name or Password"), ""),
        (PkiError("device_key", "device.key: permission denied"), "permission denied"),
        (ProfileError("[profile] model", "is missing"), "is missing"),
        (MessageError("malformed", "Ack", "op_ids: missing"), "op_ids"),
        (RegistrarError("unknown_serial", "no controller"), "serial"),
        (RecordError("ICCID", "12", "too short", "слишком коротко"), "too short"),
        (TopicError("'a/b' cannot be one level"), "a/b"),
        (BenchRefusedError("SIM800C"), "simulators"),
        (DataRefusedError(33, "+CME ERROR: 133"), ""),
        (DataRefusedError(None, "ERROR"), ""),
        (
            ConfigError("g.toml", (ConfigProblem("config_unknown_key", "prot", "?", "did you mean 'port'?"),)),
            "did you mean 'port'?",
        ),
    ],
)  # fmt: skip
def test_words_carry_the_facts(error: Exception, says: str) -> None:
    explanation = assert_speaks(explain_error(error))

    assert says in explanation.render("en")


@pytest.mark.parametrize("code", sorted(CME))
def test_every_refusal_of_the_modem(code: int) -> None:
    assert_speaks(explain_error(CmeError("AT+X", f"+CME ERROR: {code}", code, CME[code].name)))


@pytest.mark.parametrize("refusal", list(PinRefusal))
def test_every_refusal_of_a_pin(refusal: PinRefusal) -> None:
    explanation = assert_speaks(explain_error(PinRefusedError(refusal, 2)))
    assert explanation.who in {"installer", "owner"}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_state(state: State, reason: Reason | None) -> None:
    snapshot = Commissioning(state=state, reason=reason, cause=17, data_cause=27, broker_code=0x87)
    assert_speaks(explain_snapshot(snapshot))


def test_what_nobody_foresaw_has_none() -> None:
    assert explain_error(ZeroDivisionError()) is None
