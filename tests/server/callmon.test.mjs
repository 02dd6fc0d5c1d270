// callmon.js against a browser that is made of what it uses; run by test_script.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const TEXT = readFileSync(new URL("../../src/callmon/server/static/callmon.js", import.meta.url), "utf8");

/** A page with its own clock, sockets that open when told to, and connections without media. */
function browser({ src = "http://collector:7880/callmon.js?token=a%26b", dataset = {}, random = () => 0.5 } = {}) {
  let now = 1_000_000;
  const timers = new Map();
  const world = { sockets: [], warned: [], beacons: [], asked: 0, dataset };

  class Target {
    constructor() { this.heard = {}; }
    addEventListener(name, work, first) {
      this.heard[name] = first ? [work, ...(this.heard[name] || [])] : [...(this.heard[name] || []), work];
    }
    removeEventListener(name, work) { this.heard[name] = (this.heard[name] || []).filter((one) => one !== work); }
    fire(name, event = {}) { for (const work of this.heard[name] || []) work({ target: this, ...event }); }
  }
  class RTCPeerConnection extends Target {
    constructor(config = {}) {
      super();
      Object.assign(this, { config, signalingState: "stable", connectionState: "new", iceConnectionState: "new" });
      this.iceGatheringState = "new";
    }
    async getStats() {
      world.asked++;
      if (world.broken) throw new Error("no stats");
      return new Map([["T", { id: "T", type: "transport" }], ["C", { id: "C", type: "certificate" }]]);
    }
    getConfiguration() { return { iceTransportPolicy: "relay", ...this.config }; }
    getTransceivers() {
      const receiver = { track: { kind: "audio" } };
      return [{ mid: "0", receiver, direction: "sendrecv", currentDirection: "sendonly" }];
    }
    close() { this.signalingState = this.connectionState = "closed"; }
    change(state) {
      this.connectionState = state;
      this.fire("connectionstatechange");
    }
  }
  class WebSocket {
    constructor(url) {
      Object.assign(this, { url, readyState: 0, bufferedAmount: 0, sent: [] });
      world.sockets.push(this);
    }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() { this.shut(); }
    accept() { this.readyState = 1; this.onopen(); }
    shut() { this.readyState = 3; this.onclose(); }
  }
  const later = (work, wait, every) => {
    const id = timers.size + 1;
    timers.set(id, { work, at: now + wait, every });
    return id;
  };
  const page = new Target();
  const maths = Object.create(Math, Object.getOwnPropertyDescriptors(Math));
  maths.random = random;
  const globals = {
    RTCPeerConnection, WebSocket, URL, WeakRef, Uint8Array, Map, Math: maths, crypto: globalThis.crypto,
    Date: { now: () => now },
    performance: { now: () => now },
    console: { warn: (text) => world.warned.push(text) },
    document: { currentScript: { src, dataset } },
    navigator: { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
      sendBeacon: (url, body) => world.beacons.push({ url, body: JSON.parse(body) }) > 0 },
    setTimeout: (work, wait) => later(work, wait, 0),
    setInterval: (work, wait) => later(work, wait, wait),
    clearTimeout: (id) => { timers.delete(id); },
    clearInterval: (id) => { timers.delete(id); },
    addEventListener: (name, work, first) => page.addEventListener(name, work, first),
    removeEventListener: (name, work) => page.removeEventListener(name, work),
  };
  world.page = page;
  world.context = vm.createContext(globals);
  world.run = (text) => vm.runInContext(text, world.context);
  world.run(TEXT);
  world.callmon = world.run("callmon");
  world.Native = RTCPeerConnection;
  world.make = (config) => world.run("(config) => new RTCPeerConnection(config)")(config);
  /** Let time pass, timer after timer, with what promises do in between. */
  world.pass = async (ms) => {
    for (const end = now + ms; ; ) {
      await new Promise((done) => setImmediate(done));
      const next = [...timers].filter(([, one]) => one.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) { now = end; break; }
      const [id, one] = next;
      now = one.at;
      if (one.every) one.at += one.every; else timers.delete(id);
      one.work();
    }
    await new Promise((done) => setImmediate(done));
  };
  world.timers = timers;
  world.sent = () => world.sockets.flatMap((socket) => socket.sent);
  return world;
}

