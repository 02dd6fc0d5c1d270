"""The numbers by which rtcstats clients shorten names on the wire (file format 3); never reassigned."""

from __future__ import annotations

_GUM = "navigator.mediaDevices."

METHODS: dict[str | int, str] = {
    "g": "getStats",
    1: "getStats",
    2: "createOffer",
    3: "createOfferOnSuccess",
    4: "createAnswer",
    5: "createAnswerOnSuccess",
    6: "setLocalDescription",
    7: "setLocalDescriptionOnSuccess",
    8: "setRemoteDescription",
    9: "setRemoteDescriptionOnSuccess",
    10: "addIceCandidate",
    11: "addIceCandidateOnSuccess",
    12: "createOfferOnFailure",
    13: "createAnswerOnFailure",
    14: "setLocalDescriptionOnFailure",
    15: "setRemoteDescriptionOnFailure",
    16: "addIceCandidateOnFailure",
    20: "onicecandidate",
    21: "onicecandidateerror",
    22: "ontrack",
    23: "onsignalingstatechange",
    24: "oniceconnectionstatechange",
    25: "onconnectionstatechange",
    26: "onicegatheringstatechange",
    27: "onnegotiationneeded",
    28: "ondatachannel",
    30: "addTrack",
    31: "addTrackOnSuccess",
    32: "addTransceiver",
    33: "addTransceiverOnSuccess",
    34: "removeTrack",
    35: "createDataChannel",
    36: "close",
    37: "restartIce",
    38: "setConfiguration",
    39: "create",
    40: "constraints",
    41: "setCodecPreferences",
    42: "setHeaderExtensionsToNegotiate",
    50: "setParameters",
    51: "replaceTrack",
    60: _GUM + "getUserMedia",
    61: _GUM + "getUserMediaOnSuccess",
    63: _GUM + "getDisplayMedia",
    64: _GUM + "getDisplayMediaOnSuccess",
    65: _GUM + "getUserMediaOnFailure",
    66: _GUM + "enumerateDevices",
    67: _GUM + "ondevicechange",
    68: _GUM + "getDisplayMediaOnFailure",
    70: "MediaStreamTrack.stop",
    71: "MediaStreamTrack.applyConstraints",
    72: "MediaStreamTrack.onended",
    73: "MediaStreamTrack.onmute",
    74: "MediaStreamTrack.onunmute",
    80: "HTMLMediaElement.resize",
}
"""Methods and events of a row."""

TYPES: dict[int, str] = {
    1: "inbound-rtp",
    2: "outbound-rtp",
    3: "remote-inbound-rtp",
    4: "remote-outbound-rtp",
    5: "transport",
    6: "candidate-pair",
    7: "local-candidate",
    8: "remote-candidate",
    9: "data-channel",
    10: "peer-connection",
    11: "certificate",
    12: "media-source",
    13: "media-playout",
    14: "codec",
}
"""Types of stats objects."""

_MEMBERS = """
4 payloadType transportId mimeType clockRate channels sdpFmtpLine ssrc kind codecId
14 packetsReceived packetsLost jitter trackIdentifier mid remoteId framesDecoded keyFramesDecoded
22 framesDropped frameWidth frameHeight framesPerSecond qpSum totalDecodeTime totalInterFrameDelay
29 totalSquaredInterFrameDelay pauseCount totalPausesDuration freezeCount totalFreezesDuration
34 lastPacketReceivedTimestamp headerBytesReceived packetsDiscarded fecPacketsReceived
38 fecPacketsDiscarded fecBytesReceived fecSsrc bytesReceived nackCount firCount pliCount
45 totalProcessingDelay estimatedPlayoutTimestamp jitterBufferDelay jitterBufferTargetDelay
49 jitterBufferEmittedCount jitterBufferMinimumDelay totalSamplesReceived concealedSamples
53 silentConcealedSamples concealmentEvents insertedSamplesForDeceleration removedSamplesForAcceleration
57 audioLevel totalAudioEnergy totalSamplesDuration framesReceived decoderImplementation playoutId
63 powerEfficientDecoder framesAssembledFromMultiplePackets totalAssemblyTime contentType
67 googTimingFrameInfo retransmittedPacketsReceived retransmittedBytesReceived rtxSsrc
71 totalCorruptionProbability totalSquaredCorruptionProbability corruptionMeasurements localId
75 roundTripTime totalRoundTripTime fractionLost roundTripTimeMeasurements packetsSent bytesSent
81 mediaSourceId rid encodingIndex headerBytesSent retransmittedPacketsSent retransmittedBytesSent
87 targetBitrate totalEncodedBytesTarget framesSent hugeFramesSent framesEncoded keyFramesEncoded
93 totalEncodeTime totalPacketSendDelay qualityLimitationReason qualityLimitationDurations
97 qualityLimitationResolutionChanges encoderImplementation powerEfficientEncoder active scalabilityMode
102 remoteTimestamp reportsSent echoReturnLoss echoReturnLossEnhancement width height frames
109 synthesizedSamplesDuration synthesizedSamplesEvents totalPlayoutDelay totalSamplesCount
113 dataChannelsOpened dataChannelsClosed label protocol dataChannelIdentifier state messagesSent
120 messagesReceived iceRole iceLocalUsernameFragment dtlsState iceState selectedCandidatePairId
126 localCertificateId remoteCertificateId tlsVersion dtlsCipher dtlsRole srtpCipher
132 selectedCandidatePairChanges rtcpTransportStatsId address port candidateType priority url
139 relayProtocol foundation relatedAddress relatedPort usernameFragment tcpType networkType
148 localCandidateId remoteCandidateId nominated lastPacketSentTimestamp currentRoundTripTime
153 availableOutgoingBitrate availableIncomingBitrate requestsReceived requestsSent responsesReceived
158 responsesSent consentRequestsSent packetsDiscardedOnSend bytesDiscardedOnSend
163 fingerprint fingerprintAlgorithm base64Certificate issuerCertificateId psnrMeasurements psnrSum
169 packetsReceivedWithEct1 packetsReceivedWithCe packetsReportedAsLost packetsReportedAsLostButRecovered
173 packetsWithBleachedEct1Marking packetsSentWithEct1 ccfbMessagesSent ccfbMessagesReceived
"""
"""Each line numbers its names from its first word on; what is missing between two lines is not used."""

MEMBERS: dict[str, str] = {"t": "timestamp"} | {
    str(number): name
    for first, *names in (line.split() for line in _MEMBERS.split("\n") if line)
    for number, name in enumerate(names, int(first))
}
"""Members of stats objects, by their number as a JSON key."""
