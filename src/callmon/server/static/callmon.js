/*! callmon.js: shows the WebRTC calls of this page in callmon. Apache-2.0.
 *
 *  <script src="http://HOST:7880/callmon.js" data-call="…" data-room="…" data-label="…"></script>
 *      before anything that makes calls: every RTCPeerConnection from then on is shown.
 *  import callmon from "http://HOST:7880/callmon.mjs"   the same file as a module
 *      callmon.start({url, call, room, label, token, interval, wrap})   all of it optional; once a page
 *      callmon.attach(pc, {call, room, label})                          one connection that is there already
 *      callmon.telnyx(call, {room, label})                              a call of @telnyx/webrtc with debug: true
 *      callmon.twilio(call, {room, label})                              a call of @twilio/voice-sdk
 *      callmon.twilioVideo(room, {label})                               a room of twilio-video, once connected
 *      callmon.daily(callObject, {call, room, label})                   a call object of @daily-co/daily-js
 *      callmon.stop()
 *
 *  Every interval (2 s), and when a state changes, the getStats() report goes to callmon with states, ICE events
 *  and directions. SDP, certificates and media never do. Nothing here throws into the page.
 */
var callmon = (function (root) {
  "use strict";
  if (root.callmon && root.callmon.attach) return root.callmon;

  const MOST_SAMPLES = 150; // waiting while there is no connection: five minutes of one call
  const MOST_WAITING = 2000;
  const MOST_EVENTS = 500; // of one connection between two reports
  const MOST_BUFFERED = 262144; // bytes that the socket itself may hold back
  const FIRST_RETRY_MS = 500;
  const LAST_RETRY_MS = 30000;
  const PATIENCE_MS = 10000; // for one report
  const SETTLE_MS = 50; // several states change at once; one report tells of all
  const STATES = {
    signalingstatechange: "signalingState",
    iceconnectionstatechange: "iceConnectionState",
    connectionstatechange: "connectionState",
    icegatheringstatechange: "iceGatheringState",
  };

  const options = { interval: 2000 };
  const followed = new Map(); // record by number: all connections that are not over
  const links = {};
  const phones = new Set(); // calls of @telnyx/webrtc
  const guests = new Set(); // rooms of twilio-video and call objects of Daily, asked at every interval
  const spent = { ms: 0, since: performance.now(), samples: 0 };
  const page = random(4);
  let source = "";
  let started = false;
  let wrapped = false;
  let timer = 0;
  let count = 0;
  let warned = 0;
  let undo = [];
  let records = new WeakMap(); // record by connection

  function random(bytes) {
    const numbers = root.crypto.getRandomValues(new Uint8Array(bytes));
    return Array.from(numbers, (number) => number.toString(16).padStart(2, "0")).join("");
  }

  function warn(text) {
    if (warned++ < 5) console.warn("callmon: " + text);
  }

  /** The function that does the same, takes note of its time, and never throws. */
  function safe(work) {
    return function () {
      const began = performance.now();
      try {
        return work.apply(this, arguments);
      } catch (error) {
        warn((error && error.message) || String(error));
        return undefined;
      } finally {
        spent.ms += performance.now() - began;
      }
    };
  }

  // ---- the way to callmon: one WebSocket per dialect, opened when there is something to say

  function address(dialect, scheme) {
    const base = new URL(options.url || source || "http://127.0.0.1:7880");
    base.pathname = base.pathname.replace(/(ingest\/[\w-]+|callmon\.m?js)?$/, "").replace(/\/?$/, "/ingest/" + dialect);
    base.protocol = /^(https|wss):$/.test(base.protocol) ? scheme + "s:" : scheme + ":";
    const token = options.token || base.searchParams.get("token");
    base.hash = base.search = "";
    if (token) base.searchParams.set("token", token);
    return base.href;
  }

  function link(dialect) {
    return (links[dialect] = links[dialect] || { dialect, waiting: [], socket: null, retry: 0, tries: 0 });
  }

  function send(dialect, message) {
    const to = link(dialect);
    to.waiting.push(message);
    shed(to.waiting);
    flush(to);
  }

  /** Drop the oldest samples when too many wait; what happened in them stays. */
  function shed(waiting) {
    let samples = waiting.filter(isSample).length;
    for (let at = 0; samples > MOST_SAMPLES && at < waiting.length; ) {
      const message = waiting[at];
      if (isSample(message)) {
        samples--;
        if (message.events && message.events.length) delete message.stats;
        else {
          waiting.splice(at, 1);
          continue;
        }
      }
      at++;
    }
    if (waiting.length > MOST_WAITING) waiting.splice(0, waiting.length - MOST_WAITING);
  }

  function isSample(message) {
    return Boolean(message.stats) || /^(telnyx\.stats\.frame|stats|sample|network-stats)$/.test(message.event);
  }

  function flush(to) {
    if (!to.socket) {
      if (!to.retry) open(to);
      return;
    }
    while (to.waiting.length && to.socket.readyState === 1 && to.socket.bufferedAmount < MOST_BUFFERED) {
      const message = to.waiting.shift();
      message.now = Date.now();
      to.socket.send(JSON.stringify(message));
    }
    if (!started && !to.waiting.length && to.socket.readyState === 1) to.socket.close(1000);
  }

  function open(to) {
    const socket = (to.socket = new WebSocket(address(to.dialect, "ws")));
    socket.onopen = safe(() => {
      to.tries = 0;
      flush(to);
    });
    socket.onmessage = safe((event) => {
      const said = JSON.parse(event.data);
      if (said.rejected) warn(said.first);
    });
    socket.onclose = safe(() => {
      to.socket = null;
      if (!started || !(to.waiting.length || followed.size || phones.size || guests.size)) return;
      const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** to.tries++) * (0.5 + Math.random());
      to.retry = setTimeout(
        safe(() => {
          to.retry = 0;
          open(to);
        }),
        wait
      );
    });
  }

  // ---- the connections

  function follow(pc, given, waits) {
    if (records.has(pc)) return attached(records.get(pc), given, waits);
    if (pc.signalingState === "closed") return;
    const number = ++count;
    const named = Object.assign({}, options, given);
    const record = {
      number,
      // A page must not keep alive what its owner has let go.
      pc: root.WeakRef ? new WeakRef(pc) : { deref: () => pc },
      names: {
        call: String(named.call || random(6)),
        leg: String(named.leg || page + "-" + number),
        room: named.room,
        label: named.label,
      },
      policy: undefined,
      events: [],
      waits, // until anything happens: a connection that only tests the browser is no call
      asked: 0, // when the report was asked for that is still to come
      soon: 0,
    };
    records.set(pc, record);
    followed.set(number, record);
    listen(pc, record);
    keepTime();
    if (!waits) sample(record);
  }

  /** What attach says of a connection that is already followed: its names, as long as it is no call. */
  function attached(record, given, waits) {
    if (waits || !record.waits) return;
    Object.assign(record.names, given);
    record.waits = false;
    sample(record);
  }

  function listen(pc, record) {
    const note = (ev, v) => {
      if (followed.has(record.number) && record.events.length < MOST_EVENTS) record.events.push({ t: Date.now(), ev, v });
    };
    for (const name of Object.keys(STATES)) {
      pc.addEventListener(name, safe((event) => {
        note(name, event.target[STATES[name]]);
        record.waits = false;
        if (!record.soon && name !== "icegatheringstatechange") {
          record.soon = setTimeout(safe(() => sample(record)), SETTLE_MS);
        }
      }));
    }
    pc.addEventListener("icecandidate", safe((event) => {
      if (event.candidate && event.candidate.candidate) note("icecandidate", event.candidate.candidate);
    }));
    pc.addEventListener("icecandidateerror", safe((event) => {
      const { errorCode: code, errorText: text, url, address, port } = event;
      note("icecandidateerror", { code, text, url, address, port });
    }));
    pc.addEventListener("track", safe((event) => note("track", event.track.kind)));
  }

  function keepTime() {
    if (followed.size + guests.size === 0) timer = clearInterval(timer) || 0;
    else if (!timer) timer = setInterval(safe(tick), options.interval);
  }

  function tick() {
    for (const guest of guests) ask(guest);
    for (const record of followed.values()) {
      const pc = record.pc.deref();
      if (!pc) end(record, null, "let go by the page");
      else if (pc.signalingState === "closed") end(record, pc);
      else if (!record.waits) sample(record);
    }
    for (const to of Object.values(links)) flush(to);
  }

  function sample(record) {
    clearTimeout(record.soon);
    record.soon = 0;
    const pc = record.pc.deref();
    const t = Date.now();
    if (!pc || t - record.asked < PATIENCE_MS || !followed.has(record.number)) return;
    record.asked = t;
    const done = safe((report) => {
      record.asked = 0;
      if (!followed.has(record.number)) return;
      const said = { t };
      if (report) {
        said.stats = [];
        report.forEach((entry) => entry.type !== "certificate" && said.stats.push(entry));
      }
      spent.samples++;
      send("webrtc", message(record, pc, said));
    });
    pc.getStats().then(done, () => done(null));
  }

  function message(record, pc, said) {
    const events = record.events;
    record.events = [];
    const about = { browser: browser(), os: system() };
    const whole = Object.assign({ t: Date.now() }, record.names, { page: about, events }, said);
    if (!pc) return whole;
    whole.states = {
      signaling: pc.signalingState,
      ice: pc.iceConnectionState,
      connection: pc.connectionState,
      gathering: pc.iceGatheringState,
    };
    if (pc.signalingState !== "closed") {
      record.policy = record.policy || (pc.getConfiguration && pc.getConfiguration().iceTransportPolicy);
      whole.transceivers = (pc.getTransceivers ? pc.getTransceivers() : []).map((one) => ({
        mid: one.mid,
        kind: one.receiver.track.kind,
        direction: one.direction,
        currentDirection: one.currentDirection,
      }));
    }
    whole.policy = record.policy;
    return whole;
  }

  function end(record, pc, reason) {
    clearTimeout(record.soon);
    followed.delete(record.number);
    keepTime();
    if (!record.waits) send("webrtc", message(record, pc, { end: 1, reason }));
  }

  const closed = safe((pc) => {
    const record = records.get(pc);
    if (record && followed.has(record.number)) end(record, pc);
  });

  function browser() {
    const data = navigator.userAgentData;
    const brands = ((data && data.brands) || []).filter((one) => !/not.?a.?brand/i.test(one.brand));
    brands.sort((a, b) => (a.brand === "Chromium") - (b.brand === "Chromium"));
    if (brands.length) return brands[0].brand + " " + brands[0].version;
    const found = /(Edg|OPR|Firefox|FxiOS|CriOS|Chrome)\/(\d+)/.exec(navigator.userAgent);
    if (found) return ({ Edg: "Edge", OPR: "Opera", FxiOS: "Firefox", CriOS: "Chrome" }[found[1]] || found[1]) + " " + found[2];
    const safari = /Version\/(\d+).*Safari/.exec(navigator.userAgent);
    return safari ? "Safari " + safari[1] : undefined;
  }

  function system() {
    if (navigator.userAgentData && navigator.userAgentData.platform) return navigator.userAgentData.platform;
    const found = /Android|iPhone|iPad|Windows|CrOS|Mac OS X|Linux/.exec(navigator.userAgent);
    if (!found) return undefined;
    return { iPhone: "iOS", iPad: "iOS", CrOS: "ChromeOS", "Mac OS X": "macOS" }[found[0]] || found[0];
  }

  // ---- the page: connections as they are made and closed, and the end of the page itself

  function begin() {
    started = true;
    const Native = root.RTCPeerConnection;
    if (!Native || undo.length) return;
    const close = Native.prototype.close;
    const noticed = new Proxy(close, {
      apply(target, pc, args) {
        const out = Reflect.apply(target, pc, args);
        closed(pc);
        return out;
      },
    });
    Native.prototype.close = noticed;
    undo.push(() => Native.prototype.close === noticed && (Native.prototype.close = close));
    // Before those of SDKs, which hang up: what a call says then goes to a socket that may be gone.
    root.addEventListener("pagehide", leave, true);
    undo.push(() => root.removeEventListener("pagehide", leave, true));
  }

  function wrap() {
    const Native = root.RTCPeerConnection;
    if (!Native || wrapped) return;
    wrapped = true;
    const begun = safe((pc) => started && follow(pc, {}, true));
    // A proxy keeps everything as it was: statics, prototype, instanceof, subclasses.
    const Wrapped = new Proxy(Native, {
      construct(target, args, made) {
        const pc = Reflect.construct(target, args, made === Wrapped ? target : made);
        begun(pc);
        return pc;
      },
    });
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) {
      if (root[name] !== Native) continue;
      root[name] = Wrapped;
      undo.push(() => root[name] === Wrapped && (root[name] = Native));
    }
    Native.prototype.constructor = Wrapped;
    undo.push(() => {
      Native.prototype.constructor = Native;
      wrapped = false;
    });
  }

  const leave = safe((event) => {
    if (event.persisted) return;
    for (const guest of [...guests]) {
      const last = guest.last && spoken(guest, "end", { end: 1, reason: "page closed" });
      guest.release();
      if (last) bid(guest.dialect, [last]);
    }
    for (const one of [...phones]) {
      const last = one.told ? one.last({ t: Date.now(), reason: "page closed" }) : [];
      one.release();
      bid(one.dialect, last);
    }
    const last = [];
    for (const record of followed.values()) {
      if (!record.waits) last.push(message(record, record.pc.deref(), { end: 1, reason: "page closed" }));
    }
    followed.clear();
    bid("webrtc", last);
  });

  /** Send the last messages of a page that closes: a socket of it may not live to carry them. */
  function bid(dialect, last) {
    if (!last.length) return;
    const now = Date.now();
    const body = JSON.stringify(last.map((one) => Object.assign(one, { now })));
    const socket = links[dialect] && links[dialect].socket;
    if (!navigator.sendBeacon(address(dialect, "http"), body) && socket && socket.readyState === 1) socket.send(body);
  }

  // ---- @telnyx/webrtc: its events are the client's and do not say whose they are

  function phone(call, given) {
    const client = call.session;
    const names = Object.assign({ room: options.room, label: options.label }, given);
    const last = ({ t, reason }) => [{ call: call.id, room: names.room, label: names.label, t, end: 1, reason }];
    const mine = { call, client, dialect: "telnyx", last };
    const tell = (event, data) => {
      mine.told = true;
      send("telnyx", { event, call: call.id, room: names.room, label: names.label, t: Date.now(), data });
    };
    const heard = {
      "telnyx.stats.frame": (frame) => whose(client, frame) === mine && tell("telnyx.stats.frame", frame),
      "telnyx.warning": (told) => {
        const id = told.callId || (only(client) && call.id);
        if (id === call.id) tell("telnyx.warning", told);
      },
      "telnyx.notification": (told) => {
        if (!told.call || told.call.id !== call.id) return;
        const { id, state, prevState, cause, causeCode, direction, telnyxIDs } = told.call;
        const about = { id, state, prevState, cause, causeCode, direction, telnyxIDs };
        tell("telnyx.notification", { type: told.type, call: about });
        if (/^(hangup|destroy|purge)$/.test(state)) mine.release();
      },
    };
    for (const name of Object.keys(heard)) client.on(name, (heard[name] = safe(heard[name])));
    mine.release = () => {
      phones.delete(mine);
      for (const name of Object.keys(heard)) client.off(name, heard[name]);
    };
    phones.add(mine);
    if (call.options && call.options.debug === false) warn("the Telnyx SDK tells its stats only with debug: true");
  }

  function only(client) {
    return [...phones].filter((one) => one.client === client).length === 1;
  }

  /** The call that a frame is of: the only one there is, else the one that receives its stream, else none. */
  function whose(client, frame) {
    const candidates = [...phones].filter((one) => one.client === client);
    if (candidates.length === 1) return candidates[0];
    const ssrc = frame.inboundAudio && frame.inboundAudio.ssrc;
    return candidates.find((one) => {
      const pc = one.call.peer && one.call.peer.instance;
      const receivers = pc ? pc.getReceivers() : [];
      return receivers.some((receiver) => receiver.getSynchronizationSources().some((from) => from.source === ssrc));
    });
  }

  // ---- @twilio/voice-sdk: its call has no SID before Twilio has heard of it; until then what it says is held

  function line(call, given) {
    const names = Object.assign({ room: options.room, label: options.label }, given);
    const page = { browser: browser(), os: system(), sdk: "Twilio Voice SDK" };
    const held = [];
    const mine = { dialect: "twilio-voice" };
    const sid = () => names.call || (call.parameters && call.parameters.CallSid);
    const flushed = (id) => {
      for (const one of held.splice(0)) send("twilio-voice", Object.assign(one, { call: id }));
    };
    const spell = (event, t, data, name) => ({ event, name, room: names.room, label: names.label, t, page, data });
    mine.last = ({ t, reason }) => {
      const id = sid() || call.outboundConnectionId;
      const all = [...held.splice(0), spell("disconnect", t, { reason })];
      return id ? all.map((one) => Object.assign(one, { call: id })) : [];
    };
    const tell = (event, data, name) => {
      mine.told = true;
      held.push(spell(event, Date.now(), data || {}, name));
      if (held.length > MOST_SAMPLES) held.shift();
      if (sid()) flushed(sid());
    };
    const said = (error) => (error ? { code: error.code, message: error.message } : {});
    const over = (event) => () => {
      tell(event);
      if (held.length && call.outboundConnectionId) flushed(call.outboundConnectionId);
      mine.release();
    };
    const heard = {
      sample: (sample) => {
        spent.samples++;
        tell("sample", sample);
      },
      warning: (name, data) => tell("warning", data && { name: data.name, threshold: data.threshold, value: data.value }, name),
      "warning-cleared": (name) => tell("warning-cleared", {}, name),
      ringing: () => tell("ringing"),
      accept: () => tell("accept"),
      reconnecting: (error) => tell("reconnecting", said(error)),
      reconnected: () => tell("reconnected"),
      mute: (muted) => tell("mute", { muted: Boolean(muted) }),
      error: (error) => tell("error", said(error)),
      disconnect: over("disconnect"),
      cancel: over("cancel"),
      reject: over("reject"),
    };
    for (const name of Object.keys(heard)) call.on(name, (heard[name] = safe(heard[name])));
    mine.release = () => {
      phones.delete(mine);
      for (const name of Object.keys(heard)) call.removeListener(name, heard[name]);
    };
    phones.add(mine);
  }

  // ---- twilio-video and @daily-co/daily-js: asked at every interval, under the vendor's own ids

  /** A guest: its dialect, names() (null while it is in no call), read() to a promise, and what it may say. */
  function follows(guest, target, heard, off) {
    const { read, names, label, room, call } = guest;
    Object.assign(guest, { asked: 0, last: null });
    guest.names = () => {
      const found = names();
      return found && Object.assign({}, found, defined({ call, room, label }));
    };
    guest.read = () => Promise.resolve().then(read);
    for (const name of Object.keys(heard)) target.on(name, (heard[name] = safe(heard[name])));
    guest.release = safe(() => {
      guests.delete(guest);
      for (const name of Object.keys(heard)) target[off](name, heard[name]);
      keepTime();
    });
    guests.add(guest);
    keepTime();
    ask(guest);
  }

  function defined(given) {
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }

  function spoken(guest, event, said) {
    const about = Object.assign({ browser: browser(), os: system() }, guest.page());
    return Object.assign({ event, t: Date.now(), page: about }, guest.last, said);
  }

  function tell(guest, event, said) {
    guest.last = guest.names() || guest.last;
    if (guest.last) send(guest.dialect, spoken(guest, event, said));
  }

  /** The participant left; one that comes again is another. */
  function depart(guest, event, reason) {
    if (guest.last) tell(guest, event, { end: 1, reason });
    guest.last = null;
  }

  function ask(guest) {
    const t = Date.now();
    if (t - guest.asked < PATIENCE_MS || !guest.names()) return;
    guest.asked = t;
    const done = safe((said) => {
      guest.asked = 0;
      if (!said || !guests.has(guest) || !guest.names()) return;
      spent.samples++;
      tell(guest, guest.sample, Object.assign({ t }, said));
    });
    guest.read().then(done, () => done(null));
  }

  function twilioRoom(room, given) {
    const me = room.localParticipant;
    const guest = Object.assign({}, given, {
      dialect: "twilio-video",
      sample: "stats",
      names: () => room.state !== "disconnected" && { call: room.sid, room: room.name, leg: me.sid, label: me.identity },
      page: () => ({ sdk: "twilio-video.js", region: room.mediaRegion || undefined }),
      read: () => room.getStats().then((data) => ({ data, networkQuality: quality() })),
    });
    const quality = () => {
      const { level, audio, video } = me.networkQualityStats || { level: me.networkQualityLevel };
      return level === undefined ? undefined : { level, audio: audio || null, video: video || null };
    };
    follows(guest, room, {
      reconnecting: (error) => tell(guest, "reconnecting", { message: error && error.message }),
      reconnected: () => tell(guest, "reconnected", {}),
      disconnected: (_, error) => {
        depart(guest, "disconnected", (error && error.message) || "left the room");
        guest.release();
      },
    }, "removeListener");
  }

  function dailyCall(object, given) {
    let name;
    const guest = Object.assign({}, given, {
      dialect: "daily",
      sample: "network-stats",
      names: () => {
        const me = object.meetingState() === "joined-meeting" && object.participants().local;
        const call = (given && given.call) || (me && object.meetingSessionSummary().id);
        return me && call ? { call, room: name, leg: me.session_id, label: me.user_name || undefined } : null;
      },
      page: () => ({ sdk: "daily-js" }),
      read: async () => {
        if (name === undefined) name = ((await object.room()) || {}).name || null;
        return { data: await object.getNetworkStats() };
      },
    });
    const change = ({ action, threshold, quality, networkState, networkStateReasons }) =>
      tell(guest, action, { data: { action, threshold, quality, networkState, networkStateReasons } });
    follows(guest, object, {
      "joined-meeting": () => ask(guest),
      "network-quality-change": change,
      "cpu-load-change": ({ action, cpuLoadState, cpuLoadStateReason }) =>
        tell(guest, action, { data: { action, cpuLoadState, cpuLoadStateReason } }),
      "network-connection": ({ action, type, event }) => tell(guest, action, { message: type + " " + event }),
      error: ({ errorMsg }) => tell(guest, "error", { message: errorMsg }),
      "left-meeting": () => {
        name = undefined;
        depart(guest, "left-meeting");
      },
      "call-instance-destroyed": () => {
        depart(guest, "call-instance-destroyed");
        guest.release();
      },
    }, "off");
  }

  // ---- what the page may call

  const api = {
    start: safe((given) => {
      Object.assign(options, given);
      options.interval = Math.max(500, Number(options.interval) || 2000);
      begin();
      if (options.wrap !== false) wrap();
    }),
    attach: safe((pc, given) => {
      begin();
      follow(pc, given || {}, false);
    }),
    telnyx: safe((call, given) => {
      begin();
      phone(call, given || {});
    }),
    twilio: safe((call, given) => {
      begin();
      line(call, given || {});
    }),
    twilioVideo: safe((room, given) => {
      begin();
      twilioRoom(room, given || {});
    }),
    daily: safe((object, given) => {
      begin();
      dailyCall(object, given || {});
    }),
    stop: safe(() => {
      started = false;
      timer = clearInterval(timer) || 0;
      for (const one of [...phones, ...guests]) one.release();
      for (const record of followed.values()) clearTimeout(record.soon);
      followed.clear();
      records = new WeakMap();
      for (const step of undo.splice(0)) step();
      for (const to of Object.values(links)) flush(to);
    }),
    /** What this file has cost the page: milliseconds of its own work in so many seconds. */
    cost: () => ({ ms: spent.ms, seconds: (performance.now() - spent.since) / 1000, samples: spent.samples }),
    /** Set by the file itself: where it came from, and the tag that loaded it. */
    _from: safe((url, tag) => {
      source = url;
      if (!tag || started) return;
      const { call, room, label, url: to, token, interval } = tag.dataset;
      const said = { call, room, label, url: to, token, interval };
      for (const key of Object.keys(said)) if (said[key] === undefined) delete said[key];
      api.start(said);
    }),
  };
  root.callmon = api;
  const script = root.document && root.document.currentScript;
  const trace = /https?:[^\s()@]*\/callmon\.m?js[^\s():]*/.exec(new Error().stack || "");
  if (script && script.src) api._from(script.src, script);
  else if (trace) api._from(trace[0]);
  return api;
})(globalThis);
