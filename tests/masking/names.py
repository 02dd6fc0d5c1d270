"""Names that are hard to find and hard to hide, and calls that hold them everywhere."""

from __future__ import annotations

from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.model.ice import Candidate

PERSONS = ("Ana Ruiz", "O'Neil (Sales)", "a.*b+[c]$", "山田 太郎", "Ünal Öz", "dr. \\d+ who", "x|y", "Bo")
NUMBERS = ("+49 30 901820", "+1 (415) 555-0116", "004420794609", "1001")
ADDRESSES = (
    "10.8.1.7",
    "192.168.4.20",
    "203.0.113.77",
    "2001:db8:1::9",
    "fe80::1ff:fe23:4567:890a",
    "fd12:3456:789a::1",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301.local",
)
HOSTS = ("turn.acme-voice.com", "pbx7.corp.example", "meet.acme.io")
IDS = ("9f1c03de-77aa-4c1b-8f00-1234567890ab", "CA7512aa93f0b0c1d2e3f405162738495a", "support-7", "4031-b")
EVERYTHING = (*PERSONS, *NUMBERS, *ADDRESSES, *HOSTS, *IDS)

names = st.one_of(
    st.sampled_from(EVERYTHING),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=3, max_size=24),
)


def call(person: str = PERSONS[0], number: str = NUMBERS[0], id: str = IDS[0], room: str = IDS[2]) -> Call:
    """A call in which these names are wherever a name may be."""
    found = Call(id, "telnyx", 1000.0, room, f"{person} → {number}", last_frame_at=1060.0)
    leg = found.legs["leg-of-someone"] = Leg("leg-of-someone", "peer", 1000.0, person)
    leg.attributes = {"browser": "Chrome 156", "to": number, "user": person, "client_ip": ADDRESSES[2]}
    leg.words = {"quality": "good", "note": f"{person} was on {ADDRESSES[0]}"}
    leg.streams["in-audio-MT0"] = Stream("in-audio-MT0", "audio", "inbound", 1000.0, "opus")
    for address in ADDRESSES:
        url = f"turn:{HOSTS[0]}:3478?transport=udp"
        leg.ice.meet(1001.0, Candidate("local", "host", "udp", address, 5000, None, "wifi", url))
    leg.ice.fail_server(f"701 no answer turn:{HOSTS[0]}:3478", f"turn:{HOSTS[0]}:3478")
    finding = IceFinding("relay-in-use", f"Over {HOSTS[0]}.", {"from": f"{ADDRESSES[0]}:5000"}, "Look.")
    leg.diagnosis = Diagnosis("connected", f"Connected to {ADDRESSES[3]}.", None, (finding,))
    found.ice_leg, found.grade = leg.id, Grade.GOOD
    found.words = {"agent": person, "sip": f"sip:{number.replace(' ', '')}@{HOSTS[1]}:5060"}
    found.timeline = [
        Moment(1001.0, "call", f"{person} joined", leg.id),
        Moment(1002.0, "page", f"dominantspeaker {person}", leg.id),
        Moment(1003.0, "vendor", f"mail to first.last@{HOSTS[1]} about {id} in {room}", leg.id),
    ]
    found.issues = [Issue("high-rtt", "warning", leg.id, "in-audio-MT0", 1010.0, None, 400.0, 300.0, "telnyx",
                          f"high-rtt {leg.id}", "Look.", evidence=f"to {ADDRESSES[4]}")]  # fmt: skip
    return found
