"""Opening captures: every shape is read or refused in one line, and nothing that could be read is lost."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callmon.cli.main import main
from tests.recordings.recordings import call, path_of, rows
from tests.schema import check_call, check_document

NAME = "voice_opus_clean-a"
ROWS = rows(NAME)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as typed; returns exit code, stdout and stderr. Nothing may end in a traceback."""

    def typed(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert all(line.startswith("callmon: ") for line in err.splitlines())
        return code, out, err

    return typed


def opened(run: Run, *paths: object) -> tuple[dict[str, Any], str]:
    """The document of files that can be read, and what was said on stderr."""
    code, out, err = run("open", *paths, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    check_document(found)
    return found, err


def refused(run: Run, path: object) -> str:
    """The one line that says why a file cannot be read and what to do."""
    code, out, err = run("open", path, "--json")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"callmon: {path}: ")
    assert err.count(": ") >= 3, "which file: what is wrong: what to do"
    return err


def lines(values: Any = ROWS) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def without_names(found: dict[str, Any]) -> dict[str, Any]:
    (one,) = found["calls"]
    return {**one, "id": "x"}


def same(found: dict[str, Any]) -> bool:
    """Whether a document tells of the whole call as the recording does."""
    return without_names(found) == {**call(NAME), "id": "x"}


def file(folder: Path, text: str | bytes, name: str = "f.jsonl") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_capture_as_json(run: Run) -> None:
    found, err = opened(run, path_of(NAME))
    assert err == ""
    assert same(found)
    assert found["calls"][0]["id"] == NAME
    assert found["rejected"] == []


def test_a_capture_as_lines_of_json(run: Run) -> None:
    code, out, _ = run("open", path_of(NAME), path_of("drop_midcall-a"), "--jsonl")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    for one in found:
        check_call(one)
    assert {one["id"] for one in found} == {NAME, "drop_midcall-a"}


def test_a_capture_as_lines_for_people(run: Run) -> None:
    code, out, _ = run("open", path_of("drop_midcall-a"), "--plain")
    assert code == 0
    assert out.count("\n") == 1
    assert "drop_midcall-a" in out
    assert "ICE connected" in out
    assert "\x1b" not in out


def test_several_files_are_several_calls_and_one_that_is_bad_does_not_stop_the_rest(
    run: Run, tmp_path: Path
) -> None:
    picture = file(tmp_path, b"\x89PNG\r\n\x1a\n" + bytes(40), "picture.png")
    names = (path_of(NAME), tmp_path / "absent", picture, path_of("ice_failed-a"))
    code, out, err = run("open", *names, "--json")
    assert code == 2
    found = json.loads(out)
    assert {one["id"] for one in found["calls"]} == {NAME, "ice_failed-a"}
    assert err.count("\n") == 2
    absent, foreign = found["rejected"]
    assert absent == {"source": "absent", "count": 1, "first": "No such file or directory: check the path"}
    assert (foreign["source"], foreign["count"] >= 1) == ("picture.png", True)
    assert "a PNG picture" in foreign["first"]
    assert str(tmp_path) not in json.dumps(found["rejected"])


def test_two_files_of_the_same_name_are_two_calls(run: Run, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        file(tmp_path / folder, lines(), "a.jsonl")
    found, _ = opened(run, tmp_path / "one/a.jsonl", tmp_path / "two/a.jsonl")
    assert {one["id"] for one in found["calls"]} == {"one/a", "two/a"}


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with path_of(NAME).open("rb") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        found, _ = opened(run, "-")
    assert same(found)
    assert found["calls"][0]["id"] == "stdin"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lines().encode(), id="not packed"),
        pytest.param(b"\xef\xbb\xbf" + lines().encode(), id="byte order mark"),
        pytest.param(lines().replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lines().replace("\n", "\n\n").encode(), id="empty lines"),
        pytest.param(lines().rstrip().encode(), id="no end of line"),
        pytest.param(json.dumps(ROWS).encode(), id="one array"),
        pytest.param(json.dumps(ROWS, indent=2).encode(), id="one array, indented"),
        pytest.param(
            gzip.compress(lines().encode()[:9000]) + gzip.compress(lines().encode()[9000:]), id="gzip in two"
        ),
    ],
)
def test_the_same_capture_in_other_dress(run: Run, tmp_path: Path, text: bytes) -> None:
    found, err = opened(run, file(tmp_path, text))
    assert err == ""
    assert same(found)


def reshaped(shape: Callable[[list[dict[str, Any]]], Any]) -> str:
    return lines([{**row, "stats": shape(row["stats"])} if row.get("stats") else row for row in ROWS])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(reshaped(lambda stats: {one["id"]: one for one in stats}), id="object by id"),
        pytest.param(
            reshaped(lambda stats: [{"key": one["id"], "value": one} for one in stats]), id="key and value"
        ),
        pytest.param(reshaped(lambda stats: [[one["id"], one] for one in stats]), id="pairs"),
    ],
)
def test_reports_in_every_shape(run: Run, tmp_path: Path, text: str) -> None:
    found, err = opened(run, file(tmp_path, text))
    assert err == ""
    assert same(found)