async function connected(world, config) {
  const pc = world.make(config);
  pc.change("connecting");
  await world.pass(100);
  world.sockets.at(-1).accept();
  return pc;
}

test("a report tells states, events, directions and names, and no certificate", async () => {
  const world = browser({ dataset: { call: "c", room: "r", label: "l" } });
  const pc = world.make({});
  await world.pass(5000);
  assert.equal(world.sockets.length, 0, "a connection that does nothing is no call");
  pc.fire("icecandidate", { candidate: { candidate: "candidate:1" } });
  pc.fire("icecandidate", { candidate: null });
  pc.fire("icecandidateerror", { errorCode: 701, errorText: "x", url: "stun:y", address: "a", port: 1 });
  pc.fire("track", { track: { kind: "audio" } });
  pc.change("connecting");
  await world.pass(100);
  assert.equal(world.sockets[0].url, "ws://collector:7880/ingest/webrtc?token=a%26b");
  world.sockets[0].accept();
  const [first] = world.sent();
  assert.deepEqual([first.call, first.room, first.label, first.policy], ["c", "r", "l", "relay"]);
  assert.match(first.leg, /^[0-9a-f]{8}-1$/);
  assert.deepEqual(first.page, { browser: "Firefox 153", os: "Linux" });
  assert.deepEqual(first.stats, [{ id: "T", type: "transport" }]);
  assert.deepEqual(first.events.map((event) => event.ev),
    ["icecandidate", "icecandidateerror", "track", "connectionstatechange"]);
  assert.deepEqual(first.states, { signaling: "stable", ice: "new", connection: "connecting", gathering: "new" });
  assert.deepEqual(first.transceivers,
    [{ mid: "0", kind: "audio", direction: "sendrecv", currentDirection: "sendonly" }]);
  assert.ok(first.now >= first.t);
});

test("it reports at every interval, and once for several changes at once", async () => {
  const world = browser();
  const pc = await connected(world);
  for (const state of ["connected", "disconnected", "connected"]) pc.change(state);
  await world.pass(100);
  assert.equal(world.sent().length, 2);
  assert.equal(world.sent()[1].events.length, 3);
  await world.pass(20_000);
  assert.equal(world.sent().length, 12);
});

test("closing ends the call at once, and nothing is left running", async () => {
  const world = browser();
  const pc = await connected(world);
  pc.close();
  const last = world.sent().at(-1);
  assert.equal(last.end, 1);
  assert.equal(last.states.connection, "closed");
  assert.equal(last.stats, undefined);
  await world.pass(10_000);
  assert.equal(world.timers.size, 0);
  assert.equal(world.sent().at(-1), last);
});

test("without a connection the oldest samples go, and no event does", async () => {
  const world = browser();
  const pc = world.make();
  pc.change("connecting");
  await world.pass(1000 * 1000);
  pc.change("failed");
  pc.close();
  await world.pass(40_000);
  world.sockets.at(-1).accept();
  const sent = world.sent();
  assert.equal(sent.filter((message) => message.stats).length, 150);
  assert.deepEqual(sent.flatMap((message) => message.events.map((event) => event.v)), ["connecting", "failed"]);
  assert.equal(sent.at(-1).end, 1);
  const times = sent.map((message) => message.t);
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  assert.ok(sent.every((message) => message.now === sent.at(-1).now));
});

test("it comes back slower and slower, each time a little differently, and soon after it was there", async () => {
  const random = [0, 1, 0.5];
  let tries = 0;
  const world = browser({ random: () => random[tries++ % 3] });
  await connected(world);
  const waits = [];
  for (let n = 0; n < 12; n++) {
    const before = world.sockets.length;
    world.sockets.at(-1).shut();
    let waited = 0;
    while (world.sockets.length === before) { await world.pass(50); waited += 50; }
    waits.push(waited);
  }
  assert.deepEqual(waits.slice(0, 3), [250, 1500, 2000]);
  assert.ok(Math.max(...waits) <= 45_000 && waits.at(-1) >= 15_000);
  world.sockets.at(-1).accept();
  world.sockets.at(-1).shut();
  await world.pass(800);
  assert.equal(world.sockets.at(-1).readyState, 0);
});

