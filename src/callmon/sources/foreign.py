"""What a file seems to be that callmon cannot read, by its first bytes or its members."""

from __future__ import annotations

import re

from callmon.model.frames import Json
from callmon.model.text import printable

OF_SERVER = "an rtcstats dump of a server, which has no getStats in it"
"""What Jitsi's bridge, focus and SIP gateway write."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"PK\x05\x06", "a zip archive with nothing in it"),
    (b"\x1f\x8b", "packed by gzip more than twice: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"BZh", "packed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "packed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd: unpack it first"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd4\xc3\xb2\xa1", "a pcap of packets"),
    (b"\xa1\xb2\xc3\xd4", "a pcap of packets"),
    (b"\x4d\x3c\xb2\xa1", "a pcap of packets"),
    (b"\x0a\x0d\x0d\x0a", "a pcapng of packets"),
    (b"#!rtpplay", "an rtpdump of packets"),
    (b"\x1a\x45\xdf\xa3", "a WebM or Matroska recording of media"),
    (b"RIFF", "a WAV or AVI recording of media"),
    (b"OggS", "an Ogg recording of media"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xff\xfe", "UTF-16 text: convert it to UTF-8"),
    (b"\xfe\xff", "UTF-16 text: convert it to UTF-8"),
)
_TEXT: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\s*<(?:!doctype\s+html|html)", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"\s*<(?:\?xml|svg)", re.IGNORECASE), "an XML document"),
    (re.compile(rb"\s*v=0\r?\no="), "a session description (SDP)"),
    (re.compile(rb"(?:INVITE|REGISTER|SIP/2\.0) "), "a SIP message"),
)

_TABLES = ((b",", "commas"), (b";", "semicolons"), (b"\t", "tabs"))
_GUESSED_BYTES, _GUESSED_ROWS = 4096, 10


def name_of(head: bytes) -> str | None:
    """Return what a file is by its first bytes, None where that is not known."""
    found = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if found is None and head[4:8] == b"ftyp":
        found = "an MP4 recording of media"
    if found is None and head[257:262] == b"ustar":
        found = "a tar archive: unpack it first"
    return found or next((name for pattern, name in _TEXT if pattern.match(head)), None)


def guess_of(head: bytes) -> str | None:
    """Return what a file seems to be by its first bytes when nothing in it could be read, None for no idea."""
    begun = head[:_GUESSED_BYTES]
    if begun and not begun.strip(b"\0"):
        return "nothing but zeros"
    if b"PK\x03\x04" in begun:
        return "a zip archive with something before it"
    if b"\0" in begun:
        return "binary data"
    rows = [row for row in begun.splitlines()[:_GUESSED_ROWS] if row.strip()]
    for mark, name in _TABLES:
        counts = {row.count(mark) for row in rows[:-1] or rows}
        if (
            len(rows) > 1
            and len(counts) == 1
            and counts != {0}
            and not begun.lstrip().startswith((b"{", b"["))
        ):
            return f"a table of values with {name} between them (CSV)"
    return None


def name_of_value(value: Json) -> str | None:
    """Return what a JSON document of another kind is, None for no idea."""
    if not isinstance(value, dict):
        return None
    log = value.get("log")
    if isinstance(log, dict) and "entries" in log:
        return "a HAR of requests"
    if isinstance(value.get("sdp"), str):
        return "a session description (SDP)"
    if isinstance(value.get("statsSessionId"), str):
        return OF_SERVER
    names = ", ".join(printable(key, 20) for key in list(value)[:4] if key)
    return f"JSON with {names}" if names else None