REPORTS = [row["stats"] for row in ROWS if row.get("stats")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lines(REPORTS), id="a line each"),
        pytest.param(json.dumps(REPORTS), id="an array of arrays"),
        pytest.param(
            lines([{one["id"]: one for one in stats} for stats in REPORTS]), id="objects by id, a line each"
        ),
        pytest.param(
            json.dumps([{one["id"]: one for one in stats} for stats in REPORTS]), id="an array of objects"
        ),
    ],
)
def test_bare_reports(run: Run, tmp_path: Path, text: str) -> None:
    found, err = opened(run, file(tmp_path, text))
    assert err == ""
    (one,) = found["calls"]
    whole = call(NAME)
    assert one["summary"]["packets"] == whole["summary"]["packets"]
    assert one["ice"]["verdict"] == "connected"
    assert one["summary"]["end_reason"] == "the file ends here"


@pytest.mark.parametrize("shape", [list, dict, "key", "pair"])
def test_one_single_report(run: Run, tmp_path: Path, shape: Any) -> None:
    stats = REPORTS[-1]
    value: Any = stats
    if shape is dict:
        value = {one["id"]: one for one in stats}
    elif shape == "key":
        value = [{"key": one["id"], "value": one} for one in stats]
    elif shape == "pair":
        value = [[one["id"], one] for one in stats]
    found, err = opened(run, file(tmp_path, json.dumps(value)))
    assert err == ""
    (one,) = found["calls"]
    assert one["ice"]["verdict"] == "connected"
    assert one["summary"]["packets"] == call(NAME)["summary"]["packets"]


def test_messages_that_name_their_calls_are_those_calls(run: Run, tmp_path: Path) -> None:
    both = [{**row, "call": id, "leg": "x"} for row in ROWS for id in ("one", "two")]
    found, err = opened(run, file(tmp_path, lines(both)))
    assert err == ""
    assert {one["id"] for one in found["calls"]} == {"one", "two"}
    assert {one["state"] for one in found["calls"]} == {"ended"}
    unended = [{key: row[key] for key in row if key != "end"} for row in both]
    found, _ = opened(run, file(tmp_path, lines(unended)))
    assert {one["id"]: one["summary"]["end_reason"] for one in found["calls"]} == {
        "one": "the file ends here",
        "two": "the file ends here",
    }


