"""The closed lists of words that name nobody: callmon's own, those of English and of standards, names of members."""

from __future__ import annotations

import re
from functools import lru_cache

from callmon.masking.words import SAFE_ATTRIBUTES, VOCABULARY
from callmon.w3c.numbers import METHODS

_ENGLISH = (
    "a an the of in on at to for from by with without within and or as is are was were be been has had have it its "
    "this that not no nor but than then again after before while during since until over under up down out off "
    "still now once more less most all any each one two first last only very too already never always again there"
)
_OWN = (
    "ice dtls srtp sdp stun turn rtt mos jitter loss lost ms kbit fps set setup took away back begins ends begun "
    "connection connections candidate candidates pair path paths gathering checking checks connectivity disrupted "
    "disruption given restarted restart dropped stuck completed failed failure closed side far end other joined "
    "left silent hang hung call state states changed change became report reports sent early late rows lines row "
    "line log sdk lets go attach muted unmuted mute unmute paused resumed resend action submitted event events "
    "remote local audio video track tracks screen camera microphone share shared started stopped stop start "
    "quality low high good fair poor bad warning warnings raised cleared words cause codes code gateway "
    "participant participants duplicate identity room test precall supported unsupported device devices "
    "file files recording exported replayed page tab navigated gone "
    "accepted accept answered ringing ring incoming outgoing cancelled canceled cancel rejected reject "
    "reconnecting reconnected disconnected disconnect connected connecting registered unregistered ready offline "
    "online live exported when aborted clean unclean "
    "demo replay replaying reading listening retry retrying stdin json expecting"
)
_STANDARDS = (
    # W3C: DOMExceptions, RTCErrors, states
    "abort allowed constraint constraints data encoding found interaction invalid access modification mismatch "
    "negotiation needed network node operation error errors exception overconstrained permission denied dismissed "
    "readable read range reference security syntax system timeout timed type unknown url version could start "
    "source have offer pranswer answer stable new complete succeeded waiting frozen inprogress progress "
    "get user media display add set local remote description signaling gathering peer create "
    "notallowederror notfounderror notreadableerror notsupportederror aborterror typeerror rangeerror syntaxerror "
    "invalidaccesserror invalidstateerror invalidmodificationerror operationerror overconstrainederror securityerror "
    "timeouterror networkerror dataerror encodingerror "
    # STUN, TURN and ICE: RFC 5389, 5766, 8445, and what Chromium and Firefox say
    "try alternate request bad unauthorized forbidden mobility unknown attribute allocation stale nonce wrong "
    "credentials transport protocol address family role conflict quota reached insufficient capacity server host "
    "lookup received response responses binding reply allocate failed send failed install ipv ip port socket "
    "refused reset unreachable tcp udp tls "
    # SIP, Q.850 and FreeSWITCH
    "normal clearing unspecified busy here everywhere no route destination user answer originator number unallocated "
    "subscriber absent incompatible temporarily temporary service unavailable available decline declined terminated "
    "proxy authentication required payment method acceptable gone interval brief supported media interworking "
    "bearer capability channel resource switch congestion circuit order facility implemented mandatory ie missing "
    "expired expiry recovery on timer allotted purge blind transfer attended crash manager shutdown lose race "
    "picked exchange routing changed outgoing barred incoming internal gateway loop detected too many hops "
    "via api disconnected max duration exceeded ejected deleted kicked hidden inactive participant "
    "trying progress session moved permanently temporarily ok "
    # levels of logs
    "debug info notice warn warning error fatal critical verbose trace"
)
_MEMBERS = (
    "abnormal about accelerate acceleration account activity actual actuator adaptation adapter added "
    "addicecandidate additional addresses aec agent algorithm alive amplitude analytics annotation anonymousdomain "
    "ap apn application apps apt aq arrival aspect assembled assembly asymmetry attempts attributes audiomute "
    "audiounmute auth auto avatar average avg balance base based basic battery bitrate bitrates bits body bosh both "
    "br brand branded brands breaker breakout bridge brightness bucket build bundle business bwe bweforvideo "
    "calendar callback callee caller canary cancellation cand cap capabilities capture causes centering centre "
    "certificate certificates cf changes channels cipher cit city class clienttime clock close cname cng codecs "
    "collab color comment comments component concurrency concurrent conf conference conferences config "
    "configuration conn connect connectionstatechange consent constructor content context contrast control cors cot "
    "cp created createoffer credential cross csio ctn ctsg cuda cumulative curr current custom customer customstats "
    "d datachannel datachannelid dc deceleration decode decoded decoder decoding deeplinking default delayed delta "
    "deployment desktop destroy detached detail details detection dev dial dimensions disable disabled divergent "
    "document documentation domain dominant dominantspeaker done download droid dscp dtlsstatechange dtx durations "
    "dynamic echo edges efficient enable enabled enc encode encoded encoder encodings endtimestamp enhancement "
    "entered entries enumerate env environment estimated every evidence excellent expand exposure expressions ext "
    "extension extensions external f fabric face facing fail feature fec feedback filter final findings fingerprint "
    "fingerprints fir firs flags flat flip flows flush flushes fmtp focus force forced form format fraction "
    "fractional fragment framerate full function gain generated getstats giphy goog google grade groups guest "
    "hangup hardware hd header help hid hide highpass hint history hold hosts huge i ibi icecandidate "
    "icecandidateerror iceconnectionstatechange icegatheringstatechange ideal identifier identities ids iframe "
    "image implementation inboundrtp include index indicator industry information initial initiator input insecure "
    "insertable inserted int integration integrity inter interframe interruption intervalendutc intervals "
    "intervalstartutc invite io ipad iphone isremote issue issues items j jaas join jointime kbps keep keepalive "
    "key label landmarks language lat latency later latest layer leave legacy legal legs levels libjingle "
    "likelihood limit limitation limits link links lip list listed load localcandidate location locations logo "
    "logout logs lon long ls m mac manual manufacturer map maxplaybackrate maxptime mb measurements median "
    "mediaplaybackstalled mediaplaybackstart mediaplaybackstarted mediaplaybacksuspended meeting meetings message "
    "messages meta metadata metric metrics mic microsoft mime min minimum minptime mixedmslabel mode model "
    "moderated moderator modified monitor mos mouse move moz msg msts mtg muc multiple mux n nack nacks nads name "
    "negotiate negotiated negotiationneeded next nick nicks nlr noanswer noise noisy nominated note notification "
    "notify ntp num numbers object occurred offset onaddstream onconnectionstatechange ondatachannel ondevicechange "
    "ondtlsstatechange onfailure ongoing onicecandidate onicecandidateerror oniceconnectionstatechange "
    "onicegatheringstatechange onnegotiationneeded onsignalingstatechange ontrack op open opened optional options "
    "ordered organization origin outage outboundrtp output overall overuse p package packet packetization padding "
    "pages pairs parameters partial participant participants pause pauses payload pbx pc pdd peerreflexive people "
    "percent percentage performance ping pixel playbackrate playout playouts plc plccng pli plis poll pool post "
    "power pre preemptive prefer preferences preferred prefetch prefix prejoin presence previous priority privacy "
    "private probability processing profile properties ptime qit qp query rate rating ratio raw receive receiver "
    "recent reconnect recorder recordings recovering recv recvonly redirect related relative relayed release reload "
    "remb remotecandidate remove removed render reordering repair replace requests require residual resize "
    "resolution restartice result results resume retransmit retransmits retransmitted return rewriting ria riv roa "
    "roles rooms round rov rssi rtc rtcp rtcstats rtcstatsreport rtp rtps rtt rtx rule sa sample saturation save "
    "scalability scheme score screencast screenshare screensharestart screensharestop screenshot sctp search sec "
    "second secondary seconds secret segment segments selected semantics send sender sendonly sendrecv "
    "serverreflexive servers setlocaldescription setremotedescription settings shard sharing sharpness show sid "
    "signal signalingstatechange simulcast site size skip skipped snapshot snapshots solutions sort sounds sources "
    "spam speaker speakers speech squared ssrc standard standup starting starttimestamp statistics stats "
    "statsreport std step stereo store stored strategy streaming streams subaccount subdivision subject submission "
    "subproduct success sum summaries summary suppression suspend suspension sv sync synthesized t tags taken tcc "
    "temperature tenant terms testing text thread threads throughput thumbnail tias timeframe timeline timing title "
    "token toolbar totals trailing transceiver transceivers transcribing transcription transmission transmit "
    "transports trickle trip trunking typ types typing uc underuse undialed unified unique unload update usage use "
    "used useinbandfec username utc utm ux v value values variance variation vendor verdict verified videopause "
    "videoresume volume vpn way wb web webhook webrtcstats websocket welcome what whatsapp whiteboard width wifi "
    "window worst writable z "
)
_OF_SESSIONS = (
    # RFC 8866 and what WebRTC writes into its lines: attributes, codecs, header extensions, feedback
    "rtp savpf savp avpf avp udp tcp tls dtls sctp webrtc datachannel application text message image bundle lip wms "
    "fid sim fec fr nack pli goog remb transport cc ccm fir tmmbr urn ietf params hdrext toffset sdes level rsize "
    "mux only actpass active passive holdconn setup trickle renomination google lite sendrecv sendonly recvonly "
    "inactive abs capture time orientation playout delay content color space frame marking dependency descriptor "
    "layers allocation repaired telephone isac opus ilbc pcmu pcma cn gsm speex amr wb evs silk red ulpfec flexfec "
    "rtx theora hevc vbr cbr dtx usedtx sprop maxaveragebitrate nb fb swb annexb tier config vad imageattr extmap "
    "mixed bwtype as ct rs rr rtcp fmtp rtpmap rid sctpmap sctpport maxmessagesize quality framesize crypto aes cm "
    "hmac sha aead gcm unencrypted srtp inline end candidates typ host srflx prflx relay raddr rport generation "
    "ufrag network id cost tcptype so max min size bps fs mbps cpb dpb br rcmd lossless ecdhe ecdsa rsa cbc chacha "
    "poly null with key msid semantic cname mslabel ice pwd options allow xr rcvr all idx gpp draft holmer rmcat "
    "extensions wide experiments org www http https video audio rtt stats "
)
_OF_NETWORKS = "bluetooth cellular ethernet wifi wimax vpn unknown "
"""What W3C webrtc-stats calls the networks of candidates."""

