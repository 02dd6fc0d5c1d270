"""Files of any kind: read in bounded steps, told by their content, and hostile ones refused in one line."""

from __future__ import annotations

import gzip
import io
import json
import re
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.dumps import each
from callmon.dumps.ends import BREAKS_OFF, ENDS_HERE
from callmon.dumps.form import Form
from callmon.dumps.internals import NO_LOG
from callmon.model.frames import Frame, Json
from callmon.sources import decoding, files, packed
from callmon.sources.files import Opened, Reading, Unreadable, open_file
from tests.recordings.recordings import FOLDER
from tools.fuzz import SEEDS, mutated, open_bytes

DUMP = gzip.decompress((FOLDER / "rtcstats" / "drop_midcall.gz").read_bytes())


def read(text: bytes) -> tuple[Opened, list[Frame]]:
    """What opening bytes gives."""
    frames: list[Frame] = []
    reading = Reading("f", "f", frames.append, io.BytesIO(text))
    for _ in reading.steps():
        pass
    return reading.opened, frames


def refused(text: bytes) -> str:
    """Why bytes are refused."""
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


FORMS = {
    "rtcstats": "an rtcstats dump",
    "deltas": "an rtcstats dump",
    "legacy": "an rtcstats dump of old",
    "jitsi": "a Jitsi rtcstats dump",
    "export": "an export of the rtcstats server",
    "table": "an array of rtcstats rows",
    "snapshots": None,
    "array": "a getStats capture",
    "goog": "an rtcstats dump of old",
    "gzip": None,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_told_by_its_content(form: str) -> None:
    for text in (SEEDS[form], gzip.compress(SEEDS[form]), b"\n \n" + SEEDS[form]):
        if form == "gzip" and text.startswith((b"\n", gzip.compress(b"x")[:4])) and text is not SEEDS[form]:
            continue  # it is packed already
        opened, frames = read(text)
        assert (opened.form, opened.rejected) == (FORMS[form], 0)
        assert opened.frames == len(frames) > 4
        assert opened.calls == {"f"}


def test_forms_of_documents_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def frames(value: Json, name: str) -> Any:
        yield Frame("daily", value["n"], "x", value, {"call": name}, name)

    form = Form("a test", lambda value: isinstance(value, dict) and "n" in value, frames)
    monkeypatch.setattr(each, "DOCUMENTS", (form,))
    one = json.dumps({"n": 1, "stats": []}, indent=1).encode()
    assert [frame.provider for frame in read(one)[1]] == ["daily"]
    assert read(b'{"n": 1}')[0].form == "a test"
    assert [frame.at for frame in read(b'{"n": 1}\n{"n": 2}\n')[1]] == [1, 2]
    assert [frame.at for frame in read(b'[{"n": 1}, {"n": 2}]')[1]] == [1, 2]


def test_a_line_that_only_looks_like_the_others_harms_none_of_them() -> None:
    good = SEEDS["export"] + b"\n"
    for bad in (
        b'{"PeerConnections": {}, "peerConnections": "x"}\n',
        b'{"peerConnections": 1, "stats": 1}\n',
    ):
        for text in (bad + good, good + bad + good, good + bad):
            opened, frames = read(text)
            assert opened.rejected <= 1
            assert len(frames) > 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "a pcap of packets"),
        (b"SQLite format 3\x00" + bytes(80), "an SQLite database"),
        (b"PK\x03\x04" + bytes(80), "File is not a zip file"),
        (b"\x28\xb5\x2f\xfd" + bytes(80), "packed by zstd: unpack it first"),
        (b" <!DOCTYPE html><html>", "an HTML page"),
        (b"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\n", "a session description"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (gzip.compress(b"\x89PNG\r\n\x1a\n"), "a PNG picture"),
        (b'{"sdp": "v=0", "type": "offer"}', "a session description"),
        (b'{"statsSessionId": "x", "type": "identity", "data": {}}', "a server"),
        (b'{"statsSessionId": "x", "type": "identity"}\n' * 2, "a server"),
        (b'{"name": "x", "version": 3}', "JSON with name, version"),
        (b"RTCStatsDump\n", "no peer connection"),
        (b'RTCStatsDump\n{"fileFormat":3}\n[60,"8-0",{},1795000000000]\n', "no peer connection"),
        (b"1\n" * 300_000, "line 1"),
        (b"\x00" * 3_000_000, "no JSON"),
        (b"[" * 1_000_000, "nested too deeply"),
        (b"[\n" * 100_000, "nested too deeply"),
        (b'"' * 1_000_000, "no JSON"),
        (gzip.compress(b"\x00" * 50_000_000), "more than 100 times its size"),
        (gzip.compress(b"[" + b" " * 50_000_000 + b"]"), "more than 100 times its size"),
        (gzip.compress(b"") * 20_000, "empty"),
        (gzip.compress(gzip.compress(gzip.compress(b"[]"))), "packed by gzip more than twice"),
        (gzip.compress(gzip.compress(b"\x00" * 50_000_000)), "more than 100 times its size"),
        (
            b"time,rtt,jitter\n1,2,3\n2,3,4\n3,4",
            "it seems to be a table of values with commas between them (CSV)",
        ),
        (b"time;rtt\r\n1;2\r\n", "with semicolons between them (CSV)"),
        (b"a\tb\n1\t2\n", "with tabs between them (CSV)"),
        (b"\x00" * 40, "it seems to be nothing but zeros"),
        (b"\x01\x00\x02\xfe" * 40, "it seems to be binary data"),
        (b"PK\x05\x06" + bytes(18), "a zip archive with nothing in it"),
        (b"#!/bin/sh\nPK\x03\x04" + bytes(80), "a zip archive with something before it"),
        (b"hello\nworld\n", "(line 1: it is no JSON)"),
    ],
)
def test_what_is_foreign_or_hostile_is_named_in_one_line(text: bytes, words: str) -> None:
    why = refused(text)
    assert words in why
    assert not any(word in why for word in ("Expecting", "delimiter", "char 0", "sys.", "Unterminated"))


