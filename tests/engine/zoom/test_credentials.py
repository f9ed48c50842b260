"""Content Credentials in exported pictures: read back valid, say what was made, and notice when the picture was changed."""
import datetime
import json
from pathlib import Path

import pytest

from engine.api import JobError
from engine.zoom import verify_sidecar, write_export
from engine.zoom.credentials import COMPOSITE, RECORD, Signing, read_back, read_signing
from tests.engine.zoom.fakes import FakeDetail, FakeSource, noise_like

pytest.importorskip("c2pa", reason="c2pa-python is optional and not installed")
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START = datetime.datetime(2024, 1, 1)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(subject: str, issuer: str, public, signer, *, authority: bool, days: int = 36500):  # type: ignore[no-untyped-def]
    usage = x509.KeyUsage(digital_signature=not authority, content_commitment=False, key_encipherment=False, data_encipherment=False,
                          key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False)
    made = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(public)
            .serial_number(7 if authority else 8).not_valid_before(START).not_valid_after(START + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(authority, None), True).add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False))
    if not authority:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def signing_in(folder: Path, days: int = 36500) -> Signing:
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = certificate("A signer", "A root", key.public_key(), root, authority=False, days=days)
    (folder / "chain.pem").write_bytes(chain + certificate("A root", "A root", root.public_key(), root, authority=True))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                       serialization.NoEncryption()))
    return Signing(folder / "chain.pem", folder / "key.pem")


@pytest.fixture(scope="module")
def signing(tmp_path_factory) -> Signing:  # type: ignore[no-untyped-def]
    return signing_in(tmp_path_factory.mktemp("keys"))


def export(folder: Path, signing: Signing | None, **more):  # type: ignore[no-untyped-def]
    options = {"detail_model": FakeDetail(), **more}
    return write_export(FakeSource(noise_like(64, 48)), folder / "out.png", 0, (4, 4, 20, 16), 4, signing=signing, **options)


def test_a_signed_picture_reads_back_valid_and_says_what_was_made(tmp_path: Path, signing: Signing) -> None:
    made = export(tmp_path, signing)
    found = read_back((tmp_path / "out.png").read_bytes())
    assert found["state"] == "Valid" and found["signer"] == "A signer"
    assert found["problems"] == ["signingCredential.untrusted"]  # nobody here vouches for the signer; nothing else is wrong
    assertions = {a["label"]: a["data"] for a in found["manifest"]["assertions"]}
    opened, edited = assertions["c2pa.actions.v2"]["actions"]
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited") and edited["digitalSourceType"] == COMPOSITE
    shape = edited["changes"][0]["region"][0]["shape"]
    assert (shape["width"], shape["height"]) == (80, 64) and "4,4 of 20 x 16" in edited["changes"][0]["description"]
    assert assertions[RECORD]["roi"] == "4,4,20,16" and assertions[RECORD]["source_sha256"] == made.facts["source"]["sha256"]
    assert "thumbnail" not in json.dumps(found["manifest"])
    assert found["manifest"]["ingredients"][0]["title"] == "recorded only"
    assert made.facts["credentials"]["state"] == "Valid"


def test_a_signed_picture_still_matches_its_sidecar(tmp_path: Path, signing: Signing) -> None:
    export(tmp_path, signing)
    report = verify_sidecar(tmp_path / "out.png.json", source=FakeSource(noise_like(64, 48)), detail_model=FakeDetail())
    assert report.match, report.line


def test_one_changed_byte_is_noticed(tmp_path: Path, signing: Signing) -> None:
    export(tmp_path, signing)
    data = bytearray((tmp_path / "out.png").read_bytes())
    data[-40] ^= 1
    assert read_back(bytes(data))["state"] == "Invalid"


def test_without_synthesis_nothing_claims_any(tmp_path: Path, signing: Signing) -> None:
    export(tmp_path, signing, recorded_only=True)
    found = read_back((tmp_path / "out.png").read_bytes())
    assert found["state"] == "Valid" and COMPOSITE not in json.dumps(found["manifest"])


def test_an_unsigned_picture_has_none(tmp_path: Path) -> None:
    export(tmp_path, None)
    assert read_back((tmp_path / "out.png").read_bytes())["state"] == "none"


def test_an_outdated_certificate_signs_nothing(tmp_path: Path) -> None:
    old = signing_in(tmp_path, days=30)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(JobError) as caught:
        export(out, old)
    assert "\n" not in str(caught.value) and not list(out.iterdir())


def test_files_that_cannot_sign_are_one_clear_line(tmp_path: Path, signing: Signing) -> None:
    (tmp_path / "text.pem").write_text("hello")
    other = tmp_path / "other"
    other.mkdir()
    cases = ((Signing(tmp_path / "none.pem", signing.key), "cannot be read"),
             (Signing(tmp_path / "text.pem", signing.key), "no certificate"),
             (Signing(signing.certificate, tmp_path / "text.pem"), "no key"),
             (Signing(signing.certificate, signing_in(other).key), "does not belong"))
    for wrong, said in cases:
        with pytest.raises(JobError, match=said) as caught:
            read_signing(wrong)
        assert "\n" not in str(caught.value)
