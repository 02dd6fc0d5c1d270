"""Free texts: what pages, vendors and servers say in their own words, of which nobody knows whom they name.

Of these only what is made of words that name nobody stays: callmon's own, those of standards, numbers and
aliases. From the first other word on the rest is ``text-1``, so that ``NotAllowedError: text-1`` still says which
error it was.
"""

from __future__ import annotations

import re

from callmon.masking.mask import Mask
from callmon.masking.words import SAFE_ATTRIBUTES, VOCABULARY

_FREE = (
    "message msg comment description error errors errortext text detail details reason reasons cause hangupcause "
    "hangupsource sipreason warning ev"
)
FREE_MEMBERS: frozenset[str] = frozenset(_FREE.split())
"""Members of messages that hold such a text, lower-case and without anything but letters."""

_ENGLISH = (
    "a an the of in on at to for from by with without within and or as is are was were be been has had have it its "
    "this that not no nor but than then again after before while during since until over under up down out off "
    "still now once more less most all any each one two first last only very too already never always again there"
)
_OWN = (
    "ice dtls srtp sdp stun turn rtt mos jitter loss lost ms kbit fps set setup took away back begins ends begun "
    "connection connections candidate candidates pair path paths gathering checking checks connectivity disrupted "
    "disruption given restarted restart dropped stuck completed failed failure closed side far end other joined "
    "left silent hang hung call state states changed change became report reports sent early late rows lines row "
    "line log sdk lets go attach muted unmuted mute unmute paused resumed resend action submitted event events "
    "remote local audio video track tracks screen camera microphone share shared started stopped stop start "
    "quality low high good fair poor bad warning warnings raised cleared words cause codes code gateway "
    "participant participants duplicate identity room test precall supported unsupported device devices "
    "file recording exported replayed page tab navigated gone "
    "accepted accept answered ringing ring incoming outgoing cancelled canceled cancel rejected reject "
    "reconnecting reconnected disconnected disconnect connected connecting registered unregistered ready offline "
    "online live exported when aborted clean unclean"
)
_STANDARDS = (
    # W3C: DOMExceptions, RTCErrors, states
    "abort allowed constraint constraints data encoding found interaction invalid access modification mismatch "
    "negotiation needed network node operation error errors exception overconstrained permission denied dismissed "
    "readable read range reference security syntax system timeout timed type unknown url version could start "
    "source have offer pranswer answer stable new complete succeeded waiting frozen inprogress progress "
    "get user media display add set local remote description signaling gathering peer create "
    "notallowederror notfounderror notreadableerror notsupportederror aborterror typeerror rangeerror syntaxerror "
    "invalidaccesserror invalidstateerror invalidmodificationerror operationerror overconstrainederror securityerror "
    "timeouterror networkerror dataerror encodingerror "
    # STUN, TURN and ICE: RFC 5389, 5766, 8445, and what Chromium and Firefox say
    "try alternate request bad unauthorized forbidden mobility unknown attribute allocation stale nonce wrong "
    "credentials transport protocol address family role conflict quota reached insufficient capacity server host "
    "lookup received response responses binding reply allocate failed send failed install ipv ip port socket "
    "refused reset unreachable tcp udp tls "
    # SIP, Q.850 and FreeSWITCH
    "normal clearing unspecified busy here everywhere no route destination user answer originator number unallocated "
    "subscriber absent incompatible temporarily temporary service unavailable available decline declined terminated "
    "proxy authentication required payment method acceptable gone interval brief supported media interworking "
    "bearer capability channel resource switch congestion circuit order facility implemented mandatory ie missing "
    "expired expiry recovery on timer allotted purge blind transfer attended crash manager shutdown lose race "
    "picked exchange routing changed outgoing barred incoming internal gateway loop detected too many hops "
    "via api disconnected max duration exceeded ejected deleted kicked hidden inactive participant "
    "trying progress session moved permanently temporarily ok "
    # levels of logs
    "debug info notice warn warning error fatal critical verbose trace"
)
_WORDS: frozenset[str] = frozenset(
    word
    for text in (_ENGLISH, _OWN, _STANDARDS, " ".join(VOCABULARY), " ".join(SAFE_ATTRIBUTES))
    for word in re.findall(r"[a-z]+", text.lower())
)
_ALIAS = re.compile(
    r"(?:call|room|person|phone|leg|stream|device|id|fingerprint|token|secret|text|detail|mac|host|ip|lan)-\d+\b"
    r"|mdns-\d+\.local|ip6:\d+|f[ed]\w{0,2}:lan-\d+"
)
_LONG_NUMBER = re.compile(r"\d(?:[ .,/-]?\d){6,}|\d+\.\d{4,}")
_LETTERS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[^\W\d_]+")
_NUMBERED = re.compile(r"(\d{3})\b ?(.*)", re.DOTALL)
_SERVER = re.compile(r"(?<!\S)(?:stun|turn)s?:\S+$")
_FAILED = " failed:"


def free(mask: Mask, text: str) -> str:
    """Return a free text masked: what names nobody stays up to the end of a clause, the rest is one alias."""
    if not text:
        return text
    known = mask.text(text)
    if _names_nobody(known):
        return known
    kept = 0
    # Only whole clauses stay, such as the name of an error: half a sentence says nothing.
    for found in re.finditer(r": ", text):
        if not _names_nobody(mask.text(text[: found.start()])):
            break
        kept = found.end()
    return mask.text(text[:kept]) + mask.whole(text[kept:])


def noted(mask: Mask, kind: object, text: str, code: object = None) -> str:
    """Return what is on the timeline masked; what callmon's engine says of itself has names in it and no more."""
    if code == "icecandidateerror":
        return candidate_error(mask, text)
    if kind == "page" and code is None:
        return of_page(mask, text)
    if kind in ("page", "vendor") or (kind == "media" and code is not None):
        return free(mask, text)
    return mask.text(text)


def of_page(mask: Mask, text: str) -> str:
    """Return what a page said masked; its first word stays, and that it says that something failed."""
    head, failed, rest = text.partition(_FAILED)
    if failed and " " not in head:
        return f"{mask.text(head)}{failed}" + (f" {free(mask, rest.strip())}" if rest.strip() else "")
    name, _, rest = text.partition(" ")
    return f"{mask.text(name)} {mask.whole(rest)}" if rest else mask.text(name)


def candidate_error(mask: Mask, text: str) -> str:
    """Return an error of ICE masked: its code and its server stay, its words where they name nobody."""
    number = _NUMBERED.fullmatch(text)
    code, words = (number[1], number[2]) if number is not None else ("", text)
    found = _SERVER.search(words)
    server = found[0] if found is not None else ""
    parts = (code, free(mask, words.removesuffix(server).strip()), mask.text(server))
    return " ".join(part for part in parts if part)


def _names_nobody(text: str) -> bool:
    rest = _ALIAS.sub(" ", text)
    if _LONG_NUMBER.search(rest):
        return False
    return all(_is_known(word) for word in re.findall(r"[^\W\d_]+", rest))


def _is_known(word: str) -> bool:
    """Return whether a word, or each part of one such as ``NotAllowedError``, is one that names nobody."""
    if len(word) < 2 or word.casefold() in _WORDS:
        return True
    return all(part.casefold() in _WORDS for part in _LETTERS.findall(word))
