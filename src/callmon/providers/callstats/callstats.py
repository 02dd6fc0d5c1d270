"""The reader of the ``callstats`` dialect: one conference is a call, a participant and each peer connection a leg."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from callmon.model.events import Event, Joined, Left, Noted, Opened, Reported
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.model.text import printable
from callmon.providers.callstats import fabric, participant, stats
from callmon.providers.callstats.envelope import Message, Participation, decoded, word
from callmon.providers.callstats.repeats import Repeats
from callmon.w3c.report import text

ALIVE_S = 10.0
"""How often a client says that it is there."""

SILENT_S = 30.0
"""A participant of whom nothing is heard for this long is gone."""

PRECALL_S = 900.0
"""For how long the result of a pre-call test says something about the call that follows it."""

FORGOTTEN_S = 900.0
"""A participant of whom nothing was heard for this long is forgotten: all that was said there was long shown."""

JOIN, SILENT = "join", "silent"
"""Tags of a participant who comes, and of one who was silent for too long (which the server tells us)."""

OF_PARTICIPANT: dict[str, str | None] = {
    JOIN: "userJoined",
    "events/user/alive": "userAlive",
    "events/user/left": "userLeft",
    "events/userdetails": "userDetails",
    "events/media/actions": None,
    "events/media/pipeline": None,
    "events/devices/list": None,
    "events/ssrcmap": "ssrcMap",
    "events/sdp": "sdpSubmission",
    "events/dominantspeaker": "dominantSpeaker",
    "events/feedback": "feedback",
    "events/app/logs": "applicationErrorLog",
    "events/customevent": None,
    "events/conferencesummary": "conferenceSummary",
    "events/precall": "precall",
    "system/status": "systemStatus",
    "customstats": "customStats",
}
"""Tags of what is about a participant, and what kind it is where the path alone says so."""

OF_FABRIC: dict[str, str | None] = {
    "events/fabric": None,
    "events/fabric/setup": "fabricSetup",
    "events/fabric/setupfailed": "fabricSetupFailed",
    "events/fabric/terminated": "fabricTerminated",
    "events/fabric/status": "fabricDropped",
    "events/fabric/actions": None,
    "events/fabric/details": "callDetails",
    "events/fabric/statechange": "fabricStateChange",
    "events/fabric/transportchange": "fabricTransportChange",
    "events/fabric/disruptions": None,
    "events/ice/status": None,
    "stats": "stats",
    "events/stats": "stats",
}
"""Tags of what is about a peer connection; the paths of the older and of the newer clients."""

OF_APP = ("events/precall", "events/precallnotification", "stats/system", "stats/bridge/status")
"""What is told outside of any conference; as tags these begin with ``app/``."""

_MOST = 20_000
_PREFIX = "/v1/apps/{app}"
_STAY = _PREFIX + "/conferences/{call}"


def answer(frame: Frame, reasons: Sequence[str]) -> tuple[int, Json]:
    """Return the status and the body of the API's own answer to a message; ``reasons`` is why it was not read."""
    if reasons:
        return 422, {"status": "error", "msg": reasons[0]}
    if frame.tag == JOIN:
        return 200, {"status": "success", "ucID": frame.about.get("leg", "")}
    return 200, {"status": "success", "msg": "Event submitted"}


