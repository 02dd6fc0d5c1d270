from __future__ import annotations

import gzip
import io
import json
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.cli.main import main
from callmon.dumps import ticket
from callmon.exports import bundle
from callmon.exports.export import masked
from callmon.masking.mask import Mask
from callmon.model.frames import Frame, Rejected
from tests.exports import worlds

NAME = "voice_opus_loss5-a"


def parts() -> dict[str, bytes]:
    return bundle.parts(masked(worlds.recording(NAME).subject(NAME), Mask()), True, {"call": "<svg/>"})


def packed(found: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in found.items():
            file.writestr(name, data)
    return out.getvalue()


def frames(data: bytes) -> list[Any]:
    return list(ticket.frames(io.BytesIO(data), "t"))


def test_a_ticket_holds_what_it_says() -> None:
    found = parts()
    with zipfile.ZipFile(io.BytesIO(bundle.pack(found))) as file:
        assert file.namelist()[0] == "manifest.json"
        assert set(file.namelist()) == {*bundle.CONTENTS, "screens/call.svg"}
        about = json.loads(file.read("manifest.json"))
    assert about["form"] == ticket.FORM and about["masked"] is True and about["rules"] == "telnyx"
    assert set(about["contents"]) == {*bundle.CONTENTS, "screens/"}
    assert about["call"] == "call-1" and about["entries"] == about["frames"] == 31
    assert json.loads(found["call.json"])["schema"] == "callmon/1"
    assert found["report.md"].startswith(b"# Call call-1: poor, connected")
    assert json.loads(found["ice.json"])["verdict"] == "connected"
    lines = gzip.decompress(found["frames.jsonl.gz"]).splitlines()
    assert len(lines) == 31 and json.loads(lines[0])["provider"] == "webrtc"


def test_the_same_call_is_the_same_bytes() -> None:
    assert bundle.pack(parts()) == bundle.pack(parts())


def test_it_is_known_by_its_first_bytes() -> None:
    assert ticket.is_bundle(bundle.pack(parts())[:4])
    assert not ticket.is_bundle(b"\x1f\x8b\x08\x00") and not ticket.is_bundle(b"")


def test_nothing_of_a_recording_remains_in_any_part() -> None:
    whole = b"".join(
        gzip.decompress(data) if name.endswith(".gz") else data for name, data in parts().items()
    ).decode()
    assert NAME not in whole and not re.search(r"(?<![\d.])10\.\d+\.\d+\.\d+", whole)
    assert not re.search(r"ufrag (?!secret-)", whole) and "Fake Default" not in whole
    assert "lan-1" in whole and "secret-1" in whole and "fingerprint-1" in whole
    assert not re.search(r"[0-9A-F]{2}(:[0-9A-F]{2}){8}", whole)


@pytest.mark.parametrize("id", worlds.demo().calls())
def test_nothing_of_an_invented_call_remains_in_any_part(id: str) -> None:
    call = worlds.demo().watch.board.call(id)
    assert call is not None
    originals = {call.id, call.label, call.room}
    for leg in call.legs.values():
        originals |= {leg.label, *leg.id.split("/")}
        originals |= {candidate.address for candidate in leg.ice.candidates.values()}
        originals |= {
            leg.attributes.get(key) for key in ("to", "from", "site", "telnyx_session", "telnyx_leg")
        }
    words = {"sdk", "pc", "sdk_edge", "telnyx", "Telnyx", "Voice SDK", None, ""}
    found = bundle.parts(masked(worlds.demo().subject(id), Mask()), True, {})
    whole = b"".join(gzip.decompress(data) if name.endswith(".gz") else data for name, data in found.items())
    text = whole.decode().casefold()
    assert [name for name in originals - words if name is not None and name.casefold() in text] == []
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|\b[a-z]{2}[0-9a-f]{32}\b|\+\d{1,3} \d", text)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "no zip": (b"PK\x03\x04nonsense", "broken"),
    "another zip": (packed({"a.txt": b"x"}), "no ticket of callmon"),
    "no replay": (packed({"manifest.json": b"{}"}), "no ticket of callmon"),
    "another form": (
        packed({"manifest.json": b'{"form": "callmon-ticket/9"}', ticket.REPLAY: b""}),
        "another form",
    ),
    "no manifest": (packed({"manifest.json": b"[1]", ticket.REPLAY: b""}), "another form"),
    "deep": (packed({"manifest.json": b"[" * 100_000, ticket.REPLAY: b""}), "another form"),
    "many parts": (
        packed({**{f"a{n}": b"" for n in range(200)}, "manifest.json": b"{}", ticket.REPLAY: b""}),
        "more parts",
    ),
    "no gzip": (packed({"manifest.json": b'{"form": "callmon-ticket/1"}', ticket.REPLAY: b"x"}), "broken"),
    "manifest bomb": (packed({"manifest.json": b" " * (20 << 20), ticket.REPLAY: b""}), "longer than"),
    "line bomb": (
        packed(
            {
                "manifest.json": b'{"form": "callmon-ticket/1"}',
                ticket.REPLAY: gzip.compress(b" " * (40 << 20)),
            }
        ),
        "longer than any message",
    ),
    "no message": (
        packed(
            {"manifest.json": b'{"form": "callmon-ticket/1"}', ticket.REPLAY: gzip.compress(b'{"at": "x"}\n')}
        ),
        "no message with a time",
    ),
    "no time": (
        packed(
            {
                "manifest.json": b'{"form": "callmon-ticket/1"}',
                ticket.REPLAY: gzip.compress(b'{"at": 1e300}\n'),
            }
        ),
        "no message with a time",
    ),
}


