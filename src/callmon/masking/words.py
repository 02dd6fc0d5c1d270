"""Which words say who somebody is, and which never do: members of messages, and callmon's own vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from callmon.model.metrics import COUNTERS, METRICS

_PERSON = (
    "user userid username useridentity identity participantidentity participantname participantid displayname "
    "friendlyname fullname firstname lastname nick nickname peername callername callee calleename calleridname "
    "remotecalleridname remotecallername customerid customer accountname account email mail contact owner "
    "localuserid originid originator"
)
_PHONE = (
    "from to caller called calling number phone phonenumber calleridnumber calleenumber callednumber "
    "remotecalleridnumber remotecallernumber destination destinationnumber msisdn ani dnis tel extension"
)
_ROOM = (
    "room roomname roomid roomsid meeting meetingid meetingname meetingsession conference conferenceid "
    "conferencename confid confname ucid"
)
_CALL = "call callid callsid callcontrolid calllegid callsessionid parentcallsid callname otherend"
_DEVICE = (
    "deviceid groupid devicelabel devicename device microphone camera speaker headset inputdevice outputdevice "
    "trackidentifier trackid streamid streamidentifier msid label"
)
_SECRET = (
    "usernamefragment icelocalusernamefragment ufrag pwd password credential token authorization secret apikey "
    "icepwd iceufrag"
)

KIND_OF_MEMBER: Mapping[str, str] = {
    word: kind
    for kind, words in (
        ("person", _PERSON),
        ("phone", _PHONE),
        ("room", _ROOM),
        ("call", _CALL),
        ("device", _DEVICE),
        ("secret", _SECRET),
    )
    for word in words.split()
}
"""Members of messages, lower-case and without anything but letters, whose value is somebody's or something's name."""

_W3C = (
    "id type kind mediatype codecid transportid remoteid localid mediasourceid playoutid mid rid state protocol "
    "candidatetype relayprotocol networktype tcptype foundation mimetype sdpfmtpline dtlsstate icestate icerole "
    "dtlsrole tlsversion dtlscipher srtpcipher selectedcandidatepairid localcandidateid remotecandidateid "
    "localcertificateid remotecertificateid qualitylimitationreason encoderimplementation "
    "decoderimplementation scalabilitymode contenttype fingerprintalgorithm direction currentdirection codec "
    "signaling ice connection gathering ev event eventtype eventname method bundlepolicy rtcpmuxpolicy "
    "icetransportpolicy policy candidate address ip url urls sdp"
)
_VENDORS = (
    "status quality networkquality networkstate networkqualitystate reason reasons level severity group edge "
    "region gateway payloadtype useragent browser os sdk sdkversion sdktype platform version clientname "
    "clientversion product publisher publishermetadata levelname iceconnectionstate connectionstate "
    "signalingstate icegatheringstate iceconnectiontype streamtype mediakind callstate direction cause "
    "causecode sipcode sipreason hangupcause hangupsource tag dialect action schema provider role "
    "timestamp time at starttime endtime createdat updatedat ts warning warningname threshold "
    "bandwidthquality latencyquality callquality mediaregion roomstatus processingstate createdmethod newstate "
    "prevstate curstate fabrictransmissiondirection roundtriptimesource fabricstate"
)
SAFE_MEMBERS: frozenset[str] = frozenset(f"{_W3C} {_VENDORS}".split())
"""Members of messages whose texts are words of a protocol; what is in them is looked through all the same."""

_ATTRIBUTES = (
    "browser os sdk region endpoint app direction far_end setup gathering connectivity edge country codec layers "
    "version platform role gateway media transport network mobile carrier_type cores memory"
)
SAFE_ATTRIBUTES: frozenset[str] = frozenset(_ATTRIBUTES.split())
"""Attributes of legs and streams that say what something is, and not whose."""

_OWN = (
    "a b pc sdk peer participant edge local remote host srflx prflx relay udp tcp tls dtls ice audio video "
    "inbound outbound "
    "sdk_edge carrier_edge client_edge sip_edge connected completed checking new failed closed disconnected "
    "gathering complete stable live stale ended good fair poor unknown none true false null yes no on off "
    "webrtc telnyx twilio twilio-voice twilio-video daily callstats callmon opus vp8 vp9 av1 h264 pcmu pcma "
    "chrome chromium firefox safari edge opera windows linux macos android ios chromeos browser server "
    "call calls room person phone device stream track leg connection media quality network voice sdk "
    "carrier client sip voice gateway "
)
VOCABULARY: frozenset[str] = frozenset(
    [
        *_OWN.split(),
        *METRICS,
        *COUNTERS,
        *SAFE_MEMBERS,
        "voice sdk",
        "carrier edge",
        "client edge",
        "sip edge",
    ]
)
"""Words of callmon itself: they name nobody, and a name that is one of them stays."""

TOP_LEVELS = (
    "com net org io dev app co info biz edu gov mil int arpa cloud tech online site me tv ai us uk de fr es it nl "
    "be ch at dk se fi pl cz pt gr ie eu ru ua tr il in cn jp kr au nz ca mx br ar cl za ng ke eg ae sa sg hk tw "
    "th vn id my ph example test invalid localhost internal intranet lan corp home private local"
)
"""The ends of host names that are known as such where nothing else says that something is one."""

_LETTERS = re.compile(r"[^a-z]")


@lru_cache(maxsize=4096)
def member(name: str) -> str:
    """Return the name of a member as the tables here have it: ``callerIdName`` is ``calleridname``."""
    return _LETTERS.sub("", name.lower())
