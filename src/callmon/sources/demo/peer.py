"""One peer connection of the demo: what really happens to it, told as callmon.js tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from callmon.model.frames import Json
from callmon.sources.demo import entries
from callmon.sources.demo.audio import OPUS, Talk, VoiceReceiver, VoiceSender
from callmon.sources.demo.browser import Dresser, Entry
from callmon.sources.demo.cast import fingerprint
from callmon.sources.demo.network import Network
from callmon.sources.demo.paths import Gathered
from callmon.sources.demo.turns import Turn
from callmon.sources.demo.video import SIMULCAST, SINGLE, VP8, Layer, VideoReceiver, VideoSender


@dataclass(frozen=True, slots=True)
class Media:
    """What a leg sends and receives; ``spells`` are the ages at which received video stands still."""

    video: bool = False
    layers: tuple[Layer, ...] = SINGLE
    idle_layers: int = 0
    muted: bool = False
    deaf: bool = False
    busy_from: float | None = None
    spells: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Far:
    """Somebody at the other end: who it is in the conversation, and the epoch seconds they are there."""

    person: int
    since: float
    until: float


class Peer:
    """A peer connection; ``step`` takes it through time and ``message`` tells of it."""

    def __init__(
        self, rng: Random, dresser: Dresser, network: Network, media: Media, turns: Sequence[Turn],
        gathered: Gathered, talk: Talk, person: int, fars: Sequence[Far], born: float, about: Mapping[str,
                                                                                                      Json],
    ) -> None:  # fmt: skip
        """Begin at ``born``, epoch seconds; ``about`` are the constant members of every message."""
        self.signaling, self.ice, self.connection, self.gathering = "stable", "new", "new", "new"
        self.transport_ice, self.dtls, self.pair_state = "new", "new", "in-progress"
        self.gathered, self.changes = 0, 0
        self.pair: int | None = None
        self.secure = self.flowing = self.checking = False
        self.far = True
        self._rng, self._dresser, self._network, self._media = rng, dresser, network, media
        self._turns = list(turns)
        self._turned = 0
        self._candidates = gathered
        self._talk, self._person, self._fars = talk, person, fars
        self._born, self._at = born, born
        self._about = about
        self._heard: list[Entry] = []
        self._requests = self._responses = 0.0
        self._rtt_total_s = 0.0
        self._wire = {"sent": 0, "received": 0, "bytes_sent": 0, "bytes_received": 0}
        self._counted = (0, 0, 0, 0)
        self._build()

    def _build(self) -> None:
        rng, dresser, media = self._rng, self._dresser, self._media
        self._transport = dresser.id("T01")
        self._certificates = [fingerprint(rng), fingerprint(rng)]
        for entry in (*self._candidates.local, *self._candidates.remote):
            entry["transportId"] = self._transport
        self.voice = VoiceSender(rng, OPUS, media.muted)
        self._voice_names = self._name("O", "A", self.voice.ssrc, "0")
        self.videos = []
        if media.video:
            idle = len(media.layers) - media.idle_layers
            self.videos = [
                VideoSender(rng, VP8, layer, position < idle, media.busy_from)
                for position, layer in enumerate(media.layers)
            ]
        self._video_names = [self._name("O", "V", video.ssrc, "1") for video in self.videos]
        for names in self._video_names[1:]:
            names.source, names.track = self._video_names[0].source, self._video_names[0].track
            names.codec = self._video_names[0].codec
        self.voices = [VoiceReceiver(rng, OPUS) for _ in self._fars]
        self._voices_names = [
            self._name("I", "A", voice.ssrc, str(2 * n)) for n, voice in enumerate(self.voices)
        ]
        seen = SINGLE[0] if len(self._fars) == 1 else SIMULCAST[1]
        self.watched = [VideoReceiver(rng, VP8, seen, media.spells) for _ in self._fars if media.video]
        self._watched_names = [
            self._name("I", "V", video.ssrc, str(2 * n + 1)) for n, video in enumerate(self.watched)
        ]
        for all in (self._voices_names, self._watched_names):
            for names in all[1:]:
                names.codec = all[0].codec

    def _name(self, way: str, kind: str, ssrc: int, mid: str) -> entries.Names:
        codec = OPUS if kind == "A" else VP8
        return entries.names(self._dresser, way, kind, ssrc, codec, mid, self._transport)

    def step(self, at: float) -> list[Entry]:
        """Go on to ``at``, epoch seconds; return what the page heard since the last step."""
        dt, age = at - self._at, at - self._born
        self._at = at
        self._network.step(age, dt)
        heard: list[Entry] = []
        while self._turned < len(self._turns) and self._turns[self._turned].at <= age:
            turn = self._turns[self._turned]
            self._turned += 1
            for name, value in turn.sets.items():
                setattr(self, name, value)
            if turn.event is not None:
                heard.append({"t": round((self._born + turn.at) * 1000), "ev": turn.event, "v": turn.value})
        kinds = ("audio", "video") if self.videos else ("audio",)
        for far in self._fars:
            if at - dt < far.since <= at and far.since > self._born:
                heard += [{"t": round(far.since * 1000), "ev": "track", "v": kind} for kind in kinds]
        self._move(at, age, dt)
        return heard

    def _move(self, at: float, age: float, dt: float) -> None:
        network, talk = self._network, self._talk
        heard = self.flowing and self.far and not (self._media.deaf and self._media.muted)
        self.voice.step(at, dt, network, talk.speaks(self._person, at), self.flowing, heard)
        for video in self.videos:
            video.step(at, age, dt, network, self.flowing, heard)
        for far, voice in zip(self._fars, self.voices, strict=True):
            there = self.flowing and self.far and far.since <= at < far.until and not self._media.deaf
            voice.step(at, dt, network, talk.speaks(far.person, at), there)
        for far, picture in zip(self._fars, self.watched, strict=False):
            picture.step(at, age, dt, network, self.flowing and self.far and far.since <= at < far.until)
        self._carry(dt)

    def _carry(self, dt: float) -> None:
        """Count what the selected pair carries: media, RTCP and the checks that keep it alive."""
        senders: list[VoiceSender | VideoSender] = [self.voice, *self.videos]
        receivers: list[VoiceReceiver | VideoReceiver] = [*self.voices, *self.watched]
        now = (
            sum(media.packets for media in senders), sum(media.packets for media in receivers),
            sum(media.bytes for media in senders), sum(media.bytes for media in receivers),
        )  # fmt: skip
        gained = [new - old for new, old in zip(now, self._counted, strict=True)]
        self._counted = now
        wire = self._wire
        if self.pair is not None and self.transport_ice == "connected" and self.dtls != "closed":
            wire["sent"] += gained[0] + round(0.3 * dt)
            wire["bytes_sent"] += gained[2] + gained[0] * 38 + round(70 * dt)
        wire["received"] += gained[1]
        wire["bytes_received"] += gained[3] + gained[1] * 38
        answered = self._network.up > 0.6 and self.far
        if self.pair is not None or self.checking:
            self._requests += dt * (0.4 if answered and self.pair is not None else 16.0)
        if self.pair is not None and answered:
            self._responses += dt * 0.4
            self._rtt_total_s += dt * 0.4 * self._network.rtt_ms / 1000

    def message(self, at: float, heard: Sequence[Entry]) -> dict[str, Json]:
        """Return the message that callmon.js sends at ``at``, with what the page ``heard`` since the last."""
        return {
            **self._about,
            "t": round(at * 1000),
            "states": {
                "signaling": self.signaling,
                "ice": self.ice,
                "connection": self.connection,
                "gathering": self.gathering,
            },
            "events": list(heard),
            "transceivers": self._transceivers(at),
            "stats": self._dresser.dress(self._stats(self._dresser.stamp(at))),
        }

    def _transceivers(self, at: float) -> list[Entry]:
        """Return what was agreed on: the first of each kind goes both ways, the others only bring."""
        agreed = self.gathering != "new" and self.signaling == "stable"
        found: list[Entry] = []
        for n, far in enumerate(self._fars):
            there = far.since <= at < far.until
            wanted = "recvonly" if n else "sendrecv"
            now = wanted if there else "inactive" if n else "sendonly"
            for offset, kind in enumerate(("audio", "video")[: 2 if self.videos else 1]):
                found.append({"mid": str(2 * n + offset), "kind": kind, "direction": wanted,
                              "currentDirection": now if agreed else None})  # fmt: skip
        return found

    def _stats(self, ts: float) -> list[Entry]:
        dresser, transport = self._dresser, self._transport
        found: list[Entry] = [{"id": "P", "timestamp": ts, "type": "peer-connection", "dataChannelsClosed": 0,
                               "dataChannelsOpened": 0}]  # fmt: skip
        codecs: dict[str, Entry] = {}
        here = [far.until > self._at for far in self._fars]
        for there, voice, names in zip(here, self.voices, self._voices_names, strict=True):
            if voice.packets and there:
                found += entries.voice_in(voice, names, dresser, ts)
                codecs[names.codec] = entries.codec_entry(voice.codec, names.codec, transport, ts)
        for there, picture, names in zip(here, self.watched, self._watched_names, strict=False):
            if picture.packets and there:
                found += entries.video_in(picture, names, dresser, ts)
                codecs[names.codec] = entries.codec_entry(picture.codec, names.codec, transport, ts)
        names = self._voice_names
        found += entries.voice_out(self.voice, names, dresser, ts)
        codecs[names.codec] = entries.codec_entry(self.voice.codec, names.codec, transport, ts)
        for video, names in zip(self.videos, self._video_names, strict=True):
            found += entries.video_out(video, names, dresser, ts)
            codecs[names.codec] = entries.codec_entry(video.codec, names.codec, transport, ts)
        if self.videos:
            found.append(entries.camera(self.videos[0], self._video_names[0], ts))
        return [*found, *codecs.values(), *self._playout(ts), *self._path(ts), self._transported(ts)]

    def _playout(self, ts: float) -> list[Entry]:
        voice = self.voices[0] if self.voices else None
        if voice is None or not voice.packets:
            return []
        return [{"id": "AP", "timestamp": ts, "type": "media-playout", "kind": "audio",
                 "synthesizedSamplesDuration": 0, "synthesizedSamplesEvents": 0,
                 "totalPlayoutDelay": round(voice.samples * 0.03, 3), "totalSamplesCount": voice.samples,
                 "totalSamplesDuration": round(voice.duration_s, 2)}]  # fmt: skip

    def _path(self, ts: float) -> list[Entry]:
        known = self._candidates
        alive = self.pair is not None or self.checking
        remote = known.remote if alive else []
        found = [{**entry, "timestamp": ts} for entry in (*known.local[: self.gathered], *remote)]
        if self.pair is not None:
            found.append(self._selected(ts))
        if self.checking and self.transport_ice != "failed":
            for pair in known.losers:
                found.append({
                    "id": pair.id, "timestamp": ts, "type": "candidate-pair", "bytesReceived": 0,
                    "bytesSent": 0, "localCandidateId": pair.local["id"],
                    "remoteCandidateId": pair.remote["id"], "nominated": False, "requestsReceived": 0,
                    "requestsSent": round(min(self._requests, 320)), "responsesReceived": 0,
                    "responsesSent": 0, "state": "failed" if self.pair is not None else "in-progress",
                    "totalRoundTripTime": 0, "transportId": self._transport, "writable": False,
                })  # fmt: skip
        return found

    def _selected(self, ts: float) -> Entry:
        pair = self._candidates.pairs[self.pair or 0]
        wire, network, heard_at = self._wire, self._network, round(ts)
        entry: Entry = {
            "id": pair.id, "timestamp": ts, "type": "candidate-pair", "bytesDiscardedOnSend": 0,
            "bytesReceived": wire["bytes_received"], "bytesSent": wire["bytes_sent"],
            "consentRequestsSent": round(self._requests),
            "currentRoundTripTime": round(network.rtt_ms) / 1000,
            "lastPacketReceivedTimestamp": heard_at - 6, "lastPacketSentTimestamp": heard_at - 3,
            "localCandidateId": pair.local["id"], "nominated": True, "packetsDiscardedOnSend": 0,
            "packetsReceived": wire["received"], "packetsSent": wire["sent"],
            "remoteCandidateId": pair.remote["id"], "requestsReceived": round(self._responses),
            "requestsSent": round(self._requests) + 1, "responsesReceived": round(self._responses) + 1,
            "responsesSent": round(self._responses), "state": self.pair_state,
            "totalRoundTripTime": round(self._rtt_total_s, 3), "transportId": self._transport,
            "writable": self.transport_ice == "connected",
        }  # fmt: skip
        if self.flowing:
            wanted = 2_400_000 if self.videos else 300_000
            entry["availableOutgoingBitrate"] = round(min(wanted, network.capacity_bps or wanted))
        if self._dresser.browser.marks:
            entry |= {"selected": True, "readable": True}
        return entry

    def _transported(self, ts: float) -> Entry:
        browser, wire = self._dresser.browser, self._wire
        entry: Entry = {
            "id": self._transport, "timestamp": ts, "type": "transport",
            "bytesReceived": wire["bytes_received"], "bytesSent": wire["bytes_sent"], "dtlsRole": "server",
            "dtlsState": self.dtls, "iceLocalUsernameFragment": self._candidates.fragment,
            "iceRole": "controlling", "iceState": self.transport_ice,
            "localCertificateId": f"CF{self._certificates[0]}", "packetsReceived": wire["received"],
            "packetsSent": wire["sent"], "selectedCandidatePairChanges": self.changes,
        }  # fmt: skip
        if self.pair is not None:
            entry["selectedCandidatePairId"] = self._candidates.pairs[self.pair].id
        if self.secure:
            entry |= {"dtlsCipher": browser.dtls_cipher, "srtpCipher": browser.srtp_cipher,
                      "tlsVersion": browser.tls,
                      "remoteCertificateId": f"CF{self._certificates[1]}"}  # fmt: skip
        return entry
