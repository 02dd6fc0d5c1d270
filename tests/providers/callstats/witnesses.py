"""What two kinds of clients send of one conference: the first published REST contract, and the last browser SDK."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
Said = tuple[str, Body]
"""A path behind the participation, and the body that is posted there."""

BORN = 1_795_170_900.0
"""When the conference begins, in epoch seconds."""


def streams(second: float, lost: int) -> list[Body]:
    """getStats of a voice call: 50 packets a second of 160 bytes both ways, of those received some are lost."""
    ms = 1000.0 * (BORN + second)
    packets = round(50 * second)
    return [
        {"id": "IT01A1", "type": "inbound-rtp", "kind": "audio", "ssrc": 863052413, "timestamp": ms,
         "packetsReceived": packets - lost, "packetsLost": lost, "jitter": 0.021,
         "bytesReceived": 160 * (packets - lost), "codecId": "C1", "transportId": "T01",
         "remoteId": "RO1"},
        {"id": "OT01A1", "type": "outbound-rtp", "kind": "audio", "ssrc": 77, "timestamp": ms,
         "packetsSent": packets, "bytesSent": 160 * packets, "codecId": "C1", "remoteId": "RI1",
         "transportId": "T01"},
        {"id": "RI1", "type": "remote-inbound-rtp", "kind": "audio", "ssrc": 77, "timestamp": ms,
         "roundTripTime": 0.145, "jitter": 0.004, "packetsLost": 0},
        {"id": "C1", "type": "codec", "mimeType": "audio/opus", "timestamp": ms},
    ]  # fmt: skip


def paths(second: float) -> list[Body]:
    """The transport and its pair."""
    ms = 1000.0 * (BORN + second)
    return [
        {"id": "T01", "type": "transport", "timestamp": ms, "dtlsState": "connected", "iceState": "connected",
         "selectedCandidatePairId": "CPab_cd", "csioIsRelayed": False},
        {"id": "CPab_cd", "type": "candidate-pair", "timestamp": ms, "state": "succeeded", "nominated": True,
         "localCandidateId": "Iab", "remoteCandidateId": "Icd", "currentRoundTripTime": 0.14},
        {"id": "Iab", "type": "local-candidate", "timestamp": ms, "candidateType": "host", "protocol": "udp",
         "address": "192.0.2.7", "port": 50000},
        {"id": "Icd", "type": "remote-candidate", "timestamp": ms, "candidateType": "srflx",
         "protocol": "udp", "address": "198.51.100.4", "port": 3478},
    ]  # fmt: skip


class Swagger:
    """A client as the first contract describes it: times in seconds, one path for all of a fabric, sorted stats."""

    def __init__(self, user: str = "agent-4", remote: str = "sip-gw") -> None:
        self.user, self.remote = user, remote

    def said(self, second: float, **more: Any) -> Body:
        """The envelope of a message."""
        return {"localID": self.user, "deviceID": "d-9", "timestamp": BORN + second, **more}

    def of_fabric(self, second: float, **more: Any) -> Body:
        return self.said(second, remoteID=self.remote, connectionID="c1a2", **more)

    def join(self) -> Body:
        info = {"type": "browser", "os": "Windows", "name": "Chrome", "version": "92", "osVersion": "10"}
        return self.said(0.0, endpointInfo=info)

    def setup(self) -> Said:
        return "events/fabric", self.of_fabric(
            1.0, eventType="fabricSetup", delay=412, iceGatheringDelay=120, iceConnectivityDelay=90,
            localCandidates=[self.both_ends()], remoteCandidates=[self.both_ends()],
        )  # fmt: skip

    def both_ends(self) -> Body:
        """The only candidate object that this contract has: it holds both ends."""
        return {"candidateID": "CPab_cd", "localAddress": "192.0.2.7", "localPort": 50000,
                "localCandidateType": "host", "remoteAddress": "198.51.100.4", "remotePort": 3478,
                "remoteCandidateType": "serverreflexive", "transportType": "rtp",
                "protocol": "udp"}  # fmt: skip

    def stats(self, second: float, lost: int = 0) -> Said:
        rows = streams(second, lost)
        sorted_out = {
            "tracks": rows[:3],
            "codecs": rows[3:],
            "transports": paths(second)[:1],
            "candidatePairs": [{**self.both_ends(), "state": "succeeded", "currentRoundTripTime": 0.14}],
            "msts": [],
            "dataChannels": [],
            "timestamp": 1000.0 * (BORN + second),
        }
        return "stats", self.of_fabric(second, stats=sorted_out)

    def alive(self, second: float) -> Said:
        return "events/user/alive", self.said(second)

    def story(self) -> list[Said]:
        """A conference from its setup to its end, but for the statistics."""
        return [
            self.setup(),
            ("events/media/actions", self.said(2.0, eventType="audioUnMute", mediaDeviceID="mic-1")),
            ("system/status", self.said(
                3.0, statusStats={"cpuUsage": 37, "memoryUsage": 410, "totalMemory": 8192, "threadCount": 31})),
            self.alive(10.0),
        ]  # fmt: skip

    def end(self, second: float) -> list[Said]:
        return [
            ("events/fabric", self.of_fabric(second, eventType="fabricTerminated")),
            ("events/user/left", self.said(second)),
        ]


class Script(Swagger):
    """The last browser SDK: milliseconds, encoded names, a path for each event, the raw reports in one list."""

    def said(self, second: float, **more: Any) -> Body:
        """The envelope of a message; an eventType is always there."""
        user = self.user.replace("@", "%40")
        return {
            "localID": user,
            "deviceID": "d-9",
            "timestamp": round(1000 * (BORN + second)),
            "callstatsVersion": "3.73.16",
            **more,
        }

    def join(self) -> Body:
        info = {"type": "browser", "os": "Windows", "osVersion": "10", "buildName": "Chrome",
                "buildVersion": "101.0", "appVersion": "7.2",
                "userAgent": "Mozilla/5.0 (Windows NT 10.0) Chrome/101.0 Safari/537.36"}  # fmt: skip
        return self.said(0.0, eventType="userJoined", endpointInfo=info, siteID="Leeds",
                         additionalIDs={"tenantID": "t-7", "sessionID": "s-1"})  # fmt: skip

    def setup(self) -> Said:
        ends = [
            {"id": "Iab", "type": "localcandidate", "ip": "192.0.2.7", "port": 50000, "candidateType": "host",
             "transport": "udp"},
            {"id": "Icd", "type": "remotecandidate", "ip": "198.51.100.4", "port": 3478,
             "candidateType": "srflx", "transport": "udp"},
        ]  # fmt: skip
        pairs = [
            {"id": "CPab_cd", "localCandidateId": "Iab", "remoteCandidateId": "Icd", "state": "succeeded",
             "priority": 9115038255631187455, "nominated": True},
            {"id": "CPother", "localCandidateId": "Iab", "remoteCandidateId": "Icd", "state": "inprogress",
             "priority": 1, "nominated": False},
        ]  # fmt: skip
        return "events/fabric/setup", self.of_fabric(
            1.0, eventType="fabricSetup", delay=412, iceGatheringDelay=120, iceConnectivityDelay=90,
            localIceCandidates=ends[:1], remoteIceCandidates=ends[1:], iceCandidatePairs=pairs,
            selectedCandidatePairID="CPab_cd", remoteEndpointType="server",
            fabricTransmissionDirection="sendrecv", iceServers=["stun:stun.example.net"],
        )  # fmt: skip

    def stats(self, second: float, lost: int = 0) -> Said:
        rows = streams(second, lost)
        rows[0] |= {"csioIntMs": 15003, "csioIntBRKbps": 23.8, "csioIntPR": 47.5, "csioMark": "fair"}
        rows[1] |= {"csioMark": "excellent", "csioeM": 40.145}
        return "stats", self.of_fabric(
            second, eventType="stats", wifiStats={"signal": 3, "rssi": -61}, batteryStatus=None,
            stats=[*rows, *paths(second)],
        )  # fmt: skip

    def alive(self, second: float) -> Said:
        return "events/user/alive", self.said(second, eventType="userAlive")

    def story(self) -> list[Said]:
        ssrcs = [{"ssrc": "863052413", "cname": "x", "streamType": "inbound", "reportType": "local",
                  "mediaType": "audio", "userID": "sip-gw", "label": "main"}]  # fmt: skip
        devices = [{"mediaDeviceID": "mic-1", "kind": "audioinput", "label": "Headset", "groupID": "g"}]
        return [
            ("events/fabric/statechange", self.of_fabric(
                0.5, eventType="fabricStateChange", changedState="iceConnectionState", prevState="new",
                newState="checking")),
            self.setup(),
            ("events/ssrcmap", self.of_fabric(1.5, eventType="ssrcMap", ssrcData=ssrcs)),
            ("events/media/actions", self.said(2.0, eventType="audioUnmute", mediaDeviceID="mic-1")),
            ("events/devices/list", self.said(2.5, eventType="activeDeviceList", mediaDeviceList=devices)),
            self.alive(10.0),
            ("events/feedback", self.said(
                11.0, eventType="feedback",
                feedback={"overallRating": 2, "audioQualityRating": 1, "comments": "robot voice"})),
        ]  # fmt: skip

    def end(self, second: float) -> list[Said]:
        return [
            ("events/fabric/terminated", self.of_fabric(second, eventType="fabricTerminated")),
            ("events/user/left", self.said(second, eventType="userLeft")),
        ]
