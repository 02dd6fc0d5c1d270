"""Secrets are taken out of what is kept: those that are known, by their value, and what is called one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import quote

from callmon.model.frames import Frame, Json
from callmon.recording import tokens

LEAST = 6
"""A secret shorter than this is not looked for: it would be found by chance."""

GONE = "…"
"""What stands where a secret was."""

_KEYS = (
    r"(?:api|private|secret|access|session|signing|encryption|master|shared|account|stream|client)[_-]?key"
    r"|(?:verification|security|auth(?:orization)?|one[_-]?time|mfa|login|invite)[_-]?code"
)
_WORDS = (
    rf"(?:token|passw(?:or)?d|passphrase|passcode|secret|credentials?|authorization|jwt|signature|{_KEYS})"
)
_SHORT = "auth|pass|pwd|pin|otp|totp"
_NAMED = re.compile(
    rf"(?i:{_WORDS}s?|cookies?)(?:$|(?=[A-Z_.-]))|(?:^|[_. -]|(?<=[a-z])(?=[AOPST]))(?i:{_SHORT}|sig)$",
    re.ASCII,
)
_PIN = re.compile(
    r"(?:^|[_.-]|(?<=[a-z])(?=[OPT]))(?i:pin|passcode|t?otp)$"
    r"|(?i:(?:verification|security|auth|one[_-]?time|mfa|login)[_-]?code)$",
    re.ASCII,
)
_IS = r"(?:\\*[\"'])?\s*(?:[=:]|%(?:25)?3D)\s*(?:\\*[\"'])?"
_QUOTED = r"(?<=')(?:\\(?![\"'])|[^'\\\n])+|(?<=\")(?:\\(?![\"'])|[^\"\\\n])+"
_VALUE = rf"(?!…|(?:true|false|null|none|undefined)\b)(?:{_QUOTED}|[^\s&#\"'\\;,{{}}]+)"
_QUERY = r"(?:[?&]|%(?:25)?(?:3F|26))"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.ASCII)


_PATTERNS = (
    (_pattern(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"), GONE),
    (_pattern(r"\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)*"), GONE),
    (_pattern(r"\b(Bearer |Basic )[\w.~+/=-]{6,}"), rf"\1{GONE}"),
    (_pattern(rf"(?<!\w)((?:cookie|authorization){_IS})(?!…)(?:{_QUOTED}|[^\s\"'\\][^\r\n]*)"), rf"\1{GONE}"),
    (_pattern(rf"((?<!page){_WORDS}(?:[_-]\w{{1,20}})?{_IS}){_VALUE}"), rf"\1{GONE}"),
    (_pattern(rf"((?<![A-Z0-9])(?:{_SHORT}){_IS}){_VALUE}"), rf"\1{GONE}"),
    (
        _pattern(rf"({_QUERY}(?:[\w-]{{0,40}}[_-])?(?:sig|signature|key)(?:=|%(?:25)?3D)){_VALUE}"),
        rf"\1{GONE}",
    ),
    (_pattern(rf"({_QUERY}code(?:=|%(?:25)?3D)){_VALUE}"), rf"\1{GONE}"),
    (_pattern(rf"({_QUERY}t(?:=|%(?:25)?3D))[^&#\s\"'\\;]{{6,}}"), rf"\1{GONE}"),
    (_pattern(r"\b(inline:|ice-pwd:)[\w+/=|:-]+"), rf"\1{GONE}"),
    (_pattern(r"(://)[^/@\s:]+:[^/@\s]+(?=@)"), rf"\1{GONE}"),
    (_pattern(r"\b((?:turns?|stuns?|sips?):[^:@\s/;]+:)(?!…)[^\s<>\"',]+(?=@)"), rf"\1{GONE}"),
    *((pattern, rf"\1{GONE}" if pattern.groups else GONE) for pattern in tokens.PATTERNS),
)
_OPENING = ("{", "[", '"')
_CLUES = (
    "@", "%", "?", "&", "://", "token", "pass", "secret", "credential", "auth", "private", "jwt", "eyj", "bearer",
    "basic ", "inline:", "ice-pwd:", "pwd", "pin", "otp", "cookie", "signature", "signing", "encryption", "master",
    "shared", "verification", "security", "mfa", "login", "invite", "onetime", "one_time", "one-time",
)  # fmt: skip
_BYTES = tuple(clue.encode() for clue in _CLUES)
_STEMS = ("access", "account", "api", "client", "session", "stream")
# That what is looked for begins with fixed letters makes these searches fast.
_KEY = "key(?:" + "|".join(f"(?<={stem}key)|(?<={stem}[_-]key)" for stem in _STEMS) + ")"
_FINDS = tuple(re.compile(find) for find in (_KEY, "sig(?!n)"))
_BYTE_FINDS = tuple(re.compile(find.pattern.encode()) for find in _FINDS)
_LONGEST_INNER = 4_000_000
_SHORT_TEXT, _REMEMBERED = 96, 50_000
_BARE = (float, bool, type(None))


class Secrets:
    """What must not be kept: values that ``know`` was told, and whatever is named or built like a secret.

    A frame in which nothing is suspicious costs a few searches. The names of members and the short texts of the
    others are nearly always those of earlier frames: which of them are harmless is remembered.
    """

    def __init__(self) -> None:
        """Know none yet."""
        self._known: list[str] = []
        self._harmless: set[str] = set()
        self._names: dict[str, tuple[bool, bool]] = {}

    def know(self, value: str | None) -> None:
        """Keep a value out from now on, also where it is percent-encoded or inside of JSON."""
        if value is None or len(value) < LEAST:
            return
        forms = {value, quote(value, safe=""), json.dumps(value)[1:-1]}
        self._known += [form for form in forms if form not in self._known]
        self._known.sort(key=len, reverse=True)
        self._harmless.clear()

    def in_text(self, text: str) -> bool:
        """Return whether a JSON text may hold a secret."""
        if _has_clue(text):
            return True
        return any(one in text or json.dumps(one)[1:-1] in text for one in self._known)

    def in_bytes(self, data: bytes) -> bool:
        """Return whether data that hold texts in UTF-8 may hold a secret."""
        low = data.lower()
        if any(clue in low for clue in _BYTES) or any(find.search(low) for find in _BYTE_FINDS):
            return True
        if any(clue in data for clue in tokens.BYTE_CLUES) or tokens.BYTE_HEX.search(data):
            return True
        return any(one.encode() in data for one in self._known)

    def clean(self, value: Json) -> Json:
        """Return a JSON value without secrets: itself where there are none."""
        return self._walk(value, False)

    def cleaned(self, frame: Frame) -> Frame:
        """Return a frame without secrets: itself where there are none."""
        body, about = self.clean(frame.body), self.clean(dict(frame.about))
        return (
            frame if body is frame.body and about == frame.about else replace(frame, body=body, about=about)
        )

    def _walk(self, value: Json, named: bool) -> Json:
        """Return a value with every text in it cleaned, and gone where it is ``named`` a secret."""
        kind = type(value)
        if kind is str:
            return GONE if named and value else self._text(value)
        if kind is list:
            items = [item if type(item) in _BARE else self._walk(item, named) for item in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else items
        if kind is dict:
            pairs = {self._text(name): self._member(name, item) for name, item in value.items()}
            same = all(pairs.get(name, value) is item for name, item in value.items())
            return value if same else pairs
        return value

    def _member(self, name: str, value: Json) -> Json:
        """Return what a member of that name may hold."""
        kind = type(value)
        if kind in _BARE:
            return value
        secret, pin = self._names.get(name) or self._called(name)
        if kind is int:
            return GONE if pin else value
        return self._walk(value, secret and kind is not dict)

    def _called(self, name: str) -> tuple[bool, bool]:
        """Return whether a name is that of a secret, and whether that of one that may be a number."""
        found = _NAMED.search(name) is not None, _PIN.search(name) is not None
        if len(name) <= _SHORT_TEXT:
            if len(self._names) >= _REMEMBERED:
                self._names.clear()
            self._names[name] = found
        return found

    def _text(self, text: str) -> str:
        if text in self._harmless:
            return text
        found = self._without(text)
        if found is text and len(text) <= _SHORT_TEXT:
            if len(self._harmless) >= _REMEMBERED:
                self._harmless.clear()
            self._harmless.add(text)
        return found

    def _without(self, text: str) -> str:
        """Return a text without secrets: itself where there are none."""
        for one in self._known:
            if one in text:
                text = text.replace(one, GONE)
        if not _has_clue(text):
            return text
        if text[:1] in _OPENING and len(text) < _LONGEST_INNER:
            try:
                return self._inner(text)
            except (ValueError, RecursionError):
                pass
        found = text
        for pattern, left in _PATTERNS:
            found = pattern.sub(left, found)
        return text if found == text else found

    def _inner(self, text: str) -> str:
        """Return a text that is JSON itself, such as an argument in a dump, without secrets."""
        value = json.loads(text)
        clean = self.clean(value)
        return text if clean is value else json.dumps(clean, separators=(",", ":"))


def _has_clue(text: str) -> bool:
    low = text.lower()
    if any(clue in low for clue in _CLUES) or any(find.search(low) for find in _FINDS):
        return True
    return any(clue in text for clue in tokens.CLUES) or tokens.HEX.search(text) is not None