_OF_BROWSERS = (
    "latitude longitude mozilla applewebkit khtml like gecko chrome chromium headless headlesschrome safari firefox "
    "edg edge opr version mobile linux android windows nt win wow macintosh intel mac os cpu iphone ipad ipod cros "
    "ubuntu fedora rv arm aarch webkit macos ios chromeos electron node react native flutter expo libvpx libaom dav "
    "libsrtp openh external encoder decoder fallback vda videotoolbox mediafoundation vaapi nvidia nvenc ffmpeg "
    "simulcast svc hardware accelerated ffh vpx fefc fefd json xml "
)
_OF_VENDORS = (
    "telnyx twilio daily callstats jitsi lib meet js sdk rtc voice video client programmable "
    "us eu ap au br de ie jp sg in gb uk ca fr nl it es east west central north south northeast southeast "
    "northwest southwest roaming ashburn umatilla gll global region excellent very poor provisional "
)
_EVENTS = (
    "shown hidden log visibilitychange mute unmute ended addstream addtrack removestream removetrack datachannel "
    "getusermedia getdisplaymedia enumeratedevices devicechange createdatachannel addtransceiver setparameters "
    "setconfiguration setcodecpreferences replacetrack constraints applyconstraints selectedcandidatepairchange "
    "transceiveradded transceivermodified networkchange online offline pagehide pageshow beforeunload "
)
_METHODS = frozenset(
    word.casefold()
    for name in METHODS.values()
    for word in (name.rpartition(".")[2], f"{name.rpartition('.')[2]}OnSuccess")
)
_SAID: frozenset[str] = frozenset(
    word
    for text in (_ENGLISH, _OWN, _STANDARDS, " ".join(VOCABULARY), " ".join(SAFE_ATTRIBUTES))
    for word in re.findall(r"[a-z]+", text.lower())
)
_NAMED: frozenset[str] = (
    _SAID
    | frozenset(f"{_MEMBERS} {_OF_SESSIONS} {_OF_NETWORKS} {_OF_BROWSERS} {_OF_VENDORS} {_EVENTS}".split())
    | _METHODS
)
ALIAS = re.compile(
    r"(?:call|room|person|phone|leg|stream|source|device|id|fingerprint|token|secret|text|detail|mac|host|ip|lan)-\d+\b"
    r"|mdns-\d+\.local|ip6:\d+|f[ed]\w{0,2}:lan-\d+"
)
"""What aliases look like."""