def test_a_bad_line_costs_itself_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = parts()
    lines = gzip.decompress(found[ticket.REPLAY]).splitlines(keepends=True)
    whole = frames(bundle.pack(found))
    bad = [*lines[:1], b'{"at": 1e308}\n', b"null\n", b'{"at": 1, "tru\n', *lines[1:]]
    data = bundle.pack({**found, ticket.REPLAY: gzip.compress(b"".join(bad))})
    read = frames(data)
    assert [one for one in read if isinstance(one, Frame)] == whole
    assert [one.reason for one in read if isinstance(one, Rejected)] == [
        f"line {number} of the replay is no message with a time" for number in (2, 3, 4)
    ]
    path = tmp_path / "t.zip"
    path.write_bytes(data)
    assert main(["open", "--json", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "3 not read, the first: line 2 of the replay" in err and "the rest was kept (1 call)" in err
    assert len(json.loads(out)["calls"]) == 1


def test_a_ticket_of_which_no_call_comes_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.zip"
    lines = b'{"schema": "callmon/1", "at": 1, "events": []}\nnull\n'
    path.write_bytes(bundle.pack({**parts(), ticket.REPLAY: gzip.compress(lines)}))
    assert main(["open", "--json", str(path)]) == 2
    err = capsys.readouterr().err
    assert "line 2 of the replay" in err and err.count("\n") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_ticket_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, why = HOSTILE[name]
    with pytest.raises(ticket.BadTicket, match=why):
        frames(data)
    path = tmp_path / "t.zip"
    path.write_bytes(data)
    assert main(["open", "--json", str(path)]) == 2
    err = capsys.readouterr().err
    assert why in err and err.count("\n") == 1 and err.startswith("callmon: ")


def test_a_bomb_is_not_unpacked() -> None:
    inner = gzip.compress(b'{"at": 1, "events": [], "schema": "callmon/1"}\n' + b"0" * (512 << 20), 1)
    data = packed({"manifest.json": b'{"form": "callmon-ticket/1"}', ticket.REPLAY: inner})
    tracemalloc.start()
    with pytest.raises(ticket.BadTicket, match="longer than any message"):
        frames(data)
    assert tracemalloc.get_traced_memory()[1] < 100 << 20
    tracemalloc.stop()


def test_no_path_in_a_ticket_is_ever_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = packed({**parts(), "../../escape.txt": b"x", "/abs.txt": b"x"})
    assert frames(data)
    assert list(tmp_path.rglob("*")) == []


@settings(max_examples=60)
@given(st.integers(0, 60_000), st.binary(min_size=1, max_size=8), st.integers(0, 60_000))
def test_a_ticket_that_is_damaged_is_read_or_refused(place: int, patch: bytes, cut: int) -> None:
    data = bytearray(WHOLE)
    data[place % len(data) : place % len(data) + len(patch)] = patch
    for damaged in (bytes(data), WHOLE[: cut % len(WHOLE)]):
        try:
            frames(damaged)
        except ticket.BadTicket as error:
            assert "\n" not in str(error)


WHOLE = bundle.pack(parts())
