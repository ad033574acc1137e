"""Keys, certificates and the claim."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import PolicyBuilder, Store

from provisioning.pki import (
    CertificateAuthority,
    DeviceKey,
    PkiError,
    check_csr,
    claim_hmac,
    claim_key,
    key_fingerprint,
)

NOW = 1_800_000_000.0
WHEN = datetime.datetime.fromtimestamp(NOW, tz=datetime.UTC)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "device.key"
    first = DeviceKey.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert DeviceKey.load_or_create(path).fingerprint == first.fingerprint
    assert [file.name for file in path.parent.iterdir()] == ["device.key"], "no temporary file is left"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_named_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "device.key"
    path.write_bytes(content)
    with pytest.raises(PkiError, match=r"device\.key") as caught:
        DeviceKey.load_or_create(path)
    assert caught.value.kind == "device_key"
    assert path.read_bytes() == content


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem)
    with pytest.raises(PkiError, match="P-256"):
        DeviceKey.load_or_create(path)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PkiError):
        DeviceKey.load_or_create(tmp_path / "file" / "device.key")


def test_the_fingerprint_is_the_hash_of_the_public_key(tmp_path: Path) -> None:
    key = DeviceKey.load_or_create(tmp_path / "device.key")
    spki = key.private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert (
        key.fingerprint == key_fingerprint(key.private_key.public_key()) == hashlib.sha256(spki).hexdigest()
    )
    assert check_csr(key.csr("ZONT-1")) == (key.fingerprint, "ZONT-1")


def test_a_signed_certificate_is_the_devices_own_and_verifies(tmp_path: Path) -> None:
    authority = CertificateAuthority.create(now=NOW)
    key = DeviceKey.load_or_create(tmp_path / "device.key")
    pem = authority.sign_csr(key.csr("ZONT-1"), device_id="tg-1", now=NOW)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.public_key() == key.private_key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=tg-1", "the cloud names the device, not the CSR"
    ca = x509.load_pem_x509_certificate(authority.certificate.encode())
    certificate.verify_directly_issued_by(ca)
    assert certificate.not_valid_before_utc < WHEN < certificate.not_valid_after_utc


def test_a_brokers_certificate_verifies_by_the_usual_rules() -> None:
    authority = CertificateAuthority.create(now=NOW)
    pem, _ = authority.issue_server("broker.example", now=NOW)
    store = Store([x509.load_pem_x509_certificate(authority.certificate.encode())])
    verifier = PolicyBuilder().store(store).time(WHEN).build_server_verifier(x509.DNSName("broker.example"))
    verifier.verify(x509.load_pem_x509_certificate(pem.encode()), [])


def test_the_authority_is_made_once(tmp_path: Path) -> None:
    first = CertificateAuthority.load_or_create(tmp_path / "ca", now=NOW)
    assert stat.S_IMODE((tmp_path / "ca" / "ca.key").stat().st_mode) == 0o600
    assert CertificateAuthority.load_or_create(tmp_path / "ca", now=NOW).certificate == first.certificate


def test_half_an_authority_or_two_halves_of_different_ones(tmp_path: Path) -> None:
    CertificateAuthority.load_or_create(tmp_path / "one", now=NOW)
    CertificateAuthority.load_or_create(tmp_path / "two", now=NOW)
    (tmp_path / "one" / "ca.crt").write_bytes((tmp_path / "two" / "ca.crt").read_bytes())
    with pytest.raises(PkiError, match="no pair"):
        CertificateAuthority.load_or_create(tmp_path / "one", now=NOW)
    (tmp_path / "two" / "ca.key").unlink()
    with pytest.raises(PkiError):
        CertificateAuthority.load_or_create(tmp_path / "two", now=NOW)


def test_csrs_that_are_refused(tmp_path: Path) -> None:
    key = DeviceKey.load_or_create(tmp_path / "device.key")
    csr = x509.load_pem_x509_csr(key.csr("Z").encode())
    spoiled = bytearray(csr.public_bytes(serialization.Encoding.DER))
    spoiled[-1] ^= 1
    import base64

    body = base64.encodebytes(bytes(spoiled)).decode()
    other_curve = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    for bad in (
        "",
        "no pem",
        f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n",
        other_curve,
        "-----BEGIN CERTIFICATE REQUEST-----\nключ\n-----END CERTIFICATE REQUEST-----\n",
    ):
        with pytest.raises(PkiError) as caught:
            check_csr(bad)
        assert caught.value.kind == "bad_csr"


def test_the_claim_is_what_the_contract_says() -> None:
    """Computed here from the documented bytes, for those who write the other end in another language."""
    key = hashlib.scrypt(b"ABCD1234", salt=b"thermogate-claim-v1/ZONT-1", n=2**14, r=8, p=1, dklen=32)
    message = b"thermogate-claim-v1\nZONT-1\n" + b"f" * 64 + b"\n490154203237518\n8970101234567890123"
    assert claim_key("abcd-12 34", "ZONT-1") == key.hex()
    claim = claim_hmac(
        key.hex(), serial="ZONT-1", fingerprint="f" * 64, imei="490154203237518", iccid="8970101234567890123"
    )
    assert claim == hmac.new(key, message, "sha256").hexdigest()
