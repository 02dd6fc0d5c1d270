"""Members by what stands in them: figures, which some write as texts, ids that are referred to, and places."""

from __future__ import annotations

_STANDARD = (
    "audiolevel availableincomingbitrate availableoutgoingbitrate bytesdiscardedonsend bytesreceived bytessent "
    "channels clockrate concealedsamples concealmentevents consentrequestssent corruptionmeasurements "
    "currentroundtriptime datachannelidentifier datachannelsclosed datachannelsopened delayedpacketoutagesamples "
    "droppedsamplesduration droppedsamplesevents echoreturnloss echoreturnlossenhancement encodingindex "
    "estimatedplayouttimestamp fecbytesreceived fecpacketsdiscarded fecpacketsreceived fecssrc fircount fractionlost "
    "frameheight frames framesassembledfrommultiplepackets framesdecoded framesdropped framesencoded "
    "framespersecond framesreceived framesrendered framessent framewidth freezecount headerbytesreceived "
    "headerbytessent height hugeframessent insertedsamplesfordeceleration interruptioncount jitter "
    "jitterbufferdelay jitterbufferemittedcount jitterbufferflushes jitterbufferminimumdelay "
    "jitterbuffertargetdelay keyframesdecoded keyframesencoded lastpacketreceivedtimestamp "
    "lastpacketsenttimestamp mediasourcessrc messagesreceived messagessent nackcount packetrate packetsdiscarded "
    "packetsdiscardedonsend packetsduplicated packetslost packetsreceived packetsreceivedwithce "
    "packetsreceivedwithect packetsreceivedwithectone packetssent packetssentwithect packetssentwithectone "
    "pausecount plicount port portnumber priority qpsum qualitylimitationresolutionchanges relatedport "
    "relativepacketarrivaldelay remotetimestamp removedsamplesforacceleration reportsreceived reportssent "
    "requestsreceived requestssent responsesreceived responsessent retransmittedbytesreceived "
    "retransmittedbytessent retransmittedpacketsreceived retransmittedpacketssent roundtriptime "
    "roundtriptimemeasurements rtxssrc selectedcandidatepairchanges silentconcealedsamples ssrc "
    "synthesizedsamplesduration synthesizedsamplesevents targetbitrate timestamp totalassemblytime "
    "totalaudioenergy totalcapturedelay totaldecodetime totalencodedbytestarget totalencodetime "
    "totalfreezesduration totalinterframedelay totalinterruptionduration totalpacketsenddelay "
    "totalpausesduration totalplayoutdelay totalprocessingdelay totalroundtriptime totalsamplescaptured "
    "totalsamplescount totalsamplesduration totalsamplesreceived totalsamplessent totalsquaredinterframedelay "
    "transportccfeedbackssent width foundation time ts starttime endtime createdat updatedat"
)
_OF_OLD = (
    "aecdivergentfilterfraction audioinputlevel audiooutputlevel startbitrate stunkeepaliverequestssent "
    "stunkeepaliveresponsesreceived stunkeepaliverttsquaredtotal stunkeepaliverttotal "
    "googacceleraterate googactualencbitrate googadaptationchanges googavailablereceivebandwidth "
    "googavailablesendbandwidth googavgencodems googbucketdelay googcapturejitterms googcapturequeuedelaymspers "
    "googcapturestartntptimems googcomponent googcurrentdelayms googdecodems googdecodingcng googdecodingctn "
    "googdecodingctsg googdecodingmuted googdecodingnormal googdecodingplc googdecodingplccng "
    "googechocancellationechodelaymedian googechocancellationechodelaystddev googechocancellationqualitymin "
    "googechocancellationreturnloss googechocancellationreturnlossenhancement googencodeusagepercent "
    "googexpandrate googfirsreceived googfirssent googfirstframereceivedtodecodedms googframeheightinput "
    "googframeheightreceived googframeheightsent googframeratedecoded googframerateinput googframerateoutput "
    "googframeratereceived googframeratesent googframewidthinput googframewidthreceived googframewidthsent "
    "googinterframedelaymax googjitterbufferms googjitterreceived googmaxdecodems googminplayoutdelayms "
    "goognacksreceived goognackssent googplisreceived googplissent googpreemptiveexpandrate "
    "googpreferredjitterbufferms googrenderdelayms googresidualecholikelihood "
    "googresidualecholikelihoodrecentmax googretransmitbitrate googrtt googsecondarydecodedrate "
    "googsecondarydiscardedrate googspeechexpandrate googtargetdelayms googtargetencbitrate googtransmitbitrate"
)
FIGURES: frozenset[str] = frozenset(f"{_STANDARD} {_OF_OLD}".split())
"""Members of webrtc-stats and of Chromium's statistics of old that hold numbers, which some write as texts."""

_REFERENCES = (
    "id codecid transportid remoteid localid mediasourceid playoutid trackid candidatepairid "
    "selectedcandidatepairid localcandidateid remotecandidateid localcertificateid remotecertificateid "
    "issuercertificateid rtcptransportstatsid googchannelid mid sdpmid rid"
)
REFERENCES: frozenset[str] = frozenset(_REFERENCES.split())
"""Members whose value is the id of an object of a report: of its own, or of another."""

_PLACES = (
    "address addr ip ips ipaddress relatedaddress raddr hostcandidate googlocaladdress googremoteaddress "
    "localaddress remoteaddress clientip publicip privateip localip remoteip host hostname server servername "
    "serveraddress serverurl serverip turnserver stunserver domain url urls origin"
)
PLACES: frozenset[str] = frozenset(_PLACES.split())
"""Members that hold addresses, hosts or URLs: what is in them is one, whatever it looks like."""