test("a socket that takes nothing more is not filled", async () => {
  const world = browser();
  await connected(world);
  const [socket] = world.sockets;
  socket.bufferedAmount = 1e6;
  await world.pass(1000 * 1000);
  assert.equal(socket.sent.length, 1);
  socket.bufferedAmount = 0;
  await world.pass(2000);
  assert.ok(socket.sent.length > 100 && socket.sent.length < 155);
});

test("a page that closes says so by beacon; one that is only put aside does not", async () => {
  const world = browser();
  await connected(world);
  world.page.fire("pagehide", { persisted: true });
  assert.equal(world.beacons.length, 0);
  world.page.fire("pagehide", { persisted: false });
  const [{ url, body }] = world.beacons;
  assert.equal(url, "http://collector:7880/ingest/webrtc?token=a%26b");
  assert.deepEqual([body[0].end, body[0].reason], [1, "page closed"]);
});

test("nothing is ever thrown into the page", async () => {
  const world = browser();
  world.broken = true;
  const pc = await connected(world);
  await world.pass(5000);
  assert.ok(world.sent().every((message) => message.stats === undefined), "states are told without a report");
  pc.getTransceivers = () => { throw new Error("odd"); };
  await world.pass(5000);
  for (const odd of [undefined, null, 7, {}]) {
    world.callmon.attach(odd);
    world.callmon.telnyx(odd);
    world.callmon.start(odd);
  }
  world.sockets[0].onmessage({ data: "{" });
  assert.ok(world.warned.length <= 5);
  assert.throws(() => world.run("RTCPeerConnection()"), TypeError);
});

test("stop puts everything back and lets go", async () => {
  const world = browser();
  const close = world.run("callmon.stop(); RTCPeerConnection.prototype.close");
  world.callmon.start({});
  const pc = await connected(world);
  world.callmon.stop();
  assert.equal(world.run("RTCPeerConnection"), world.Native);
  assert.equal(world.Native.prototype.close, close);
  assert.equal(world.Native.prototype.constructor, world.Native);
  const before = world.sent().length;
  pc.change("connected");
  pc.close();
  await world.pass(10_000);
  assert.equal(world.sent().length, before);
  assert.equal(world.timers.size, 0);
  const again = world.make();
  world.callmon.start({});
  world.callmon.attach(again, { call: "again" });
  world.callmon.stop();
  world.callmon.attach(again, { call: "and again" });
  await world.pass(100);
  world.sockets.at(-1).accept();
  assert.equal(world.sent().at(-1).call, "and again");
});

test("attach names a connection that was found by itself, as long as it is no call", async () => {
  const world = browser();
  const pc = world.make();
  world.callmon.attach(pc, { call: "mine", room: "r" });
  await world.pass(100);
  world.sockets[0].accept();
  assert.deepEqual(world.sent().map((message) => [message.call, message.room]), [["mine", "r"]]);
});

test("addresses: a base, an endpoint, a path before it, a secure page", async () => {
  for (const [url, expected] of [
    ["http://h:1", "ws://h:1/ingest/webrtc"],
    ["https://h/calls/", "wss://h/calls/ingest/webrtc"],
    ["wss://h/calls/ingest/telnyx", "wss://h/calls/ingest/webrtc"],
    ["http://h/x/callmon.mjs?token=t", "ws://h/x/ingest/webrtc?token=t"],
  ]) {
    const world = browser({ dataset: { url } });
    world.make().change("connecting");
    await world.pass(100);
    assert.equal(world.sockets[0].url, expected);
  }
});