def test_what_was_packed_twice_is_unpacked_twice() -> None:
    text = SEEDS["rtcstats"]
    whole = read(text)
    for packed_twice in (
        gzip.compress(gzip.compress(text)),
        gzip.compress(gzip.compress(b"") + gzip.compress(text[:999]) + gzip.compress(text[999:])),
        b"".join(gzip.compress(bytes([byte])) for byte in gzip.compress(text)),
    ):
        opened, frames = read(packed_twice)
        assert (opened.first, frames) == (None, whole[1])
    once = gzip.compress(text)
    opened, frames = read(gzip.compress(once[: len(once) // 2]))
    assert "breaks off" in (opened.first or "")
    assert 0 < len(frames) < len(whole[1])


def test_a_number_of_too_many_digits_costs_that_number() -> None:
    seeds = SEEDS["array"]
    lines = [json.dumps(one).encode() for one in json.loads(seeds)]
    where = next(number for number, line in enumerate(lines) if b'"packetsReceived": ' in line)
    huge = re.compile(rb'("packetsReceived": )\d+')
    for join in (b"\n".join, lambda all: b"[" + b",".join(all) + b"]"):
        whole = read(join(lines))[1]
        broken = [*lines]
        broken[where] = huge.sub(rb"\g<1>" + b"7" * 5003, lines[where], count=1)
        opened, frames = read(join(broken))
        assert opened.first is None
        assert len(frames) == len(whole)
        assert b'"packetsReceived": null' in json.dumps(frames[where].body).encode()


def test_a_document_that_breaks_off_keeps_what_is_whole() -> None:
    text = json.dumps(json.loads(SEEDS["array"]), indent=1).encode()
    for where in range(600, len(text), 997):
        opened, frames = read(text[:where])
        assert opened.rejected == 1
        whole = text[:where].count(b'"states"')
        # One that was begun counts as far as it goes; the last frame is the end of the call.
        assert whole - 1 <= len(frames) - 1 <= whole
    packed = gzip.compress(text)
    assert "breaks off" in (read(packed[:-100])[0].first or "")


def test_a_dump_that_breaks_off_says_so_where_the_call_ends() -> None:
    text = gzip.decompress((FOLDER / "internals" / "av_clean.json.gz").read_bytes())
    whole = read(text)[1]
    assert whole[-1].body["reason"] == ENDS_HERE
    assert not any("log of this connection" in json.dumps(frame.body) for frame in whole)
    opened, frames = read(text[: text.index(b'"updateLog"') - 5000])
    assert opened.form == "a webrtc-internals dump"
    assert frames[-1].body["end"] == 1
    assert frames[-1].body["reason"] == BREAKS_OFF
    assert [one["ev"] for one in frames[0].body["events"]] == [NO_LOG]
    answers = b'{"t": 1795000000000, "call": "c", "leg": "pc", "stats": []}'
    _, frames = read(b'[\n%s,\n%s,\n{"t": 17' % (answers, answers))
    assert frames[-1].body["reason"] == BREAKS_OFF


def test_one_byte_that_is_no_utf_8_does_not_cost_a_document() -> None:
    opened, frames = read(SEEDS["array"].replace(b"opus", b"op\xffs", 1))
    assert opened.first == "it is not UTF-8"
    assert len(frames) == len(read(SEEDS["array"])[1])


def test_a_line_that_is_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 20_000)
    text = SEEDS["rtcstats"]
    huge = text.replace(b'["ontrack"', b'["x","' + b"y" * 3_000_000 + b'"]\n["ontrack"', 1)
    opened, frames = read(huge)
    assert opened.rejected == 1
    assert "longer than" in (opened.first or "")
    assert len(frames) == len(read(text)[1])


def test_a_dump_that_breaks_off_in_its_packing_keeps_every_whole_row() -> None:
    whole = len(read(DUMP)[1])
    packed = gzip.compress(DUMP)
    opened, frames = read(packed[: len(packed) // 2])
    assert "breaks off" in (opened.first or "")
    assert whole / 3 < len(frames) < whole
    assert frames[-1].body["reason"] == "the file breaks off here"
    opened, frames = read(packed[:-4])
    assert len(frames) == whole


def test_progress_is_told_in_bytes_on_the_disk_and_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(DUMP))
    told: list[tuple[int, int | None]] = []

    def go_on(done: int, total: int | None) -> bool:
        told.append((done, total))
        return True

    assert not open_file(str(path), "f", lambda frame: None, go_on).stopped
    size = path.stat().st_size
    assert told[0][0] > 0
    assert {total for _, total in told} == {size}
    frames: list[Frame] = []
    opened = open_file(str(path), "f", frames.append, lambda done, total: len(frames) < 30)
    assert opened.stopped
    assert len(frames) < 100
    assert frames[-1].body["reason"] == "reading was stopped here"


def test_a_file_of_lines_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "f"
    begun = DUMP.splitlines(True)
    with path.open("wb") as file:
        file.writelines([*begun, *(begun[-2:-1] * 1000)])
    assert path.stat().st_size > 7_000_000
    tracemalloc.start()
    try:
        open_file(str(path), "f", lambda frame: None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_orjson_and_json_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever decodes fastest, what it refuses is tried once more, and refused in the same words."""

    def strict(text: bytes) -> Json:
        raise ValueError("no")

    monkeypatch.setattr(decoding, "loads", strict)
    assert decoding.decode(b"[NaN, 1e999]")[1] is None
    assert decoding.decode(b'["\xff"]') == (None, "it is not UTF-8")
    assert decoding.decode(b"[1")[1] == "it breaks off"
    assert decoding.decode(b'{"a": "b')[1] == "it breaks off"
    assert decoding.decode(b'[\n1,\n"b')[1] == "it breaks off in line 3"
    assert decoding.decode(b"[1, x]")[1] == "it is no JSON from character 5 on"
    assert decoding.decode(b"[1,\n2 3]")[1] == "it is no JSON from line 2, character 3 on"
    assert decoding.decode(b"")[1] == decoding.decode(b" x")[1] == "it is no JSON"


@given(st.binary(max_size=400), st.integers(1, 50), st.integers(1, 30), st.integers(1, 60))
def test_lines_are_those_of_the_bytes_however_they_come(
    text: bytes, size: int, first: int, longest: int
) -> None:
    chunks = (text[start : start + size] for start in range(0, len(text), size))
    found = list(packed.lines(chunks, first, longest))
    wanted = text.split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    for number, line in enumerate(wanted):
        limit = longest if number else first
        assert found[number] == (line if len(line) <= limit else packed.TOO_LONG)
    assert len(found) == len(wanted)


@pytest.mark.parametrize("form", SEEDS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_broken_files_of_every_form_are_read_or_refused(form: str, seed: int) -> None:
    open_bytes(mutated(Random(seed), form))
