"""``callmon check``: what must hold, what it says where it does not, and the exit codes."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.commands import Run
from tests.recordings.recordings import path_of

LOSS, CLEAN = "voice_opus_loss5-a", "voice_opus_clean-a"


def test_what_holds_is_exit_code_0(run: Run) -> None:
    code, out, err = run("check", path_of(CLEAN), "--assert", "loss<3", "--assert", "is:good or is:over")
    assert (code, err) == (0, "")
    assert out == "2 of 2 hold (1 call)\n"


def test_what_does_not_hold_is_said_with_its_value(run: Run) -> None:
    code, out, _ = run("check", path_of(LOSS), path_of(CLEAN), "--assert", "loss<3 and rtt<300ms")
    assert code == 1
    assert out.splitlines()[0].startswith(f"failed: loss<3 and rtt<300ms: {LOSS}: loss ")
    assert "%, rtt " in out.splitlines()[0]
    assert out.splitlines()[1:] == ["1 of 2 hold (2 calls)"]


def test_the_value_has_as_many_digits_as_show_why_it_does_not_hold(run: Run) -> None:
    _, out, _ = run("check", path_of(CLEAN), "--json", "--assert", "rtt<0ms")
    (failed,) = json.loads(out)["assertions"][0]["failed"]
    _, out, _ = run("open", path_of(CLEAN), "--json")
    rtt_ms = json.loads(out)["calls"][0]["metrics"]["rtt_ms"]
    whole = failed["values"]["rtt"].removesuffix(" ms")
    assert float(whole) == round(rtt_ms) != rtt_ms
    _, out, _ = run("check", path_of(CLEAN), "--assert", f"rtt={whole}ms or not rtt<0.5s")
    said = out.splitlines()[0].rpartition(": rtt ")[2].removesuffix(" ms")
    assert float(said) != float(whole) and float(said) == round(rtt_ms, len(said.partition(".")[2]))


def test_a_filter_leaves_calls_out(run: Run) -> None:
    assert run("check", path_of(LOSS), path_of(CLEAN), "--assert", "loss<3", "--filter", "clean")[0] == 0


def test_the_document_says_which_call_failed_what(run: Run) -> None:
    code, out, _ = run("check", path_of(LOSS), "--assert", "loss<3", "--assert", "any(loss>3, 1m)", "--json")
    found = json.loads(out)
    assert code == 1 and found["held"] is False and found["calls"] == 1
    assert [one["held"] for one in found["assertions"]] == [False, True]
    ((failed,),) = [one["failed"] for one in found["assertions"] if not one["held"]]
    assert failed["id"] == LOSS and failed["values"]["loss"].endswith(" %")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            (path_of(LOSS), "--assert", "loss<<3"),
            "--assert: at character 6, '<3': expected a share such as 3%",
        ),
        ((path_of(LOSS), "--assert", " "), "there is nothing in it"),
        (
            (path_of(LOSS), "--assert", "loss<3", "--filter", "lss>1"),
            "--filter: at character 1, 'lss>1': there is no field lss: did you mean loss?",
        ),
        (
            (path_of(LOSS), "--assert", "loss<3", "--view", "loss>3 | srt rtt"),
            "--view: at character 10, 'srt': there is no srt: did you mean sort?",
        ),
        (
            (path_of(LOSS), "--assert", "loss<3", "--sort=-rrt"),
            "--sort: at character 2, 'rrt': there is no column rrt: did you mean rtt?",
        ),
        (
            (path_of(LOSS), "--assert", "loss<3 and not marked"),
            "--assert: only on the screen can calls be marked",
        ),
        ((path_of(LOSS), "--assert", "loss<3", "--filter", "nobody"), "there is no call to check"),
        (("nowhere", "--assert", "loss<3"), "nowhere"),
        (("--assert", "loss<3"), "give files to read"),
    ],
)
def test_what_cannot_be_checked_is_exit_code_2(run: Run, words: tuple[object, ...], says: str) -> None:
    code, out, err = run("check", *words)
    assert (code, out) == (2, "")
    assert says in err


def test_of_a_file_now_is_its_newest_moment(run: Run) -> None:
    _, out, _ = run("open", path_of(LOSS), "--json")
    began = datetime.fromisoformat(json.loads(out)["calls"][0]["started_at"]).timestamp()
    before, after = (datetime.fromtimestamp(began + seconds).strftime("%H:%M:%S") for seconds in (-1.0, 2.0))
    for text, code in (
        ("started>-1m", 0),
        ("started>-5s", 1),
        (f"started>{before} ended>{after}", 0),
        (f"started>{after}", 1),
    ):
        assert run("check", path_of(LOSS), "--assert", text)[0] == code, text