test("frames of the Telnyx SDK go to the call that receives them, with several at once", async () => {
  const world = browser();
  const heard = {};
  const client = {
    on: (name, work) => (heard[name] = heard[name] || new Set()).add(work),
    off: (name, work) => heard[name].delete(work),
  };
  const fire = (name, data) => [...heard[name]].forEach((work) => work(data));
  const call = (id, ssrc) => {
    const receiver = { getSynchronizationSources: () => [{ source: ssrc }] };
    return { id, session: client, peer: { instance: { getReceivers: () => [receiver] } } };
  };
  world.callmon.telnyx(call("one", 1), { label: "ann" });
  fire("telnyx.stats.frame", { rtt: Infinity, inboundAudio: { ssrc: 9 } });
  world.callmon.telnyx(call("two", 2));
  fire("telnyx.stats.frame", { inboundAudio: { ssrc: 2 } });
  fire("telnyx.stats.frame", { inboundAudio: { ssrc: 9 } });
  fire("telnyx.warning", { warning: { code: 31001 }, callId: "one" });
  fire("telnyx.notification", { type: "callUpdate", call: {
    id: "two", state: "hangup", cause: "X", session: client, telnyxIDs: { telnyxLegId: "l" } } });
  fire("telnyx.stats.frame", { inboundAudio: { ssrc: 9 } });
  world.sockets[0].accept();
  assert.match(world.sockets[0].url, /ingest\/telnyx/);
  assert.deepEqual(
    world.sent().map((message) => [message.call, message.event]),
    [["one", "telnyx.stats.frame"], ["two", "telnyx.stats.frame"], ["one", "telnyx.warning"],
      ["two", "telnyx.notification"], ["one", "telnyx.stats.frame"]]
  );
  assert.equal(world.sent()[0].data.rtt, null);
  assert.equal(world.sent()[0].label, "ann");
  assert.deepEqual(world.sent()[3].data.call, {
    id: "two", state: "hangup", cause: "X", telnyxIDs: { telnyxLegId: "l" } });
});

/** What of an event emitter the SDKs use. */
class Emitter {
  constructor() { this.heard = {}; }
  on(name, work) { (this.heard[name] = this.heard[name] || new Set()).add(work); }
  removeListener(name, work) { this.heard[name].delete(work); }
  off(name, work) { this.removeListener(name, work); }
  fire(name, ...args) { [...(this.heard[name] || [])].forEach((work) => work(...args)); }
  get listeners() { return Object.values(this.heard).reduce((sum, set) => sum + set.size, 0); }
}

test("a room of twilio-video is asked at every interval, under its own SIDs", async () => {
  const world = browser();
  const room = Object.assign(new Emitter(), {
    sid: "RM1", name: "standup", state: "connected", mediaRegion: "us1",
    localParticipant: { sid: "PA1", identity: "ines", networkQualityLevel: 4,
      networkQualityStats: { level: 4, audio: { send: 4, recv: 5 }, video: null } },
    getStats: async () => [{ peerConnectionId: "p", localAudioTrackStats: [] }],
  });
  world.callmon.twilioVideo(room, { label: "Ines D." });
  await world.pass(4100);
  world.sockets[0].accept();
  assert.equal(world.sockets[0].url, "ws://collector:7880/ingest/twilio-video?token=a%26b");
  const [first] = world.sent();
  assert.equal(world.sent().length, 3);
  assert.deepEqual([first.event, first.call, first.room, first.leg, first.label],
    ["stats", "RM1", "standup", "PA1", "Ines D."]);
  assert.deepEqual(first.page, { browser: "Firefox 153", os: "Linux", sdk: "twilio-video.js", region: "us1" });
  assert.deepEqual(first.data, [{ peerConnectionId: "p", localAudioTrackStats: [] }]);
  assert.deepEqual(first.networkQuality, { level: 4, audio: { send: 4, recv: 5 }, video: null });
  room.fire("reconnecting", new Error("signaling"));
  assert.deepEqual([world.sent().at(-1).event, world.sent().at(-1).message], ["reconnecting", "signaling"]);
  room.state = "disconnected";
  room.fire("disconnected", room, new Error("Room completed"));
  const last = world.sent().at(-1);
  assert.deepEqual([last.event, last.end, last.reason, last.leg], ["disconnected", 1, "Room completed", "PA1"]);
  assert.equal(room.listeners, 0);
  await world.pass(10_000);
  assert.equal(world.sent().at(-1), last);
  assert.equal(world.timers.size, 0);
});

