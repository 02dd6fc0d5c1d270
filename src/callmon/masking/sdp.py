"""Session descriptions (RFC 8866) masked line by line: what protocols say stays, what people and hosts say goes."""

from __future__ import annotations

import re

from callmon.masking.mask import Mask
from callmon.masking.terms import is_term

_BEGIN = re.compile(r"(?:^|(?<=\s))v=0[ \t]*\r?\n")
_LINE = re.compile(r"([^\r\n]*)(\r?\n|\r|$)")
_ORIGIN = re.compile(r"(\S+) (\d{1,20}) (\d{1,20}) IN (IP[46]) (\S+)")
_WHERE = re.compile(r"IN (IP[46]) ([^\s/]+)((?:/\d+)*)")
_NUMBERS = re.compile(r"[\d.,:;/+*-]{1,24}")
_CANDIDATE = re.compile(r"(?:a=)?candidate:\S+ \d+ \S+ \d+ \S+ \d+")
_OF_PEOPLE = frozenset("siepuk")
_OF_NUMBERS = frozenset("vtrzbm")
_EXTENSION = re.compile(r"https?://www\.(?:webrtc|ietf)\.org/\S+")
_LOOKED_THROUGH = frozenset({"candidate", "fingerprint", "rtcp", "remote-candidates"})
_NAMES = frozenset({"mid", "msid", "group", "msid-semantic", "rid", "simulcast", "ssrc-group"})


def begins(text: str) -> int | None:
    """Return where a session description begins in a text, None where there is none."""
    found = _BEGIN.search(text) if "v=0" in text else None
    return found.start() if found is not None else None


def is_candidate(text: str) -> bool:
    """Return whether a text is a candidate as pages signal it."""
    return text.startswith(("candidate:", "a=candidate:")) and _CANDIDATE.match(text) is not None


def mask_sdp(mask: Mask, text: str) -> str:
    """Return a session description masked; its lines stay in their places, and so do their ends."""
    return "".join(_line(mask, found[1]) + found[2] for found in _LINE.finditer(text))


def mask_words(mask: Mask, text: str) -> str:
    """Return words of a protocol masked: numbers, aliases and known words stay, each other word is an alias."""
    return re.sub(r"\S+", lambda found: _word(mask, found[0]), mask.text(text))


def _word(mask: Mask, word: str) -> str:
    return word if _NUMBERS.fullmatch(word) or is_term(word) else mask.whole(word)


def _line(mask: Mask, line: str) -> str:
    letter, mark, value = line[:1], line[1:2], line[2:]
    if mark != "=":
        return mask.whole(line) if line.strip() else line
    if letter == "a":
        return f"a={_attribute(mask, value)}"
    if letter in _OF_PEOPLE and value.strip() not in ("", "-"):
        return f"{letter}={mask.whole(value)}"
    if letter == "o":
        return f"o={_origin(mask, value)}"
    if letter == "c":
        found = _WHERE.fullmatch(value)
        return f"c=IN {found[1]} {mask.host(found[2])}{found[3]}" if found else f"c={mask.whole(value)}"
    if letter in _OF_PEOPLE or letter in _OF_NUMBERS:
        return f"{letter}={mask_words(mask, value)}"
    return mask.whole(line)


def _origin(mask: Mask, value: str) -> str:
    found = _ORIGIN.fullmatch(value)
    if found is None:
        return mask.whole(value)
    user = found[1] if found[1] == "-" else mask.whole(found[1])
    return f"{user} {found[2]} {found[3]} IN {found[4]} {mask.host(found[5])}"


def _attribute(mask: Mask, text: str) -> str:
    name, mark, value = text.partition(":")
    shown = mask.id(name)
    if not mark:
        return shown
    return f"{shown}:{_value(mask, name.lower(), value)}"


def _value(mask: Mask, name: str, value: str) -> str:
    if name in ("ice-ufrag", "ice-pwd"):
        secret, _, rest = value.partition(" ")
        return mask.text(f"a={name}:{secret}").partition(":")[2] + (f" {mask.whole(rest)}" if rest else "")
    if name in _LOOKED_THROUGH:
        return mask_words(mask, mask.text(f"a={name}:{value}").partition(":")[2])
    if name in _NAMES:
        return _names(mask, value)
    if name == "ssrc":
        number, _, rest = value.partition(" ")
        what, mark, said = rest.partition(":")
        told = f" {mask.id(what)}{mark}{_names(mask, said)}" if rest else ""
        return f"{_word(mask, number)}{told}"
    if name == "extmap":
        return re.sub(r"\S+", lambda found: _extension(mask, found[0]), value)
    if name in ("crypto", "label", "cname", "tool", "cat", "keywds"):
        head, mark, key = value.partition("inline:")
        return f"{mask_words(mask, head)}{mark}{mask.whole(key)}" if mark else mask.whole(value)
    return mask_words(mask, value) if is_term(name) else mask.whole(value)


def _names(mask: Mask, value: str) -> str:
    return re.sub(r"\S+", lambda found: _name(mask, found[0]), value)


def _extension(mask: Mask, word: str) -> str:
    return word if _EXTENSION.fullmatch(word) and is_term(word) else mask_words(mask, word)


def _name(mask: Mask, word: str) -> str:
    return word if _NUMBERS.fullmatch(word) and len(word) <= 10 else mask.id(word)
