"""The media objects of a getStats report (webrtc-stats), complete, from what a leg has counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from callmon.model.frames import Json
from callmon.sources.demo.audio import Codec, VoiceReceiver, VoiceSender
from callmon.sources.demo.browser import Dresser, Entry
from callmon.sources.demo.video import VideoReceiver, VideoSender

_WIDTHS = {180: 320, 360: 640, 720: 1280}


@dataclass(slots=True)
class Names:
    """The ids of one stream and of what it is joined to; ``transport`` is that of the whole connection."""

    id: str
    remote: str
    codec: str
    source: str
    track: str
    mid: str
    transport: str
    extra: dict[str, Json] = field(default_factory=dict)


def names(dresser: Dresser, way: str, kind: str, ssrc: int, codec: Codec, mid: str, transport: str) -> Names:
    """Return the ids of a stream; ``way`` is I for inbound or O for outbound, ``kind`` A or V."""
    fmtp = f"_{codec.fmtp}" if codec.fmtp else ""
    return Names(
        id=dresser.id(f"{way}T01{kind}{ssrc}"),
        remote=dresser.id(f"R{'I' if way == 'O' else 'O'}{kind}{ssrc}"),
        codec=dresser.id(f"C{way}T01_{codec.payload_type}{fmtp}"),
        source=dresser.id(f"S{kind}{int(mid) + 1}"),
        track=dresser.track(),
        mid=mid,
        transport=transport,
    )


def codec_entry(codec: Codec, id: str, transport: str, ts: float) -> Entry:
    """Return the codec object of a stream."""
    entry: Entry = {"id": id, "timestamp": ts, "type": "codec", "clockRate": codec.clock_rate,
                    "mimeType": codec.mime,
                    "payloadType": codec.payload_type, "transportId": transport}  # fmt: skip
    if codec.channels:
        entry["channels"] = codec.channels
    if codec.fmtp:
        entry["sdpFmtpLine"] = codec.fmtp
    return entry


def voice_in(voice: VoiceReceiver, names: Names, dresser: Dresser, ts: float) -> list[Entry]:
    """Return what is said of a received voice."""
    overhead = voice.packets * 28
    entry: Entry = {
        "id": names.id, "timestamp": ts, "type": "inbound-rtp", "codecId": names.codec, "kind": "audio",
        "mediaType": "audio", "ssrc": voice.ssrc, "transportId": names.transport,
        "jitter": round(voice.jitter_ms) / 1000, "packetsLost": voice.lost,
        "packetsReceived": voice.packets, "packetsReceivedWithEct1": 0, "audioLevel": voice.level,
        "bytesReceived": voice.bytes, "concealedSamples": voice.concealed,
        "concealmentEvents": voice.concealments, "fecPacketsDiscarded": 0, "fecPacketsReceived": 0,
        "headerBytesReceived": overhead, "insertedSamplesForDeceleration": voice.samples // 400,
        "jitterBufferDelay": round(voice.buffer_s, 1), "jitterBufferEmittedCount": voice.emitted,
        "jitterBufferMinimumDelay": round(voice.target_s, 1),
        "jitterBufferTargetDelay": round(voice.target_s, 1),
        "lastPacketReceivedTimestamp": dresser.stamp(voice.last_packet_at), "mid": names.mid,
        "packetsDiscarded": voice.discarded, "playoutId": "AP",
        "removedSamplesForAcceleration": voice.samples // 350, "silentConcealedSamples": voice.silent,
        "totalAudioEnergy": voice.energy, "totalProcessingDelay": round(voice.buffer_s * 0.93, 5),
        "totalSamplesDuration": round(voice.duration_s, 2), "totalSamplesReceived": voice.samples,
        "trackIdentifier": names.track,
    }  # fmt: skip
    return [entry, *_far_sender(voice, entry, names, dresser, "audio")]


def voice_out(voice: VoiceSender, names: Names, dresser: Dresser, ts: float) -> list[Entry]:
    """Return what is said of a sent voice, and of the microphone it comes from."""
    entry: Entry = {
        "id": names.id, "timestamp": ts, "type": "outbound-rtp", "codecId": names.codec, "kind": "audio",
        "mediaType": "audio", "ssrc": voice.ssrc, "transportId": names.transport, "bytesSent": voice.bytes,
        "packetsSent": voice.packets, "active": True, "headerBytesSent": voice.packets * 28,
        "mediaSourceId": names.source, "mid": names.mid, "nackCount": 0, "packetsSentWithEct1": 0,
        "retransmittedBytesSent": 0, "retransmittedPacketsSent": 0, "targetBitrate": voice.codec.target_bps,
        "totalPacketSendDelay": round(voice.packets * 4.3e-7, 6),
    }  # fmt: skip
    source: Entry = {
        "id": names.source, "timestamp": ts, "type": "media-source", "kind": "audio",
        "trackIdentifier": names.track, "audioLevel": voice.level, "echoReturnLoss": -30,
        "echoReturnLossEnhancement": 0.17551203072071075, "totalAudioEnergy": voice.energy,
        "totalSamplesDuration": round(voice.duration_s, 2),
    }  # fmt: skip
    return [entry, source, *_far_receiver(voice, entry, names, dresser, "audio")]


def video_in(video: VideoReceiver, names: Names, dresser: Dresser, ts: float) -> list[Entry]:
    """Return what is said of a received video."""
    entry: Entry = {
        "id": names.id, "timestamp": ts, "type": "inbound-rtp", "codecId": names.codec, "kind": "video",
        "mediaType": "video", "ssrc": video.ssrc, "transportId": names.transport,
        "jitter": round(video.jitter_ms) / 1000, "packetsLost": video.lost,
        "packetsReceived": video.packets, "packetsReceivedWithEct1": 0, "bytesReceived": video.bytes,
        "decoderImplementation": "libvpx", "firCount": 0, "frameHeight": video.height,
        "frameWidth": _WIDTHS[video.height], "framesDecoded": video.frames, "framesDropped": video.dropped,
        "framesPerSecond": video.fps, "framesReceived": video.received, "freezeCount": video.freezes,
        "headerBytesReceived": video.packets * 29, "jitterBufferDelay": round(video.buffer_s, 6),
        "jitterBufferEmittedCount": video.frames,
        "jitterBufferMinimumDelay": round(video.buffer_s * 0.5, 6),
        "jitterBufferTargetDelay": round(video.buffer_s * 0.95, 6), "keyFramesDecoded": video.keys,
        "lastPacketReceivedTimestamp": dresser.stamp(video.last_packet_at), "mid": names.mid,
        "nackCount": video.nacks, "pauseCount": 0, "pliCount": video.plis, "qpSum": video.qp,
        "totalDecodeTime": round(video.decode_s, 6), "totalFreezesDuration": round(video.freeze_s, 3),
        "totalInterFrameDelay": round(video.gaps_s, 3), "totalPausesDuration": 0,
        "totalProcessingDelay": round(video.buffer_s + video.decode_s, 5), "trackIdentifier": names.track,
    }  # fmt: skip
    return [entry, *_far_sender(video, entry, names, dresser, "video")]


def video_out(video: VideoSender, names: Names, dresser: Dresser, ts: float) -> list[Entry]:
    """Return what is said of one encoding of a sent video."""
    layer = video.layer
    entry: Entry = {
        "id": names.id, "timestamp": ts, "type": "outbound-rtp", "codecId": names.codec, "kind": "video",
        "mediaType": "video", "ssrc": video.ssrc, "transportId": names.transport, "bytesSent": video.bytes,
        "packetsSent": video.packets, "active": video.active, "encoderImplementation": "libvpx",
        "encodingIndex": layer.index, "firCount": 0, "framesEncoded": video.frames,
        "framesSent": video.frames, "headerBytesSent": video.packets * 29, "hugeFramesSent": video.keys,
        "keyFramesEncoded": video.keys, "mediaSourceId": names.source, "mid": names.mid,
        "nackCount": video.nacks, "packetsSentWithEct1": 0, "pliCount": video.plis, "qpSum": video.qp,
        "qualityLimitationDurations": {key: round(value, 3) for key, value in video.durations.items()},
        "qualityLimitationReason": video.reason, "qualityLimitationResolutionChanges": video.resolutions,
        "retransmittedBytesSent": video.resent * 1060, "retransmittedPacketsSent": video.resent,
        "rtxSsrc": video.rtx, "totalEncodeTime": round(video.encode_s, 3), "totalEncodedBytesTarget": 0,
        "totalPacketSendDelay": round(video.packets * 0.00031, 6),
    }  # fmt: skip
    if layer.rid is not None:
        entry["rid"] = layer.rid
    if video.active:
        entry |= {"frameHeight": video.height, "frameWidth": _WIDTHS[video.height],
                  "framesPerSecond": video.fps,
                  "targetBitrate": round(video.target_bps), "scalabilityMode": "L1T1"}  # fmt: skip
    return [entry, *_far_receiver(video, entry, names, dresser, "video")]


def camera(video: VideoSender, names: Names, ts: float) -> Entry:
    """Return what is said of the camera that one or more encodings come from."""
    return {"id": names.source, "timestamp": ts, "type": "media-source", "kind": "video",
            "trackIdentifier": names.track, "frames": video.source_frames, "framesPerSecond": 30,
            "height": 720,
            "width": 1280}  # fmt: skip


def _far_receiver(
    media: VoiceSender | VideoSender, entry: Entry, names: Names, dresser: Dresser, kind: str
) -> list[Entry]:
    """Return what the far end tells of a stream we send, once it has told anything."""
    reports = media.reports
    if reports.at is None:
        return []
    entry["remoteId"] = names.remote
    told: Entry = {
        "id": names.remote, "timestamp": dresser.stamp(reports.at), "type": "remote-inbound-rtp",
        "codecId": names.codec, "kind": kind, "mediaType": kind, "ssrc": media.ssrc,
        "transportId": names.transport, "jitter": reports.jitter_s, "packetsLost": reports.lost,
        "fractionLost": reports.fraction, "localId": names.id,
        "roundTripTimeMeasurements": reports.measured, "totalRoundTripTime": round(reports.rtt_total_s, 6),
    }  # fmt: skip
    if reports.rtt_s is not None:
        told["roundTripTime"] = reports.rtt_s
    if dresser.browser.family == "firefox":
        told["packetsReceived"] = reports.packets
    return [told]


def _far_sender(
    media: VoiceReceiver | VideoReceiver, entry: Entry, names: Names, dresser: Dresser, kind: str
) -> list[Entry]:
    """Return what the far end tells of a stream it sends us."""
    reports = media.reports
    if reports.at is None:
        return []
    entry["remoteId"] = names.remote
    return [{
        "id": names.remote, "timestamp": dresser.stamp(reports.at), "type": "remote-outbound-rtp",
        "codecId": names.codec, "kind": kind, "mediaType": kind, "ssrc": media.ssrc,
        "transportId": names.transport, "bytesSent": reports.bytes, "packetsSent": reports.packets,
        "localId": names.id, "remoteTimestamp": round(reports.far_at * 1000, 3),
        "reportsSent": reports.count,
    }]  # fmt: skip