test("a room that cannot be asked, or answers late, harms nothing", async () => {
  const world = browser();
  let answer;
  const room = Object.assign(new Emitter(), {
    sid: "RM1", name: "r", state: "connected", localParticipant: { sid: "PA1", identity: "i" },
    getStats: () => { throw new Error("no stats"); },
  });
  world.callmon.twilioVideo(room);
  await world.pass(5000);
  assert.equal(world.sockets.length, 0);
  room.getStats = () => new Promise((done) => (answer = done));
  await world.pass(5000);
  room.state = "disconnected";
  room.fire("disconnected", room);
  answer([]);
  await world.pass(5000);
  assert.equal(world.sockets.length, 0, "nothing was ever measured of it");
  for (const odd of [undefined, null, 7, {}]) {
    world.callmon.twilioVideo(odd);
    world.callmon.daily(odd);
  }
  world.callmon.stop();
  await world.pass(5000);
  assert.equal(world.timers.size, 0);
});

test("a Daily call object is asked while it is in a meeting, and comes again as another participant", async () => {
  const world = browser();
  let state = "new";
  let session = "P1";
  const object = Object.assign(new Emitter(), {
    meetingState: () => state,
    participants: () => ({ local: { session_id: session, user_name: "Moishe" } }),
    meetingSessionSummary: () => ({ id: "M1" }),
    room: async () => ({ name: "standup" }),
    getNetworkStats: async () => ({ networkState: "good", stats: { latest: { timestamp: 1 } } }),
  });
  world.callmon.daily(object);
  await world.pass(6000);
  assert.equal(world.sockets.length, 0, "before joining there is no call to speak of");
  state = "joined-meeting";
  object.fire("joined-meeting");
  await world.pass(100);
  world.sockets[0].accept();
  assert.match(world.sockets[0].url, /ingest\/daily/);
  const [first] = world.sent();
  assert.deepEqual([first.event, first.call, first.room, first.leg, first.label],
    ["network-stats", "M1", "standup", "P1", "Moishe"]);
  assert.deepEqual(first.data, { networkState: "good", stats: { latest: { timestamp: 1 } } });
  object.fire("network-quality-change", { action: "network-quality-change", threshold: "low", quality: 54,
    networkState: "warning", networkStateReasons: ["sendPacketLoss"], callClientId: "x" });
  assert.deepEqual(world.sent().at(-1).data, { action: "network-quality-change", threshold: "low", quality: 54,
    networkState: "warning", networkStateReasons: ["sendPacketLoss"] });
  state = "left-meeting";
  object.fire("left-meeting");
  assert.deepEqual([world.sent().at(-1).end, world.sent().at(-1).leg], [1, "P1"]);
  const before = world.sent().length;
  await world.pass(6000);
  assert.equal(world.sent().length, before);
  [state, session] = ["joined-meeting", "P2"];
  await world.pass(2100);
  assert.equal(world.sent().at(-1).leg, "P2");
  object.fire("call-instance-destroyed");
  assert.deepEqual([world.sent().at(-1).end, object.listeners], [1, 0]);
  assert.equal(world.timers.size, 0);
});

test("a page that closes ends the participants of rooms and meetings too", async () => {
  const world = browser();
  const room = Object.assign(new Emitter(), {
    sid: "RM1", name: "r", state: "connected", localParticipant: { sid: "PA1", identity: "i" },
    getStats: async () => [],
  });
  world.callmon.twilioVideo(room);
  await world.pass(100);
  world.page.fire("pagehide", { persisted: false });
  const [{ url, body }] = world.beacons;
  assert.equal(url, "http://collector:7880/ingest/twilio-video?token=a%26b");
  assert.deepEqual([body[0].end, body[0].reason, body[0].call, body[0].leg], [1, "page closed", "RM1", "PA1"]);
});

