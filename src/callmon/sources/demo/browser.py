"""What each browser puts into a getStats report: which members are there differs more than their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from callmon.model.frames import Json
from callmon.sources.demo.cast import hexes, token, uuid

Entry = dict[str, Json]


def _members(names: str) -> frozenset[str]:
    return frozenset(names.split())


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser: its name, and what its reports leave out.

    ``lacks`` are object types that never appear; ``omits`` are members left out, by type, or type and kind.
    ``whole_ms`` is true where timestamps are whole milliseconds; ``marks`` where the selected pair says so.
    """

    name: str
    os: str
    family: str
    lacks: frozenset[str] = frozenset()
    omits: Mapping[str, frozenset[str]] | None = None
    whole_ms: bool = False
    marks: bool = False
    tls: str = "FEFC"
    dtls_cipher: str = "TLS_AES_128_GCM_SHA256"
    srtp_cipher: str = "SRTP_AES128_CM_HMAC_SHA1_80"


CHROMIUM = Browser("Chromium 156", "Linux", "chromium")
CHROME_MAC = Browser("Chrome 156", "macOS", "chromium")
CHROME_WINDOWS = Browser("Chrome 156", "Windows", "chromium")
CHROME_ANDROID = Browser("Chrome 156", "Android", "chromium")

FIREFOX = Browser(
    "Firefox 153",
    "Windows",
    "firefox",
    lacks=frozenset({"media-playout", "certificate"}),
    omits={
        "transport": _members(
            "bytesReceived bytesSent packetsReceived packetsSent selectedCandidatePairChanges "
            "localCertificateId remoteCertificateId"
        ),
        "candidate-pair": _members(
            "availableOutgoingBitrate requestsSent requestsReceived responsesSent "
            "consentRequestsSent packetsSent packetsReceived bytesDiscardedOnSend "
            "packetsDiscardedOnSend"
        ),
        "local-candidate": frozenset({"networkType", "url", "ip", "isRemote", "relatedAddress",
                                      "relatedPort"}),
        "remote-candidate": frozenset({"ip", "isRemote", "relatedAddress", "relatedPort"}),
        "inbound-rtp": frozenset({"playoutId", "decoderImplementation", "packetsReceivedWithEct1"}),
        "outbound-rtp": _members(
            "targetBitrate active mediaSourceId totalPacketSendDelay packetsSentWithEct1 "
            "qualityLimitationReason qualityLimitationDurations "
            "qualityLimitationResolutionChanges encoderImplementation scalabilityMode"
        ),
        "remote-outbound-rtp": frozenset({"roundTripTime", "totalRoundTripTime", "roundTripTimeMeasurements",
                                          "reportsSent"}),
        "media-source": _members(
            "audioLevel totalAudioEnergy totalSamplesDuration echoReturnLoss "
            "echoReturnLossEnhancement"
        ),
    },
    whole_ms=True,
    marks=True,
)  # fmt: skip

SAFARI = Browser(
    "Safari 17",
    "macOS",
    "safari",
    lacks=frozenset({"media-playout", "remote-outbound-rtp"}),
    omits={
        "transport": _members(
            "iceState iceRole dtlsRole packetsReceived packetsSent "
            "selectedCandidatePairChanges iceLocalUsernameFragment"
        ),
        "candidate-pair": _members(
            "consentRequestsSent packetsSent packetsReceived bytesDiscardedOnSend "
            "packetsDiscardedOnSend lastPacketSentTimestamp lastPacketReceivedTimestamp"
        ),
        "local-candidate": _members("networkType relayProtocol ip isRemote foundation usernameFragment"),
        "remote-candidate": _members("ip isRemote foundation usernameFragment"),
        "inbound-rtp": _members(
            "audioLevel jitterBufferTargetDelay jitterBufferMinimumDelay freezeCount "
            "totalFreezesDuration totalPausesDuration pauseCount remoteId mediaType playoutId "
            "packetsReceivedWithEct1 decoderImplementation"
        ),
        "inbound-rtp/audio": frozenset({"codecId"}),
        "outbound-rtp": _members(
            "active mediaType packetsSentWithEct1 qualityLimitationReason "
            "qualityLimitationDurations encoderImplementation scalabilityMode"
        ),
        "remote-inbound-rtp": _members("fractionLost totalRoundTripTime roundTripTimeMeasurements mediaType"),
        "media-source": _members(
            "audioLevel totalAudioEnergy totalSamplesDuration echoReturnLoss echoReturnLossEnhancement"
        ),
    },
    whole_ms=True,
    tls="FEFD",
    dtls_cipher="TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    srtp_cipher="AEAD_AES_128_GCM",
)


class Dresser:
    """Turns complete objects into those of one browser: ids in its style, members it has, its timestamps."""

    def __init__(self, rng: Random, browser: Browser) -> None:
        """Dress for ``browser``."""
        self._rng = rng
        self.browser = browser
        self._omits: dict[tuple[Json, Json], frozenset[str]] = {}

    def id(self, style: str) -> str:
        """Return the id of an object; ``style`` is what Chromium would call it."""
        return hexes(self._rng) if self.browser.family == "firefox" else style

    def track(self) -> str:
        """Return the id of a track."""
        name = uuid(self._rng)
        return f"{{{name}}}" if self.browser.family == "firefox" else name

    def fragment(self) -> str:
        """Return a user fragment of ICE."""
        return hexes(self._rng) if self.browser.family == "firefox" else token(self._rng, 4)

    def stamp(self, at: float) -> float | int:
        """Return a time in epoch milliseconds."""
        return round(at * 1000) if self.browser.whole_ms else round(at * 1000, 3)

    def dress(self, entries: list[Entry]) -> list[Entry]:
        """Return the objects as this browser has them."""
        browser = self.browser
        if browser.omits is None:
            return entries
        dressed = []
        for entry in entries:
            if entry["type"] in browser.lacks:
                continue
            key = entry["type"], entry.get("kind")
            omits = self._omits.get(key)
            if omits is None:
                omits = browser.omits.get(key[0], frozenset()) | browser.omits.get(
                    f"{key[0]}/{key[1]}", frozenset()
                )
                self._omits[key] = omits
            dressed.append(
                {name: value for name, value in entry.items() if name not in omits} if omits else entry
            )
        return dressed
