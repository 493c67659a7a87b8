"use strict";
const every = 1500;
const by = (id) => document.getElementById(id);
const history = [];
let before = null;

// All texts go in as text: names and places come from the program.
function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function fill(id, children, empty) {
  const box = by(id);
  box.replaceChildren(...(children.length ? children : [make("div", "none", empty)]));
}

const grouped = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

function time(ns) {
  if (ns < 1e3) return ns + " ns";
  if (ns < 1e6) return (ns / 1e3).toFixed(ns < 1e4 ? 1 : 0) + " \u00b5s";
  if (ns < 1e9) return (ns / 1e6).toFixed(ns < 1e7 ? 1 : 0) + " ms";
  if (ns < 120e9) return (ns / 1e9).toFixed(ns < 1e10 ? 1 : 0) + " s";
  return (ns / 60e9).toFixed(0) + " min";
}

function row(what, n, share, more) {
  const r = make("div", "row");
  const top = make("div", "top");
  top.append(make("div", "what", what), make("div", "n", n));
  r.append(top);
  if (more) r.append(make("div", "more", more));
  if (share !== null) {
    const bar = make("div", "bar");
    const inner = make("i");
    inner.style.width = Math.max(0, Math.min(1, share)) * 100 + "%";
    bar.append(inner);
    r.append(bar);
  }
  return r;
}

function findings(d) {
  fill("findings", d.findings.map((f) => {
    const box = make("div", "finding " + f.level);
    box.append(make("strong", "", f.title), make("span", "", f.detail));
    return box;
  }), "");
}

function spark(values) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 100 22");
  svg.setAttribute("preserveAspectRatio", "none");
  if (values.length < 2) return svg;
  const most = Math.max(...values, 1);
  const line = document.createElementNS(ns, "polyline");
  const step = 100 / (values.length - 1);
  line.setAttribute("points", values.map((v, i) => i * step + "," + (20 - 18 * v / most)).join(" "));
  line.setAttribute("fill", "none");
  line.setAttribute("stroke", "var(--bar)");
  line.setAttribute("stroke-width", "1.5");
  line.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(line);
  return svg;
}

function number(value, what, values) {
  const box = make("div", "number");
  box.append(make("b", "", value), make("span", "", what));
  if (values) box.append(spark(values));
  return box;
}

function numbers(d) {
  const seconds = before ? (d.now_ns - before.now_ns) / 1e9 : 0;
  const rate = (name) => seconds > 0 ? (d[name] - before[name]) / seconds : null;
  const shown = (name) => rate(name) === null ? "\u2026" : grouped(rate(name));
  history.push({goroutines: d.goroutines, parks: rate("parks") || 0, started: rate("started") || 0});
  if (history.length > 80) history.shift();
  const rates = history.slice(1);
  fill("numbers", [
    number(grouped(d.goroutines), "goroutines", history.map((h) => h.goroutines)),
    number(shown("started"), "started a second", rates.map((h) => h.started)),
    number(shown("parks"), "waits a second", rates.map((h) => h.parks)),
    number(shown("steals"), "steals a second"),
    number(grouped(d.stuck_stretches), "stuck stretches in all"),
  ], "");
}

function processors(d) {
  fill("processors", d.processors.map((p) => {
    let busy = p.busy;
    const old = before && before.processors.find((o) => o.index === p.index);
    if (old) busy = 1 - (p.slept_ns - old.slept_ns) / (d.now_ns - before.now_ns);
    busy = Math.max(0, Math.min(1, busy));
    const doing = p.asleep ? "asleep" : p.goroutine ? "runs goroutine " + p.goroutine
                                                    : "looks for work";
    const queued = p.queued ? ", " + grouped(p.queued) + " queued" : "";
    return row("processor " + p.index, Math.round(busy * 100) + " % busy", busy, doing + queued);
  }), "The runtime has not been started.");
}

function latency(d) {
  const box = by("latency");
  const total = d.latency.reduce((a, b) => a + b, 0);
  if (!total) return fill("latency", [], "No goroutine has waited for a processor yet.");
  const first = d.latency.findIndex((n) => n);
  const last = d.latency.length - [...d.latency].reverse().findIndex((n) => n);
  const low = Math.min(first, 8), high = Math.max(last, 24);
  const some = d.latency.slice(low, high);
  const most = Math.max(...some);
  const bars = make("div", "histogram");
  some.forEach((n, i) => {
    const bar = make("div", n ? "" : "empty");
    // The root, so that what is rare can be seen.
    bar.style.height = n ? Math.max(3, 100 * Math.sqrt(n / most)) + "%" : "1px";
    bar.title = time(2 ** (i + low)) + " \u2013 " + time(2 ** (i + low + 1)) + ": " + grouped(n);
    bars.append(bar);
  });
  const scale = make("div", "scale");
  scale.append(make("span", "", time(2 ** low)), make("span", "", time(2 ** ((low + high) >> 1))),
               make("span", "", time(2 ** high)));
  const within = (share) => {
    let sum = 0;
    for (let i = 0; i < d.latency.length; i++) {
      sum += d.latency[i];
      if (sum >= share * total) return time(2 ** (i + 1));
    }
  };
  box.replaceChildren(bars, scale, make("div", "more none",
      "half within " + within(0.5) + ", 99 % within " + within(0.99) + ", of " + grouped(total)));
}