test("a call of the Twilio Voice SDK is told once Twilio has heard of it, and let go at its end", async () => {
  const world = browser();
  const call = Object.assign(new Emitter(), { parameters: {}, outboundConnectionId: "TJ1" });
  world.callmon.twilio(call, { label: "ann" });
  call.fire("ringing", true);
  call.fire("error", { code: 31005, message: "gateway gone", twilioError: call });
  await world.pass(100);
  assert.equal(world.sockets.length, 0, "nobody knows the call yet");
  call.parameters.CallSid = "CA1";
  call.fire("sample", { rtt: NaN, mos: null, packetsLostFraction: 2, totals: { packetsLost: 1 } });
  await world.pass(100);
  world.sockets[0].accept();
  assert.match(world.sockets[0].url, /ingest\/twilio-voice/);
  call.fire("warning", "high-rtt", { name: "rtt", threshold: { name: "max", value: 400 }, samples: [1], values: [2] });
  call.fire("warning-cleared", "high-rtt", null);
  call.fire("mute", true, call);
  call.fire("disconnect", call);
  call.fire("sample", { rtt: 1 });
  const sent = world.sent();
  assert.deepEqual(sent.map((one) => [one.call, one.event]), [["CA1", "ringing"], ["CA1", "error"], ["CA1", "sample"],
    ["CA1", "warning"], ["CA1", "warning-cleared"], ["CA1", "mute"], ["CA1", "disconnect"]]);
  assert.deepEqual(sent[1].data, { code: 31005, message: "gateway gone" });
  assert.deepEqual(sent[2].data, { rtt: null, mos: null, packetsLostFraction: 2, totals: { packetsLost: 1 } });
  assert.deepEqual([sent[3].name, sent[3].data], ["high-rtt", { name: "rtt", threshold: { name: "max", value: 400 } }]);
  assert.deepEqual([sent[5].data, sent[6].label, call.listeners], [{ muted: true }, "ann", 0]);
  const never = Object.assign(new Emitter(), { parameters: {}, outboundConnectionId: "TJ2" });
  world.callmon.twilio(never);
  never.fire("cancel");
  assert.deepEqual([world.sent().at(-1).call, never.listeners], ["TJ2", 0]);
  for (const odd of [undefined, null, 7, {}]) world.callmon.twilio(odd);
});

test("a page that closes ends the calls of both voice SDKs, those that it has told of", async () => {
  const world = browser();
  const client = new Emitter();
  world.callmon.stop(); // so that it listens anew, after an SDK that hangs up
  world.page.addEventListener("pagehide", ({ persisted }) => persisted || made[0].fire("disconnect"));
  world.callmon.telnyx({ id: "t1", session: client }, { label: "ann" });
  client.fire("telnyx.stats.frame", { jitter: 1, inboundAudio: {} });
  const calls = [{ parameters: { CallSid: "CA1" } }, { parameters: {}, outboundConnectionId: "TJ2" }, { parameters: {} }, {}];
  const made = calls.map((call) => Object.assign(new Emitter(), call));
  for (const call of made) world.callmon.twilio(call, { room: "r" });
  for (const call of made.slice(0, 3)) call.fire("ringing");
  world.page.fire("pagehide", { persisted: true });
  assert.deepEqual(world.beacons, []);
  world.page.fire("pagehide", { persisted: false });
  assert.deepEqual(world.beacons.map((one) => one.url), ["telnyx", "twilio-voice", "twilio-voice"].map(
    (dialect) => `http://collector:7880/ingest/${dialect}?token=a%26b`));
  const [[ended], [first], [rang, second]] = world.beacons.map((one) => one.body);
  assert.deepEqual(ended, { call: "t1", label: "ann", t: ended.t, end: 1, reason: "page closed", now: ended.t });
  assert.deepEqual([first.call, first.event, first.room, first.data, first.now],
    ["CA1", "disconnect", "r", { reason: "page closed" }, first.t]);
  assert.deepEqual([rang.call, rang.event, second.call, second.event], ["TJ2", "ringing", "TJ2", "disconnect"]);
  assert.equal(client.listeners + made.reduce((sum, one) => sum + one.listeners, 0), 0);
  world.page.fire("pagehide", { persisted: false });
  assert.equal(world.beacons.length, 3);
});
