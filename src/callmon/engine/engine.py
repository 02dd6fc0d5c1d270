"""The fold: events go in, calls come out; pure, and told the time."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Mapping
from operator import itemgetter

from callmon.engine import closing, ending, rollup, sampling, snapshot
from callmon.engine.asking import ask
from callmon.engine.call import Call, Leg, Moment, Standing, Stream
from callmon.engine.changes import Change, Ended, Regraded, was_known
from callmon.engine.diagnosis import diagnose
from callmon.engine.past import moments
from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.engine.retries import take_over
from callmon.engine.rules.network import patience_s, silent_since
from callmon.engine.series import History
from callmon.engine.waiting import waiting
from callmon.engine.window import Window
from callmon.model import events as ev

MAX_STREAMS = 2000
"""More streams than this in one leg are not a call but a mistake."""


class Engine:
    """All calls, and the only one who writes them."""

    def __init__(
        self,
        rules: RuleSet = RULE_SETS["telnyx"],
        window_s: float = 30.0,
        max_calls: int = 10_000,
        keep_ended_s: float | None = None,
    ) -> None:
        """Judge by ``rules`` over ``window_s`` seconds; keep ended calls ``keep_ended_s`` (None: for ever)."""
        self.rules = rules
        self.calls: dict[str, Call] = {}
        self.version = 0
        self.evicted = 0
        self._window_s = window_s
        self._max_calls = max_calls
        self._keep_ended_s = keep_ended_s
        self._behind: dict[str, float] = {}
        self._late: dict[str, float] = {}
        self._judged: list[tuple[float, RuleSet]] = [(-math.inf, rules)]
        self._handlers: Mapping[type, Callable[..., Call | None]] = {
            ev.Opened: self._opened,
            ev.Retold: self._retold,
            ev.Closed: self._closed,
            ev.Joined: self._joined,
            ev.Left: self._left,
            ev.Described: self._described,
            ev.Negotiated: self._negotiated,
            ev.Sampled: self._sampled,
            ev.IceChanged: self._ice_changed,
            ev.Noted: self._noted,
            ev.Reported: self._reported,
            ev.Restored: self._restored,
            ev.Unheard: self._unheard,
        }

    def alike(self) -> Engine:
        """Return an engine without any calls that judges and forgets as this one does."""
        return Engine(self.rules, self._window_s, self._max_calls, self._keep_ended_s)

    def judge_by(self, rules: RuleSet, now: float) -> list[Change]:
        """Judge by other limits from ``now`` on: every call is as soon as it is told of or time passes for it."""
        changes = [change for id in list(self._behind) for change in self.catch_up(id)]
        self.rules = rules
        self._judged[bisect_left(self._judged, now, key=itemgetter(0)) :] = [(now, rules)]
        self.version += 1
        return changes

    def rules_at(self, moment: float) -> RuleSet:
        """Return by whose limits it was judged at a moment: what came at the moment of a change came before it."""
        return self._judged[max(0, bisect_left(self._judged, moment, key=itemgetter(0)) - 1)][1]

    def fold(
        self, events: Iterable[ev.Event], now: float, only: Container[str] | None = None
    ) -> list[Change]:
        """Apply the events of one frame that came at ``now``, moment by moment; return what became different.

        With ``only`` what is told of other calls is passed over.
        """
        known: dict[str, Call] = {}
        changes: list[Change] = []
        events = list(events)
        passed = self._catch_up(events) if self._behind else []
        for at, told in moments(events, now):
            part = told if only is None else [event for event in told if event.call in only]
            known |= {
                e.call: self.calls[e.call] for e in part if type(e) is ev.Retold and e.call in self.calls
            }
            changes += self._apply(part, at, now)
        return passed + [change for change in changes if not was_known(change, known.get(change.call))]

    def _apply(self, events: Iterable[ev.Event], now: float, came_at: float) -> list[Change]:
        """Apply the events of one moment, of which was heard at ``came_at``."""
        touched: dict[str, tuple[Call, set[str]]] = {}
        for event in events:
            call = self._handlers[type(event)](event)
            if call is None:
                continue
            if call.id not in touched or touched[call.id][0] is not call:  # it may have been retold meanwhile
                touched[call.id] = call, set()
            leg = getattr(event, "leg", None)
            if leg in call.legs:
                touched[call.id][1].add(leg)
        changes: list[Change] = []
        for call, legs in touched.values():
            self._arrived(call, legs, now)
            changes += self._settle(call, legs, now)
            call.last_frame_at = max(call.last_frame_at, came_at)
            call.behind_s = came_at - now
        return changes

    def tick(self, now: float) -> list[Change]:
        """Let time pass: values grow old, handshakes hang, sources fall silent, ended calls are let go."""
        changes = self.begin_tick(now)
        for id in list(self._behind):
            changes += self.catch_up(id)
        return changes

    def begin_tick(self, now: float) -> list[Change]:
        """Let time pass for no call yet but for those that are let go; for the others ``catch_up`` does it.

        What is told of a call is folded only after that, so that in the end all is as after ``tick``.
        """
        changes: list[Change] = []
        for id in list(self._behind):
            changes += self.catch_up(id)
        for call in list(self.calls.values()):
            if not call.over:
                self._behind[call.id] = now
            elif self._keep_ended_s is not None and now - (call.ended_at or now) > self._keep_ended_s:
                del self.calls[call.id]
                self.version += 1
        return changes

    def _catch_up(self, events: Iterable[ev.Event]) -> list[Change]:
        """Let time pass for the calls of events; for all, where one of them may have to make room."""
        full = len(self.calls) >= self._max_calls
        ids = list(self._behind) if full else dict.fromkeys(event.call for event in events)
        return [change for id in ids for change in self.catch_up(id)]

    @property
    def behind(self) -> str | None:
        """A call for which time is still to pass, None where it has passed for all."""
        return next(iter(self._behind), None)

    def catch_up(self, id: str) -> list[Change]:
        """Let time pass for one call, if it has not yet."""
        now, call = self._behind.pop(id, None), self.calls.get(id)
        legs = waiting(call, now) if now is not None and call is not None else None
        if now is None or call is None or legs is None:
            return []
        stale = call.state == "live" and now - silent_since(call) >= patience_s(call)
        if call.behind_s and not stale:  # its time is that of its newest sample
            return []
        for leg in legs:
            sampling.refresh(leg, now)
        if stale:
            call.hear(silent_since(call))
            call.state = "stale"
        return self._settle(call, {leg.id for leg in legs}, now)

    def _arrived(self, call: Call, legs: Iterable[str], now: float) -> None:
        """Remember when frames come, and how far apart."""
        call.frames += 1
        call.hear(now)
        call.last_frame_at = max(call.last_frame_at, now)
        for id in sorted(legs):  # the same in every process, which the order of a set is not
            leg = call.legs[id]
            leg.last_at = now
            call.interval_s = leg.interval_s or call.interval_s
        if call.state == "stale":
            call.state = "live"
            call.note(Moment(now, "call", "frames come again"))

    def _settle(self, call: Call, legs: set[str], now: float) -> list[Change]:
        """Work out what follows from what was applied: diagnoses, worst values, grade, issues, end."""
        call.settled_at = now
        for id in sorted(legs):
            leg = call.legs[id]
            if leg.ice.seen:
                before = leg.diagnosis.verdict if leg.diagnosis is not None else None
                leg.diagnosis = diagnose(leg.ice, now, leg.diagnosis)
                legs.update(old.id for old in take_over(call, leg, before))
        end, worst = ending.fate(call, legs)
        another = call.over and end is not None and ending.is_another(call, end, legs)
        shown, late = call.grade, self._late.pop(call.id, None) if self._late else None
        if not call.over or end is None:
            late = None
        if call.over and (end is None or another or late is not None):
            closing.take_back(call, now, end)
        changes: list[Change] = []
        if not call.over:
            for id in legs:
                sampling.let_go(call.legs[id])
                rollup.roll_leg(call.legs[id], self.rules)
            if late is not None and end is not None:
                changes += closing.catch_past(call, sorted(legs), now if now < end[1] else late, self.rules)
            elif not another:  # what was wrong with it was asked when it ended
                changes += ask(call, sorted(legs), now, self.rules)
            since = call.graded_since
            until = now if end is None else end[1] if late is not None else min(now, end[1])
            old = rollup.roll_call(call, until, legs)
            call.ice_leg = worst
            line = rollup.note_grade(call, old, until)
            if shown is not call.grade:
                changes.append(Regraded(call.id, now, shown, call.grade))
            if late is None and (end is None or call.trend.times):  # where nothing is yet, more may come late
                rollup.append_trend(call, now)
            if end is not None:
                closing.close(call, *end, Standing(old, since, line))
                changes += [Ended(call.id, now, end[0])] if late is None else []
        call.version += 1
        self.version += 1
        return changes

    def _opened(self, event: ev.Opened) -> Call:
        call = self.calls.get(event.call)
        if call is None:
            self._make_room()
            call = Call(event.call, event.provider, event.at, last_frame_at=event.at)
            call.trend.origin = event.at
            self.calls[event.call] = call
        call.room = event.room or call.room
        call.label = event.label or call.label
        if event.every_s is not None:
            call.every_s, call.once = event.every_s, event.once
        call.lasts = call.lasts or event.lasts
        if (event.every_s is not None or event.lasts) and event.at < call.started_at:
            # An API knows when a call began; a page that came into the middle of it only when it came.
            ending.begin_earlier(call, event.at)
        return call

    def _retold(self, event: ev.Retold) -> Call | None:
        """Forget what a call was: all of it follows."""
        old = self.calls.get(event.call)
        if old is not None:
            call = self.calls[old.id] = Call(old.id, old.provider, event.at, last_frame_at=event.at)
            call.frames, call.version, call.trend.origin = old.frames, old.version + 1, event.at
        return self.calls.get(event.call)

    def _make_room(self) -> None:
        """Let the oldest ended call go, or else the oldest, when there are too many."""
        if len(self.calls) < self._max_calls:
            return
        oldest = next((call.id for call in self.calls.values() if call.over), next(iter(self.calls)))
        del self.calls[oldest]
        self.evicted += 1

    def _closed(self, event: ev.Closed) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        if not call.legs and not call.lasts:
            self._leg(call, "pc", event.at)
        ending.close(call, event)
        return call

    def _leg(self, call: Call, id: str, at: float) -> Leg:
        leg = call.legs.get(id)
        if leg is None:
            leg = call.legs[id] = Leg(id, "peer", at)
        return leg

    def _joined(self, event: ev.Joined) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        known = event.leg in call.legs
        leg = self._leg(call, event.leg, event.at)
        leg.role, leg.joined_at = event.role, min(leg.joined_at, event.at)
        leg.label = event.label or leg.label
        leg.attributes.update(event.attributes)
        ending.leave_late(call, leg)
        if not known and len(call.legs) > 1:
            call.note(Moment(event.at, "call", f"{leg.label or leg.id} joined", leg.id))
        return call

    def _left(self, event: ev.Left) -> Call | None:
        call = self.calls.get(event.call)
        if call is None or event.leg not in call.legs:
            return None
        ending.leave(call, call.legs[event.leg], event)
        return call

    def _described(self, event: ev.Described) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        leg = self._leg(call, event.leg, event.at)
        stream = leg.streams.get(event.stream)
        if stream is None:
            if len(leg.streams) >= MAX_STREAMS:
                call.note_once(event.at, f"more than {MAX_STREAMS} streams: the rest is not shown")
                return None
            stream = Stream(event.stream, event.kind, event.direction, event.at)
            stream.history = History(event.at)
            stream.windows = Window(self._window_s)
            leg.streams[event.stream] = stream
        stream.codec = event.codec or stream.codec
        stream.ssrc = event.ssrc if event.ssrc is not None else stream.ssrc
        stream.attributes.update(event.attributes)
        return call

    def _negotiated(self, event: ev.Negotiated) -> Call | None:
        call = self.calls.get(event.call)
        if call is not None:
            self._leg(call, event.leg, event.at).expects.update(event.media)
        return call

    def _sampled(self, event: ev.Sampled) -> Call | None:
        call = self.calls.get(event.call)
        leg = call.legs.get(event.leg) if call is not None else None
        if call is None or leg is None:
            return None
        over = call.over and event.at > (call.ended_at or event.at)
        if call.over and not over and ending.was_told(call, leg) and sampling.is_news(leg, event):
            self._late[call.id] = max(event.at, self._late.get(call.id, event.at))
        return call if sampling.sample(leg, event, self.rules, over) else None

    def _ice_changed(self, event: ev.IceChanged) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        leg = self._leg(call, event.leg, event.at)
        if event.facts.full:
            sampling.report(leg, event.at)
        for line in leg.ice.update(event.at, event.facts):
            call.note(Moment(event.at, "ice", line, leg.id))
        if call.over:
            # What was measured after it, in the same frame, counts.
            leg.diagnosis = diagnose(leg.ice, event.at, leg.diagnosis)
            if ending.fate(call)[0] is None:
                closing.take_back(call, event.at, None)
        return call

    def _noted(self, event: ev.Noted) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        leg = call.legs.get(event.leg) if event.leg is not None else None
        moment = Moment(event.at, event.kind, event.text, leg.id if leg is not None else None, event.code)
        if moment in call.timeline:
            return call
        if leg is not None and event.code == "icecandidateerror":
            leg.ice.fail_server(event.text, event.about.get("url"))
        call.note(moment)
        return call

    def _reported(self, event: ev.Reported) -> Call | None:
        call = self.calls.get(event.call)
        if call is None:
            return None
        place = call if event.leg is None else call.legs.get(event.leg)
        if place is not None:
            place.words.update(event.words)
        if event.figures or event.status:
            ending.take_summary(call, event)
        return call

    def _unheard(self, event: ev.Unheard) -> None:
        call = self.calls.get(event.call)
        if call is not None and call.miss(event.at):
            call.version += 1
            self.version += 1

    def _restored(self, event: ev.Restored) -> Call | None:
        """Take the state that another engine holds, unless ours is older and knows more."""
        theirs = snapshot.load(event.state)
        ours = self.calls.get(event.call)
        if ours is not None and not snapshot.replaces(theirs, ours):
            if theirs.over and not ours.over:
                failed = theirs.state == "failed"
                return self._closed(
                    ev.Closed(ours.id, theirs.ended_at or event.at, theirs.end_reason, failed)
                )
            return None
        if ours is None:
            self._make_room()
        theirs.version = ours.version + 1 if ours is not None else theirs.version
        self.calls[event.call] = theirs
        self.version += 1
        return None