def test_gzip_that_breaks_off_keeps_what_came_before(run: Run, tmp_path: Path) -> None:
    packed = path_of(NAME).read_bytes()
    found, err = opened(run, file(tmp_path, packed[: len(packed) * 3 // 4], "f.gz"))
    assert "breaks off" in err
    assert "the rest was kept" in err
    assert found["calls"][0]["summary"]["packets"]["received"] > 500
    assert found["rejected"][0]["count"] >= 1


def test_gzip_with_a_broken_end_keeps_everything(run: Run, tmp_path: Path) -> None:
    packed = bytearray(path_of(NAME).read_bytes())
    packed[-6] ^= 0xFF
    found, err = opened(run, file(tmp_path, bytes(packed), "f.gz"))
    assert "breaks off" in err
    assert same({**found})


def test_a_last_line_that_breaks_off_is_counted(run: Run, tmp_path: Path) -> None:
    text = lines()
    found, err = opened(run, file(tmp_path, text + text[: len(text) // 40], "cut.jsonl"))
    assert "1 not read" in err
    assert f"line {len(ROWS) + 1}" in err
    assert found["rejected"] == [{"source": "cut", "count": 1, "first": found["rejected"][0]["first"]}]
    assert same(found)


def test_lines_that_are_broken_in_the_middle_do_not_stop_the_rest(run: Run, tmp_path: Path) -> None:
    broken = ["{", "null", "7", '"text"', '{"foreign": 1}', "[1, 2]", '{"stats": "x", "t": 1}', "\x00\x01"]
    text = lines(ROWS[:10]) + "\n".join(broken) + "\n" + lines(ROWS[10:])
    found, err = opened(run, file(tmp_path, text))
    assert found["rejected"][0]["count"] == len(broken)
    assert f"{len(broken)} not read" in err
    assert found["calls"][0]["summary"]["packets"] == call(NAME)["summary"]["packets"]


def test_items_of_an_array_that_are_none_are_counted(run: Run, tmp_path: Path) -> None:
    found, err = opened(run, file(tmp_path, json.dumps([*ROWS[:5], 7, None, *ROWS[5:]])))
    assert "2 not read" in err
    assert found["rejected"][0]["count"] == 2
    assert same(found)


def test_a_line_that_is_not_utf_8(run: Run, tmp_path: Path) -> None:
    text = (
        lines(ROWS[:10]).encode() + b'{"t": 1, "states": {"ice": "\xff\xfe"}}\n' + lines(ROWS[10:]).encode()
    )
    found, err = opened(run, file(tmp_path, text))
    assert "not UTF-8" in err
    assert same(found)


def test_a_line_that_is_nested_too_deeply(run: Run, tmp_path: Path) -> None:
    deep = '{"stats":' + "[" * 200_000 + "]" * 200_000 + "}\n"
    found, err = opened(run, file(tmp_path, lines(ROWS[:10]) + deep + lines(ROWS[10:])))
    assert "nested too deeply" in err
    assert same(found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\n \n", "empty", id="blank"),
        pytest.param(gzip.compress(b""), "empty", id="empty, packed"),
        pytest.param(b"\x1f\x8b\x08\x00broken", "breaks off", id="broken gzip"),
        pytest.param(bytes(range(256)) * 50, "UTF-8", id="binary"),
        pytest.param(b"\xff\xd8\xff\xe0 JFIF", "a JPEG picture", id="a picture"),
        pytest.param(b"hello\nworld\n", "no JSON", id="text"),
        pytest.param(b'{"name": "x", "version": 3}', "no getStats", id="foreign JSON"),
        pytest.param(b"[1, 2, 3]", "no getStats", id="foreign array"),
        pytest.param(b"[]", "no getStats", id="empty array"),
        pytest.param(b"{}", "no getStats", id="empty object"),
        pytest.param(b"null", "no getStats", id="null"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="nested"),
        pytest.param(b'{"log": {"entries": []}}', "no getStats", id="HAR"),
        pytest.param(b'{"log": {"entries": []}}', "a HAR", id="HAR, named"),
        pytest.param(
            b'["getstats", "PC_0", {"T01": {"type": "transport"}}, 7]', "no getStats", id="another dump"
        ),
    ],
)
def test_what_is_no_capture_is_refused_in_one_line(run: Run, tmp_path: Path, text: bytes, word: str) -> None:
    assert word in refused(run, file(tmp_path, text))


def test_files_that_are_none_are_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    assert "No such file" in refused(run, tmp_path / "absent.jsonl")
    assert "directory" in refused(run, tmp_path)


def test_hostile_strings_reach_nobody(run: Run, tmp_path: Path) -> None:
    nasty = "a[/]b\x1b[31m\u202e\x9b"
    bad = [
        {**row, "room": nasty, "label": nasty, "page": {"browser": nasty}, "reason": nasty}
        for row in ROWS
    ]  # fmt: skip
    path = file(tmp_path, lines(bad))
    for form in ("--json", "--jsonl", "--plain"):
        code, out, err = run("open", path, form)
        assert code == 0
        for char in "\x1b\u202e\x9b":
            assert char not in out + err
            assert json.dumps(char)[1:-1] not in out


def test_names_of_files_are_cleaned_too(run: Run, tmp_path: Path) -> None:
    _, out, err = run("open", file(tmp_path, lines(), "a\x1b[31mb.jsonl"), "--plain")
    assert "\x1b" not in out + err
    _, out, err = run("open", tmp_path / "absent\x1b[31m", "--json")
    assert "\x1b" not in out + err


def test_time_passes_in_a_file_as_it_did(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "gap.jsonl"
    stats = {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1}

    def row(second: int) -> dict[str, Any]:
        ms = (1_700_000_000 + second) * 1000
        return {
            "t": ms,
            "stats": [{**stats, "timestamp": ms, "packetsReceived": 50 * second, "packetsLost": 0}],
        }

    file.write_text(lines([row(second) for second in (*range(30), *range(90, 120))]))
    found, _ = opened(run, file)
    (one,) = found["calls"]
    assert [issue["code"] for issue in one["issues"]] == ["no-data"]
    assert one["summary"]["time_in_grade_s"]["unknown"] > 50


def test_a_clock_that_is_set_back_is_set_right(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "back.jsonl"
    stats = {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1}

    def row(second: int) -> dict[str, Any]:
        ms = (1_700_000_000 + second - (120 if second >= 30 else 0)) * 1000
        return {
            "t": ms,
            "stats": [{**stats, "timestamp": ms, "packetsReceived": 50 * second, "packetsLost": 0}],
        }

    file.write_text(lines([row(second) for second in range(60)]))
    found, _ = opened(run, file)
    (one,) = found["calls"]
    assert one["duration_s"] == 59.0
    assert one["summary"]["packets"]["received"] == 50 * 59


def test_a_dump_of_many_rows_about_nothing_is_given_up(run: Run, tmp_path: Path) -> None:
    rows_of_nothing = "".join(f'["x",null,{number * 7919 % 99991},1]\n' for number in range(300_000))
    said = refused(run, file(tmp_path, 'RTCStatsDump\n{"fileFormat":3}\n' + rows_of_nothing))
    assert "its first 100000 lines tell of no call" in said


@pytest.mark.parametrize("form", ["--json", "--plain", "--jsonl"])
def test_an_output_that_is_full_is_said_in_one_line(form: str) -> None:
    command = [sys.executable, "-m", "callmon", "open", str(path_of(NAME)), form]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("callmon: the output cannot be written: ") and done.stderr.count("\n") == 1
