"""JSON Web Tokens of callstats: those that its clients sign, and those that we give them (RFC 7515, 7519)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from callmon.model.frames import Json

LEEWAY_S = 30.0
"""How far the clock of whoever signed may lie from ours, in seconds."""

LONGEST = 8192
"""A longer token is none."""

AUDIENCE = "callmon-callstats"
"""What our own tokens say they are for, so that a client's token can never pass for one."""

INSTALL = "ES256 needs the extra: pip install 'callmon[callstats]'"


class TokenError(Exception):
    """Why a token is not taken, in a few words; ``expired`` where it was good once."""

    def __init__(self, reason: str, expired: bool = False) -> None:
        super().__init__(reason)
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token stands for: a user of an app."""

    app: str
    user: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What tokens are checked and signed with; each key is for one algorithm and one purpose.

    ``secret`` is the app's (HS256), ``public`` the PEM of its registered EC key (ES256), ``key_id`` the name of
    the latter where it is asked for. ``own`` signs the tokens that we give out, which are good for ``life_s``.
    """

    app: str
    own: bytes = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    public: str | None = field(default=None, repr=False)
    key_id: str | None = None
    life_s: float = 3600.0
    submission_ms: int = 15_000

    def __post_init__(self) -> None:
        """Refuse a public key as the secret: everybody knows it, so everybody could sign."""
        if self.secret is not None and "-----BEGIN" in self.secret:
            raise ValueError("callstats.secret is a key in PEM: set it as callstats.public_key")

    def client(self, token: str, now: float) -> Claims:
        """Return whom a client's own token stands for, or raise TokenError."""
        header, payload, signed, signature = _parts(token)
        algorithm = header.get("alg")
        if algorithm == "HS256" and self.secret:
            # The browser SDK is given "base64(key id):secret" and signs with what follows the colon.
            secrets = {self.secret, self.secret.partition(":")[2] or self.secret}
            good = any(_signed_with(secret.encode(), signed, signature) for secret in sorted(secrets))
        elif algorithm == "ES256" and self.public:
            self._check_key_id(header, payload)
            good = _signed_by(self.public, signed, signature)
        else:
            raise TokenError(
                f"the token is signed with {str(algorithm)[:20]!r}, for which no key is set here"
            )
        if not good or payload.get("aud") == AUDIENCE:
            raise TokenError("the signature of the token is wrong")
        user = _name(payload.get("userID"))
        return self._claims(payload, now, Claims(_name(payload.get("appID")), name_of(user)))

    def issue(self, claims: Claims, now: float) -> str:
        """Return a token of our own for who showed a good one."""
        expires = now + self.life_s
        payload = {
            "aud": AUDIENCE,
            "appID": claims.app,
            "userID": claims.user,
            "iat": math.floor(now),
            "exp": math.floor(expires),
            "expiry": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "submissionInterval": self.submission_ms,
            "collectSDP": False,
            "taasEnabled": False,
        }
        signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(payload)}"
        return f"{signed}.{_base64(hmac.digest(self.own, signed.encode(), 'sha256'))}"

    def bearer(self, token: str, now: float) -> Claims:
        """Return whom a token of our own stands for, or raise TokenError."""
        header, payload, signed, signature = _parts(token)
        good = header.get("alg") == "HS256" and _signed_with(self.own, signed, signature)
        if not good or payload.get("aud") != AUDIENCE:
            raise TokenError("the token was not issued here")
        if _time(payload, "exp") is None:
            raise TokenError("the token has no end")
        found = Claims(_name(payload.get("appID")), _name(payload.get("userID")))
        return self._claims(payload, now, found, leeway_s=0.0)

    def stay(self, app: str, *about: str) -> str:
        """Return the ``ucID`` of a participation; the same question has the same answer, so a retry is no rejoin."""
        asked = "\0".join((app, *about)).encode("utf-8", "replace")
        return hmac.new(self.own, asked, hashlib.sha256).hexdigest()[:20]

    def _check_key_id(self, header: Mapping[str, Json], payload: Mapping[str, Json]) -> None:
        named = payload.get("keyID") or payload.get("keyId") or header.get("kid")
        if self.key_id is not None and named != self.key_id:
            raise TokenError("the token names another key than the one that is set here")

    def _claims(
        self, payload: Mapping[str, Json], now: float, found: Claims, leeway_s: float = LEEWAY_S
    ) -> Claims:
        expires, begins = _time(payload, "exp"), _time(payload, "nbf")
        if expires is not None and now >= expires + leeway_s:
            raise TokenError("Token has expired", expired=True)
        if begins is not None and now < begins - leeway_s:
            raise TokenError("the token is not valid yet")
        if not found.user:
            raise TokenError("the token names no userID")
        if not hmac.compare_digest(found.app.encode(), self.app.encode()):
            raise TokenError("the token is for another app")
        return found


def name_of(user: str) -> str:
    """Return a user's name as it is; the browser SDK percent-encodes it in some places and not in others."""
    return unquote(user)


def _name(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).encode("utf-8", "replace").decode()[:512]


def _parts(token: str) -> tuple[dict[str, Json], dict[str, Json], bytes, bytes]:
    """Return header, payload, what is signed, and the signature."""
    pieces = token.split(".")
    if len(token) > LONGEST or len(pieces) != 3 or not token.isascii():
        raise TokenError("not a JSON Web Token")
    try:
        header, payload = (json.loads(_decode(piece)) for piece in pieces[:2])
        signature = _decode(pieces[2])
    except (ValueError, RecursionError, binascii.Error):
        raise TokenError("not a JSON Web Token") from None
    if not isinstance(header, dict) or not isinstance(payload, dict) or "crit" in header:
        raise TokenError("not a JSON Web Token that can be read here")
    return header, payload, f"{pieces[0]}.{pieces[1]}".encode(), signature


def _time(payload: Mapping[str, Json], claim: str) -> float | None:
    """Return a time in epoch seconds; one that is none makes the token worthless."""
    value = payload.get(claim)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise TokenError(f"{claim} of the token is no time")
    return float(value)


def _signed_with(key: bytes, signed: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(hmac.digest(key, signed, "sha256"), signature)


def usable(public: str | None) -> None:
    """Raise ValueError where tokens cannot be checked with this key, and say what to do."""
    if public is not None:
        _ec_key(public)


def _ec_key(public: str) -> Any:
    """Return the key of a PEM text; without the extra, or for another kind of key, ValueError."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise ValueError(INSTALL) from None
    try:
        key = load_pem_public_key(public.encode())
    except Exception:  # It raises its own errors, and those of several layers below.
        raise ValueError("callstats.public_key is not a public key in PEM: set the EC key on P-256") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("callstats.public_key is of another kind: set an EC key on P-256")
    return key


def _signed_by(public: str, signed: bytes, signature: bytes) -> bool:
    """Whether the owner of an EC key on P-256 signed it (RFC 7518, 3.4)."""
    try:
        key = _ec_key(public)
    except ValueError as error:
        raise TokenError(str(error)) from None
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    if len(signature) != 64:
        return False
    halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _decode(piece: str) -> bytes:
    return base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _encode(part: Mapping[str, Json]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())
