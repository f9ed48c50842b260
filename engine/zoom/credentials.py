"""Content Credentials (C2PA) in an exported picture: who signed it, what was done, and that detail was made. Optional: c2pa-python.

The recorded-only twin is the picture that was opened; what was made beyond the record is the edit. Thumbnails are left out: nothing of
the picture leaves it a second time. The signing key is the person's own; without one there are no credentials.
"""
from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api import JobError

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
RECORD = "org.lorentz-zoom.record"
_PNG = "image/png"
_MAX_PEM = 1 << 20
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


@dataclass(frozen=True)
class Signing:
    """Who signs: PEM files of the certificate chain (the signer's first) and of its private key."""

    certificate: Path
    key: Path


def library() -> Any:
    """The c2pa module. JobError when it is not installed."""
    try:
        import c2pa
    except (ImportError, OSError) as error:
        raise JobError("Content Credentials need the package c2pa-python", hint="pip install 'lorentz-zoom[credentials]'") from error
    return c2pa


def read_signing(signing: Signing) -> tuple[bytes, bytes, bytes]:
    """(algorithm, chain, key). JobError with one clear line when a file is missing, no PEM, or the two do not fit."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    found: list[bytes] = []
    for path in (signing.certificate, signing.key):
        try:
            if path.stat().st_size > _MAX_PEM:
                raise JobError("this is no PEM file", where=str(path), hint="it is far too large")
            found.append(path.read_bytes())
        except OSError as error:
            raise JobError(f"cannot be read: {error.strerror}", where=str(path), hint="check the name") from error
    try:
        chain = x509.load_pem_x509_certificates(found[0])
    except ValueError as error:
        raise JobError("there is no certificate in this file", where=str(signing.certificate), hint="it must be PEM") from error
    try:
        key = load_pem_private_key(found[1], None)
    except (ValueError, TypeError) as error:
        raise JobError("there is no key without password in this file", where=str(signing.key), hint="it must be PEM") from error
    curves = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        kind = curves.get(key.curve.name, b"")
    else:
        kind = b"ps256" if isinstance(key, rsa.RSAPrivateKey) else b"ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else b""
    if not kind:
        raise JobError("Content Credentials know no signature with this kind of key", where=str(signing.key), hint="use a P-256 key")
    public = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if chain[0].public_key().public_bytes(*public) != key.public_key().public_bytes(*public):
        raise JobError("the key does not belong to the first certificate", where=str(signing.certificate), hint="the signer's comes first")
    return kind, found[0], found[1]


def manifest(facts: dict[str, Any], name: str) -> dict[str, Any]:
    """What the credentials say: the actions with the region that was made, and what is needed to make it again."""
    width, height = facts["size"]
    x, y, w, h = facts["roi"]
    shape = {"type": "rectangle", "unit": "pixel", "origin": {"x": 0.0, "y": 0.0}, "width": float(width), "height": float(height)}
    said = f"region {x:g},{y:g} of {w:g} x {h:g} pixels of frame {facts['frame']} of {facts['source']['name']}, x{facts['magnify']:g}"
    actions: list[dict[str, Any]] = [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": ["recorded"]}, "description": f"recorded: {said}"}]
    if facts["depth"]:
        actions.append({"action": "c2pa.edited", "digitalSourceType": COMPOSITE,
                        "description": f"detail beyond the record was synthesised, {facts['depth']} levels",
                        "changes": [{"description": said, "region": [{"type": "spatial", "shape": shape}]}]})
    record = {"source_sha256": facts["source"]["sha256"], "frame": str(facts["frame"]), "roi": ",".join(f"{v:g}" for v in facts["roi"]),
              "magnify": f"{facts['magnify']:g}", "seed": str(facts["seed"]), "samples": str(facts["samples"]), "models": facts["models"],
              "depth": str(facts["depth"])}
    return {"claim_generator_info": [facts["program"]], "title": name, "format": _PNG,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions, "allActionsIncluded": True}},
                           {"label": RECORD, "data": record}]}


def sign_png(picture: bytes, recorded: bytes, facts: dict[str, Any], name: str, signing: Signing) -> bytes:
    """`picture` with credentials in it, read back valid. recorded: the PNG of what was recorded there. JobError when signing fails."""
    c2pa = library()
    kind, chain, key = read_signing(signing)
    out = io.BytesIO()
    try:
        with c2pa.Context.from_dict(_SETTINGS) as context, c2pa.Builder(manifest(facts, name), context) as builder, \
                c2pa.Signer.from_info(c2pa.C2paSignerInfo(kind, chain, key, None)) as signer:
            builder.add_ingredient({"title": "recorded only", "format": _PNG, "relationship": "parentOf", "label": "recorded"}, _PNG,
                                   io.BytesIO(recorded))
            builder.sign(signer, _PNG, io.BytesIO(picture), out)
    except c2pa.C2paError as error:
        said = " ".join(str(error).split())[:200]
        where = str(signing.certificate)
        raise JobError(f"the picture could not be signed: {said}", where=where, hint="is it made for signing?") from error
    found = read_back(out.getvalue())
    if found["state"] not in ("Valid", "Trusted"):
        raise JobError(f"the signed picture does not read back as valid: {', '.join(found['problems'])}", where=str(signing.certificate),
                       hint="is the certificate in date and made for signing?")
    return out.getvalue()


def read_back(picture: bytes) -> dict[str, Any]:
    """{"state": "Trusted", "Valid" (whole, by a signer nobody here vouches for), "Invalid" or "none", "problems": codes, "signer",
    "manifest"} of a PNG."""
    c2pa = library()
    try:
        with c2pa.Context.from_dict(_SETTINGS) as context, c2pa.Reader(_PNG, io.BytesIO(picture), context=context) as reader:
            state, found = reader.get_validation_state() or "Invalid", json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "ManifestNotFound" in str(error):
            return {"state": "none", "problems": [], "signer": None, "manifest": None}
        return {"state": "Invalid", "problems": [" ".join(str(error).split())[:200]], "signer": None, "manifest": None}
    active = found["manifests"][found["active_manifest"]]
    return {"state": state, "problems": [s["code"] for s in found.get("validation_status", [])],
            "signer": (active.get("signature_info") or {}).get("common_name"), "manifest": active}