function arrow(text) {
  const box = make("div", "arrow");
  box.append(make("span", "", text));
  return box;
}

// One ring of locks: each goroutine, the lock it waits for, and who holds that.
function ring(edges) {
  const box = make("div", "ring");
  edges.forEach((e) => {
    const party = make("div", "party");
    party.append(make("b", "", e.from ? "goroutine " + e.from : "a thread"),
                 make("span", "", e.place));
    box.append(party, arrow("waits for"), make("div", "object", e.what), arrow("held by"));
  });
  const first = edges[0];
  const party = make("div", "party again");
  party.append(make("b", "", first.from ? "goroutine " + first.from : "a thread"),
               make("span", "", "the first one again"));
  box.append(party);
  return box;
}

// The edges of each ring stand together, in its order.
function rings(edges) {
  const all = [];
  let some = [];
  for (const e of edges) {
    some.push(e);
    if (e.to === some[0].from) {
      all.push(ring(some));
      some = [];
    }
  }
  return all;
}

function waited(o) {
  const box = make("div", "waited" + (o.ring ? " on-ring" : ""));
  const left = make("div", "left");
  for (const w of o.waiters) {
    const party = make("div", "party");
    party.append(make("b", "", w.count === 1 && w.id ? "goroutine " + w.id : grouped(w.count) + " waiting"),
                 make("span", "", w.place),
                 make("span", "", w.reason + (w.oldest_ns > 0 ? ", for " + time(w.oldest_ns) : "")));
    left.append(party);
  }
  const object = make("div", "object", o.what);
  if (o.alike > 1) object.append(make("b", "", " and " + grouped(o.alike - 1) + " alike"));
  box.append(left, arrow("waits for"), object);
  if (o.lock) {
    const party = make("div", "party");
    party.append(make("b", "", o.holder ? "goroutine " + o.holder : o.holder_state || "not known"),
                 make("span", "", o.holder_place),
                 make("span", "", o.holder ? o.holder_state : ""));
    box.append(arrow("held by"), party);
  }
  return box;
}

function graph(d) {
  by("graph-box").hidden = d.graph.length + d.rings.length === 0;
  fill("graph", [...rings(d.rings), ...d.graph.filter((o) => !o.ring || o.waiting > 1).map(waited)], "");
}

function show(d) {
  document.title = (d.findings[0].level === "good" ? "" : "\u26a0 ") + d.program + " \u2013 weft";
  by("program").textContent = d.program;
  by("facts").textContent = "process " + d.pid + ", " + d.procs +
      (d.procs === 1 ? " processor" : " processors");
  findings(d);
  numbers(d);
  const all = Math.max(1, d.goroutines);
  fill("states", d.states.map((s) => row(s.what, grouped(s.count), s.count / all)),
       "There are no goroutines.");
  fill("sites", d.sites.map((s) => row(s.place, grouped(s.count), s.count / all,
      s.doing.map((w) => grouped(w.count) + " " + w.what).join(" \u00b7 "))),
      "There are no goroutines.");
  fill("waits", d.waits.map((w) => row(w.place, grouped(w.count), w.count / all,
      w.reason + ", the longest for " + time(w.oldest_ns))), "No goroutine waits.");
  const most = d.contention.length ? Math.max(1, d.contention[0].delay_ns) : 1;
  fill("contention", d.contention.map((c) => row(c.place, time(c.delay_ns), c.delay_ns / most,
      grouped(c.count) + " contentions, attributed to the unlock")),
      d.contention_on ? "No contention has been recorded." :
      "The mutex profile is off: call weft::debug::set_mutex_profile_fraction(10).");
  processors(d);
  latency(d);
  graph(d);
  before = d;
}

async function refresh() {
  const pulse = by("pulse");
  try {
    const answer = await fetch("?format=json", {cache: "no-store"});
    if (!answer.ok) throw new Error("status " + answer.status);
    show(await answer.json());
    pulse.className = "";
    pulse.textContent = "updated " + new Date().toLocaleTimeString();
  } catch (e) {
    pulse.className = "lost";
    pulse.textContent = "no answer from the process (" + e.message + ")";
  }
  setTimeout(refresh, every);
}

show(JSON.parse(by("first").textContent));
by("pulse").textContent = "updated " + new Date().toLocaleTimeString();
setTimeout(refresh, every);
