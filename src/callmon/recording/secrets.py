"""Secrets are taken out of what is kept: those that are known, by their value, and what is called one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from callmon.model.frames import Frame, Json

LEAST = 6
"""A secret shorter than this is not looked for: it would be found by chance."""

GONE = "…"
"""What stands where a secret was."""

_KEYS = r"(?:api|private|secret|access)[_-]?key"
_WORDS = rf"(?:token|passw(?:or)?d|passphrase|passcode|secret|credentials?|authorization|jwt|{_KEYS})"
_NAMED = re.compile(
    rf"(?i:{_WORDS}s?|cookies?)(?:$|(?=[A-Z_.-]))|(?:^|[_. -]|(?<=[a-z])(?=[AP]))(?i:auth|pass|pwd|pin)$",
    re.ASCII,
)
_PIN = re.compile(r"(?:^|[_.-]|(?<=[a-z])(?=P))(?i:pin|passcode)$", re.ASCII)
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
    (_pattern(rf"((?<![A-Z0-9])(?:auth|pass|pwd|pin){_IS}){_VALUE}"), rf"\1{GONE}"),
    (
        _pattern(rf"({_QUERY}(?:[\w-]{{0,40}}[_-])?(?:sig|signature|key)(?:=|%(?:25)?3D)){_VALUE}"),
        rf"\1{GONE}",
    ),
    (_pattern(rf"({_QUERY}t(?:=|%(?:25)?3D))[^&#\s\"'\\;]{{6,}}"), rf"\1{GONE}"),
    (_pattern(r"\b(inline:|ice-pwd:)[\w+/=|:-]+"), rf"\1{GONE}"),
    (_pattern(r"(://)[^/@\s:]+:[^/@\s]+(?=@)"), rf"\1{GONE}"),
    (_pattern(r"\b((?:turns?|stuns?|sips?):[^:@\s/;]+:)(?!…)[^\s<>\"',]+(?=@)"), rf"\1{GONE}"),
    (
        re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b[sr]k_(?:live|test)_\w{8,}", re.ASCII),
        GONE,
    ),
)
_OPENING = ("{", "[", '"')
_CLUES = (
    "@", "%", "?", "&", "://", "token", "pass", "secret", "credential", "auth", "apikey", "api_key", "api-key",
    "private", "accesskey", "access_key", "access-key", "jwt", "eyj", "bearer", "basic ", "inline:", "ice-pwd:",
    "pwd", "pin", "cookie", "akia", "asia", "k_live_", "k_test_",
)  # fmt: skip
_BYTES = tuple(clue.encode() for clue in _CLUES)
_LONGEST_INNER = 4_000_000


class Secrets:
    """What must not be kept: values that ``know`` was told, and whatever is named or built like a secret.

    A frame in which nothing is suspicious costs a few searches.
    """

    def __init__(self) -> None:
        """Know none yet."""
        self._known: list[str] = []

    def know(self, value: str | None) -> None:
        """Keep a value out from now on, also where it is percent-encoded or inside of JSON."""
        if value is None or len(value) < LEAST:
            return
        forms = {value, quote(value, safe=""), json.dumps(value)[1:-1]}
        self._known += [form for form in forms if form not in self._known]
        self._known.sort(key=len, reverse=True)

    def in_text(self, text: str) -> bool:
        """Return whether a JSON text may hold a secret."""
        low = text.lower()
        if any(clue in low for clue in _CLUES):
            return True
        return any(one in text or json.dumps(one)[1:-1] in text for one in self._known)

    def in_bytes(self, data: bytes) -> bool:
        """Return whether data that hold texts in UTF-8 may hold a secret."""
        low = data.lower()
        return any(clue in low for clue in _BYTES) or any(one.encode() in data for one in self._known)

    def clean(self, value: Json) -> Json:
        """Return a JSON value without secrets: itself where there are none."""
        return _walk(value, self._text)

    def cleaned(self, frame: Frame) -> Frame:
        """Return a frame without secrets: itself where there are none."""
        body, about = self.clean(frame.body), self.clean(dict(frame.about))
        return (
            frame if body is frame.body and about == frame.about else replace(frame, body=body, about=about)
        )

    def _text(self, text: str) -> str:
        for one in self._known:
            if one in text:
                text = text.replace(one, GONE)
        low = text.lower()
        if not any(clue in low for clue in _CLUES):
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


def _walk(value: Json, clean: Callable[[str], str], named: bool = False) -> Json:
    """Return a value with every text in it cleaned, and gone where it is ``named`` a secret."""
    kind = type(value)
    if kind is str:
        return GONE if named and value else clean(value)
    if kind is list:
        items = [_walk(item, clean, named) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    if kind is dict:
        pairs = {
            clean(name): GONE
            if type(item) is int and _PIN.search(name)
            else _walk(item, clean, bool(_NAMED.search(name)) and not isinstance(item, dict))
            for name, item in value.items()
        }
        same = all(pairs.get(name, value) is item for name, item in value.items())
        return value if same else pairs
    return value