_LONG_NUMBER = re.compile(r"\d(?:[ .,/-]?\d){6,}|\d+\.\d{4,}")
_LETTERS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[^\W\d_]+")
_VERSION = re.compile(r"(?<![\d.])v?\d{1,4}(?:\.\d{1,5}){1,4}(?![\d.])")
_FIGURES = re.compile(r"\d+")


def says_nobody(text: str) -> bool:
    """Return whether a text that is masked consists of aliases, numbers, and words that name nobody."""
    rest = ALIAS.sub(" ", text)
    if _LONG_NUMBER.search(rest):
        return False
    return all(_is_known(word, _SAID) for word in re.findall(r"[^\W\d_]+", rest))


def is_term(text: str) -> bool:
    """Return whether a name of a member, an id or an event that is masked is made of words that name nobody.

    So is ``RTCCodec_audio_Inbound_96``. A number alone may be anybody's, and so may a very long one.
    """
    rest = ALIAS.sub(" ", text)
    figures = _FIGURES.findall(rest)
    longest = max(map(len, figures), default=0)
    if longest > (10 if len(rest) > longest else 6):
        return False
    return all(_is_known(word, _NAMED) for word in re.findall(r"[^\W\d_]+", rest))


@lru_cache(maxsize=4096)
def is_of_protocols(text: str) -> bool:
    """Return whether a value that is masked is made of words of protocols, versions, aliases and short numbers."""
    rest = _VERSION.sub(" ", ALIAS.sub(" ", text))
    if _LONG_NUMBER.search(rest):
        return False
    return all(_is_known(word, _NAMED) for word in re.findall(r"[^\W\d_]+", rest))


def _is_known(word: str, words: frozenset[str]) -> bool:
    """Return whether a word, or each part of one such as ``NotAllowedError``, is one that names nobody."""
    if len(word) < 2 or word.casefold() in words:
        return True
    return all(part.casefold() in words for part in _LETTERS.findall(word))
