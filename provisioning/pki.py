"""Keys, certificates and the claim.

Device: one EC P-256 key in a file of mode 0600, made and on disk before the first register request is sent;
its CSR names the serial. Cloud: a small certificate authority that signs CSRs. The device's identity is its
public key: the fingerprint is SHA-256 over the DER SubjectPublicKeyInfo, in lower-case hex.

Claim. A claim code is printed on the controller's label. It never travels. Both sides derive a key from it
(scrypt, so that a code short enough to type cannot be guessed in bulk from one overheard request) and the
device sends

    claim = hex(HMAC-SHA256(key, message))
    key     = scrypt(code, salt = "thermogate-claim-v1/" + serial, N = 2^14, r = 8, p = 1, 32 bytes)
    message = "thermogate-claim-v1" LF serial LF fingerprint LF imei LF iccid     (UTF-8, no LF at the end)

`code` is the printed code in upper case without blanks and hyphens. Since the fingerprint is inside, an
overheard claim is of no use with another key; the CSR proves that the sender has the key.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLAIM_CONTEXT: Final = "thermogate-claim-v1"

CA_KEY_FILE: Final = "ca.key"
CA_CERTIFICATE_FILE: Final = "ca.crt"
CA_DAYS: Final = 20 * 365
DEVICE_DAYS: Final = 10 * 365
# A device's clock may be slow when it checks its new certificate.
BACKDATE: Final = datetime.timedelta(days=1)


class PkiError(Exception):
    """A key, CSR or certificate that cannot be used. `kind` is a stable machine name."""

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(problem)
        self.kind: Final = kind


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The device's key pair, kept in a file."""

    private_key: ec.EllipticCurvePrivateKey

    @classmethod
    def load_or_create(cls, path: str | Path) -> Self:
        """The key in the file; a new one, saved with mode 0600 and synced to disk, when there is no file.

        Raises:
            PkiError("device_key"): the file cannot be read or written, or is no EC P-256 key. It is never
            replaced:
                another key would be another device to the cloud.
        """
        path = Path(path)
        try:
            if path.exists():
                return cls(_load_key(path.read_bytes(), str(path)))
            path.parent.mkdir(parents=True, exist_ok=True)
            key = ec.generate_private_key(ec.SECP256R1())
            _write_secret(path, _key_pem(key))
        except OSError as error:
            raise PkiError("device_key", f"{path}: {error.strerror}") from error
        return cls(key)

    @property
    def fingerprint(self) -> str:
        return key_fingerprint(self.private_key.public_key())

    def csr(self, serial: str) -> str:
        """A certificate request for this key, PEM, with the serial as common name."""
        return (
            x509.CertificateSigningRequestBuilder()
            .subject_name(_name(serial))
            .sign(self.private_key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
            .decode()
        )


def key_fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 over the DER SubjectPublicKeyInfo, lower-case hex (64 letters)."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def check_csr(csr: str) -> tuple[str, str]:
    """Check a PEM CSR: its signature, an EC P-256 key. Returns (key fingerprint, common name).

    Raises:
        PkiError("bad_csr")
    """
    request = _load_csr(csr)
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return key_fingerprint(_csr_key(request)), str(names[0].value) if names else ""


def claim_key(claim_code: str, serial: str) -> str:
    """The key derived from the printed claim code, hex. This, not the code, is what the cloud keeps."""
    code = "".join(claim_code.split()).replace("-", "").upper()
    salt = f"{CLAIM_CONTEXT}/{serial}".encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def claim_hmac(key: str, *, serial: str, fingerprint: str, imei: str, iccid: str) -> str:
    """The `claim` of a register request: see the module's docstring. `key` comes from `claim_key`."""
    message = "\n".join((CLAIM_CONTEXT, serial, fingerprint, imei, iccid)).encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()


class CertificateAuthority:
    """Signs device certificates. Its key is as precious as all devices together."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate

    @classmethod
    def create(cls, *, now: float, name: str = "Thermogate CA") -> Self:
        """A new authority in memory, valid from wall time `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        begin = _utc(now) - BACKDATE
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=CA_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def load_or_create(cls, directory: str | Path, *, now: float) -> Self:
        """The authority in `directory` (ca.key, ca.crt); a new one, saved there, when there is none.

        Raises:
            PkiError("authority"): one file of the two is missing, or they do not belong together.
        """
        directory = Path(directory)
        key_file, certificate_file = directory / CA_KEY_FILE, directory / CA_CERTIFICATE_FILE
        try:
            if not key_file.exists() and not certificate_file.exists():
                directory.mkdir(parents=True, exist_ok=True)
                authority = cls.create(now=now)
                _write_secret(key_file, _key_pem(authority._key))
                _write_file(certificate_file, authority.certificate.encode(), 0o644)
                return authority
            key = _load_key(key_file.read_bytes(), str(key_file))
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        except (OSError, ValueError) as error:
            raise PkiError("authority", f"{directory}: {error}") from error
        if certificate.public_key() != key.public_key():
            raise PkiError("authority", f"{directory}: {CA_KEY_FILE} and {CA_CERTIFICATE_FILE} are no pair")
        return cls(key, certificate)

    @property
    def certificate(self) -> str:
        """PEM: what clients trust (BrokerSettings.ca_file) when the broker's certificate comes from here."""
        return _pem(self._certificate)

    def sign_csr(self, csr: str, *, device_id: str, now: float, days: int = DEVICE_DAYS) -> str:
        """A client certificate, PEM, for the key of the CSR with `device_id` as its common name.

        What the CSR asks for beside its key is ignored: the cloud decides who the device is.

        Raises:
            PkiError("bad_csr")
        """
        key = _csr_key(_load_csr(csr))
        return _pem(self._sign(key, device_id, now, days, ExtendedKeyUsageOID.CLIENT_AUTH, ()))

    def issue_server(self, host: str, *, now: float, days: int = DEVICE_DAYS) -> tuple[str, str]:
        """A certificate and key, both PEM, for a broker reached as `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = (_general_name(host),)
        certificate = self._sign(key.public_key(), host, now, days, ExtendedKeyUsageOID.SERVER_AUTH, names)
        return _pem(certificate), _key_pem(key).decode()

    def _sign(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        now: float,
        days: int,
        usage: x509.ObjectIdentifier,
        names: tuple[x509.GeneralName, ...],
    ) -> x509.Certificate:
        begin = _utc(now) - BACKDATE
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self._certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _load_csr(csr: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        if not request.is_signature_valid:
            raise PkiError("bad_csr", "the CSR is not signed with its own key")
    except (ValueError, TypeError, InvalidSignature) as error:
        raise PkiError("bad_csr", f"the CSR cannot be read: {error}") from error
    return request


def _csr_key(request: x509.CertificateSigningRequest) -> ec.EllipticCurvePublicKey:
    try:
        key = request.public_key()
    except ValueError as error:
        raise PkiError("bad_csr", f"the CSR's key cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PkiError("bad_csr", "the CSR's key is not EC P-256")
    return key


def _load_key(pem: bytes, where: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise PkiError("device_key", f"{where} holds no readable key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PkiError("device_key", f"{where} holds no EC P-256 key")
    return key


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _write_secret(path: Path, content: bytes) -> None:
    _write_file(path, content, 0o600)


def _write_file(path: Path, content: bytes, mode: int) -> None:
    """All or nothing, and on disk: a temporary file, synced, then renamed, then the directory synced."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _utc(epoch_s: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(epoch_s, tz=datetime.UTC)
