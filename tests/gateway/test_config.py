"""gateway.toml: what an installer mistypes gets the key, the file and the way out."""

from pathlib import Path

import pytest

from gateway.config import ConfigError, GatewayConfig, load_config, parse_config

GOOD = """
lang = "ru"
[device]
serial = "ZT-0001"
model = "H-1V NEW"
claim_code = "AB12-CD34"
[modem]
port = "/dev/ttyUSB0"
pin = "4321"
audit_file = "modem.log"
apn_password = "apn-secret"
[cloud]
broker = "mqtt://box:broker-secret@broker.example:1884"
ca_file = "ca.crt"
[uplink]
kind = "host"
[waiting]
policy = "ts34_strict"
[store]
dir = "state"
[controller]
url = "modbus+tcp://127.0.0.1:5020?unit=1"
[telemetry]
period_s = 30
"""


def parsed(text: str, **environ: str) -> GatewayConfig:
    return parse_config(text, Path("/etc/tg/gateway.toml"), environ=environ)


def refused(text: str, **environ: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parsed(text, **environ)
    assert "/etc/tg/gateway.toml" in str(caught.value)
    return caught.value


def without(key: str) -> str:
    return "\n".join(line for line in GOOD.splitlines() if not line.startswith(key))


def test_a_whole_file() -> None:
    config = parsed(GOOD)

    assert config.lang == "ru"
    assert config.modem.baudrate == 115200
    assert config.modem.pin is not None
    assert config.modem.pin.get_secret_value() == "4321"
    settings = config.cloud.settings()
    assert (settings.host, settings.port, settings.password) == ("broker.example", 1884, "broker-secret")
    assert settings.ca_file == "/etc/tg/ca.crt"
    assert config.store_url == "/etc/tg/state/gateway.db"
    assert (config.modem.audit_file, config.modem.audit_max_bytes) == (Path("/etc/tg/modem.log"), 1_000_000)
    assert config.key_file == Path("/etc/tg/state/device.key")


def test_the_smallest_file_has_its_state_beside_it() -> None:
    config = parsed(
        '[device]\nserial="Z1"\nclaim_code="C"\n[modem]\nport="x"\n[cloud]\nbroker="mqtt://localhost"'
    )

    assert config.key_file.parent == Path("/etc/tg/thermogate-state")
    assert config.controller is None


def test_secrets_stay_out_of_what_is_printed() -> None:
    shown = repr(parsed(GOOD)) + str(parsed(GOOD))

    for secret in ("4321", "AB12", "apn-secret", "broker-secret"):
        assert secret not in shown


def test_secrets_from_the_environment_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "claim").write_text("AB12-CD34\n")
    (tmp_path / "gateway.toml").write_text(
        without("claim_code")
        .replace("[modem]", 'claim_code_file = "claim"\n[modem]')
        .replace('pin = "4321"', 'pin_env = "SIM_PIN"')
    )

    config = load_config(tmp_path / "gateway.toml", environ={"SIM_PIN": "9999"})

    assert config.device.claim_code.get_secret_value() == "AB12-CD34"
    assert config.modem.pin is not None
    assert config.modem.pin.get_secret_value() == "9999"


BAD = "config_bad_value"
UNKNOWN = "config_unknown_key"
MISSING = "config_missing_key"
PIN = 'pin = "4321"'


@pytest.mark.parametrize(
    ("text", "kind", "key", "says"),
    [
        (GOOD.replace("port =", "prot ="), UNKNOWN, "[modem] prot", "did you mean 'port'?"),
        (GOOD.replace("[uplink]", "[uplnik]"), UNKNOWN, "uplnik", "did you mean 'uplink'?"),
        (GOOD.replace("pin =", "pin_evn ="), UNKNOWN, "[modem] pin_evn", "did you mean 'pin_env'?"),
        (without("port"), MISSING, "[modem] port", "add it"),
        (without("broker"), MISSING, "[cloud] broker", "add it"),
        (GOOD.replace('"host"', '"wifi"'), BAD, "[uplink] kind", "'modem' or 'host'"),
        (GOOD.replace("= 30", '= "30"'), BAD, "[telemetry] period_s", "number"),
        (GOOD.replace('"4321"', '"43x1"'), BAD, "[modem] pin", "4 to 8 digits"),
        (GOOD.replace('"4321"', "4321"), BAD, "[modem] pin", "string"),
        (GOOD.replace("mqtt://", "http://"), BAD, "[cloud]", "mqtt://"),
        (GOOD.replace("ZT-0001", "ZT/0001"), BAD, "[device] serial", "one level of a topic"),
        (GOOD.replace("[device]", "[device"), "config_syntax", "", "not TOML"),
        (GOOD.replace(PIN, 'pin_env = "SIM_PIN"'), BAD, "[modem] pin_env", "export SIM_PIN"),
        (GOOD.replace(PIN, 'pin_file = "none"'), BAD, "[modem] pin_file", "cannot be read"),
        (GOOD + '\npin_file = "x"\n', UNKNOWN, "[telemetry] pin_file", "period_s"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(text: str, kind: str, key: str, says: str) -> None:
    error = refused(text)

    assert (error.kind, error.key) == (kind, key)
    assert says in f"{error.problem}; {error.hint}"
    for secret in ("43x1", "4321", "broker-secret"):
        assert secret not in str(error)


def test_all_problems_at_once() -> None:
    error = refused(GOOD.replace("port =", "prot =").replace('"host"', '"wifi"'))

    assert {problem.key for problem in error.problems} == {"[modem] prot", "[modem] port", "[uplink] kind"}


def test_a_secret_given_twice() -> None:
    error = refused(GOOD.replace("[cloud]", 'pin_env = "P"\n[cloud]'), P="1111")

    assert error.hint == "keep one of them"


@pytest.mark.parametrize(
    ("content", "kind"), [(None, "config_not_found"), (b"\xff\xfe", "config_unreadable")]
)
def test_a_file_that_is_not_there_or_not_text(tmp_path: Path, content: bytes | None, kind: str) -> None:
    path = tmp_path / "gateway.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        load_config(path)

    assert caught.value.kind == kind
    assert str(path) in str(caught.value)