class Callstats:
    """The reader of the callstats ingest API; it keeps who takes part, for differences and for what comes twice.

    ``about`` of a frame says ``app``, ``call`` (the conference), ``leg`` (the ``ucID``) and ``user`` (whose token
    it came with); the tag is the path behind the ``ucID``.
    """

    name: ClassVar[str] = "callstats"
    routes: ClassVar[tuple[Route, ...]] = (
        Route(_STAY, JOIN, reply=answer),
        *(
            Route(f"{_STAY}/{{leg}}/{tag}", tag, reply=answer)
            for tag in (*OF_PARTICIPANT, *OF_FABRIC)
            if tag != JOIN
        ),
        *(Route(f"{_PREFIX}/{tag}", f"app/{tag}", reply=answer) for tag in OF_APP),
    )

    def __init__(self) -> None:
        """Begin with nobody."""
        self._kept: OrderedDict[tuple[str, str], Participation] = OrderedDict()
        self._stays: dict[str, list[Participation]] = {}
        self._repeats = Repeats()
        self._tests: OrderedDict[str, tuple[float, dict[str, str]]] = OrderedDict()

    def read(self, frame: Frame) -> Iterable[Event | Fetch | Rejected]:
        """Return what a frame means."""
        body = frame.body
        if not isinstance(body, dict):
            yield Rejected(frame.source, "a message of callstats is an object")
            return
        if frame.tag.startswith("app/"):
            yield from self._of_app(frame)
            return
        who = self._who(frame)
        if who is None:
            yield Rejected(frame.source, "there is no conference, participant or localID")
            return
        if frame.tag == SILENT:
            yield from _silent(frame, who)
            return
        fixed = OF_FABRIC.get(frame.tag, OF_PARTICIPANT.get(frame.tag))
        kind = fixed or text(body, "eventType")
        if kind is None or not (frame.tag in OF_FABRIC or frame.tag in OF_PARTICIPANT):
            yield Rejected(
                frame.source, f"nothing is known of {printable(frame.tag, 60)} without an eventType"
            )
            return
        if self._repeats.has((who.conference, who.id), frame.tag, body):
            return
        at = who.happened(body.get("timestamp"), frame.at)
        who.last_at = max(who.last_at, at)
        yield from self._placed(Message(frame, body, who, at, kind))

    def _who(self, frame: Frame) -> Participation | None:
        """Return whose message it is; the least recent participant is forgotten when there are too many."""
        conference, id = (printable(frame.about.get(key, "")) for key in ("call", "leg"))
        user = decoded(frame.about.get("user")) or decoded(frame.body.get("localID"))
        if not conference or not id or not user:
            return None
        self._age(frame.at)
        key = (conference, id)
        who = self._kept.get(key)
        if who is None:
            who = self._kept[key] = Participation(conference, id, user, text(frame.body, "deviceID"))
            self._stays.setdefault(user, []).append(who)
        who.heard_at = max(who.heard_at, frame.at)
        self._kept.move_to_end(key)
        return who

    def _age(self, now: float) -> None:
        """Forget participants of whom nothing was heard for long, or for longest when there are too many."""
        while self._kept:
            key, who = next(iter(self._kept.items()))
            if len(self._kept) < _MOST and now - who.heard_at < FORGOTTEN_S:
                return
            del self._kept[key]
            self._forget(who)
            self._repeats.forget(key)

    def _forget(self, who: Participation) -> None:
        """Take a participant off the list of those who are there."""
        stays = self._stays.get(who.user, [])
        if who in stays:
            stays.remove(who)
        if not stays:
            self._stays.pop(who.user, None)

    def _placed(self, message: Message) -> Iterator[Event | Rejected]:
        """Return the events of a message whose place is known; each says again what conference and who it is."""
        who, at, body, leg = message.who, message.at, message.body, message.leg
        yield Opened(who.conference, at, self.name, who.conference, every_s=ALIVE_S)
        told = participant.attributes(body) if message.kind in ("userJoined", "userDetails") else {}
        who.told |= told
        label = word(body.get("userName")) if message.kind == "userDetails" else None
        yield Joined(who.conference, at, leg, "participant", label or who.user, told)
        if message.frame.tag in OF_FABRIC:
            if message.kind == "stats" and message.connection is not None:
                peer = who.fabric(message.connection, at)
                yield fabric.joined(message, peer)
                yield from stats.events(message, peer)
            else:
                yield from fabric.events(message)
        elif message.kind == "userJoined":
            yield from self._tested(message)
        elif message.kind == "userLeft":
            yield from _left(who, at, "left")
            self._forget(who)
        elif message.kind != "userDetails":
            connection = message.connection
            where = who.fabric(connection, at).leg if connection is not None else leg
            if where != leg:
                yield fabric.joined(message, who.fabric(connection or "", at))
            yield from participant.events(message, where)

    def _tested(self, message: Message) -> Iterator[Event]:
        """Return what the test before this call found, where there was one."""
        tested = self._tests.get(message.who.user)
        if tested is not None and message.at - tested[0] <= PRECALL_S:
            yield from participant.tested(message, message.leg, tested[1])

    def _of_app(self, frame: Frame) -> Iterator[Event]:
        """Take what is told outside of a conference: it belongs to the calls in which that user is, or will be."""
        user = decoded(frame.about.get("user")) or decoded(frame.body.get("localID"))
        if user is None:
            return
        if frame.tag == "app/events/precall":
            words = participant.precall(frame.body)
            if words:
                self._tests[user] = (frame.at, words)
                self._tests.move_to_end(user)
            while self._tests and (
                len(self._tests) > _MOST or frame.at - next(iter(self._tests.values()))[0] > PRECALL_S
            ):
                self._tests.popitem(last=False)
        elif frame.tag in ("app/stats/system", "app/stats/bridge/status"):
            words = participant.system(frame.body)
            for who in self._stays.get(user, []) if words else []:
                yield Reported(who.conference, frame.at, who.leg(frame.at), words)


def _left(who: Participation, at: float, reason: str) -> Iterator[Event]:
    """Return that a participant is gone, with every peer connection of theirs.

    Somebody whose every connection failed did not just leave: that is how it ended for them.
    """
    leg = who.leg(at)
    peers = [peer for peer in who.fabrics.values() if peer.leg.rpartition("/")[0] == leg]
    for peer in who.fabrics.values():
        yield Left(who.conference, at, peer.leg, reason)
    fates = [peer.fate for peer in peers]
    failed = bool(fates) and all(fate is not None for fate in fates)
    yield Left(who.conference, at, leg, fates[-1] if failed else reason, failed=failed)


def _silent(frame: Frame, who: Participation) -> Iterator[Event]:
    """Return that a participant was silent for too long; said again it changes nothing."""
    if who.dropped and who.last_at <= who.dropped[-1]:
        return
    said = f"{who.user} was silent for {SILENT_S:.0f} s"
    yield Noted(who.conference, frame.at, who.leg(frame.at), "call", said, SILENT)
    yield from _left(who, frame.at, f"silent for {SILENT_S:.0f} s")
    who.dropped.append(frame.at)
    del who.dropped[:-50]
