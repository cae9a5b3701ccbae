// freshet live.js, Apache-2.0. One EventSource for all pages of a tab.
const pages = new Map(), root = new URL('../', import.meta.url);
let es, last, timer, state, tries = 0, asleep;

const say = s => s !== state && dispatchEvent(new CustomEvent('live:status', { detail: state = s }));
const hex = e => e?.match(/\w{32}/)?.[0];
const path = u => u.href.startsWith(root) ? u.href.slice(root.href.length - 1) : u.pathname + u.search;
const set = (p, value, etag, info) => {
  p.value = value;
  p.etag = etag;
  p.calls.forEach(f => f(value, info));
};

const load = async (p, info = {}) => {
  if (p.busy) return void (p.again = info);
  p.busy = 1;
  let wait = 5, got;
  try {
    const r = await fetch(p.url, {
      cache: 'no-store', signal: AbortSignal.timeout(6e4), headers: p.etag ? { 'If-None-Match': p.etag } : {}
    });
    const s = r.status, h = r.headers;
    p.id = path(new URL(h.get('Content-Location') || p.url, p.url));
    if (r.ok || s == 404 || s == 410) got = [r.ok ? await r.json() : null, p.etag = h.get('ETag')];
    wait = got || s == 304 ? 0 : +h.get('Retry-After') || 5;
  } catch {}
  p.busy = 0;
  p.bad = wait && -~p.bad;
  if (pages.get(p.key) === p) {
    if (p.again) load(p, p.again), p.again = 0;
    else if (wait) setTimeout(load, wait * Math.min(9, p.bad) * 1e3 * (1 + Math.random()), p, info);
  }
  // Last: what a caller throws is his, and stops nothing.
  if (got) set(p, ...got, info);
};

const later = ms => { clearTimeout(timer); timer = setTimeout(open, ms); };
const retry = ms => { es.close(); say('retrying'); later(ms * (.5 + Math.random())); };

const on = {
  reload(d) {
    for (const p of pages.values()) {
      if (p.key !== d['@id'] && p.id !== d['@id'] || d.etag && hex(d.etag) === hex(p.etag)) continue;
      if ('data' in d && !p.busy) set(p, d.data, d.etag, d);
      else load(p, d);
    }
  },
  delete(d) { on.reload({ ...d, etag: null, data: null }); },
  resync(d) { d.pages ? d.pages.forEach(on.reload) : pages.forEach(p => load(p, d)); },
  bye() { retry(2e3); }
};

const stream = keys => {
  const u = new URL('.well-known/mercure', root);
  for (const k of keys) u.searchParams.append('match', k);
  return u;
};

// One page that cannot be watched must not keep the others from it.
const check = p => p.asked ||= fetch(stream([p.key]), { method: 'HEAD' }).then(r => {
  if (r.status == 400) pages.delete(p.key), console.warn('not live:', p.key);
}, () => p.asked = 0);

const open = () => {
  clearTimeout(timer);
  es?.close();
  if (asleep || !pages.size) return say('paused');
  const u = stream(pages.keys());
  if (last) u.searchParams.set('last_event_id', last);
  es = new EventSource(u);
  es.onopen = () => {
    tries = 0;
    say('live');
    // What changed between its first fetch and this moment; mostly a 304.
    for (const p of pages.values()) if (!p.seen || !last || p.bad) p.seen = 1, load(p);
  };
  es.onerror = e => {
    if (e.target.readyState < 2) return say('retrying');
    pages.forEach(check);
    retry(1e3 * Math.min(30, 2 ** tries++));
  };
  for (const t in on) es.addEventListener(t, e => {
    last = e.lastEventId || last;
    on[t]({ ...JSON.parse(e.data), received: performance.now() });
  });
};

// Calls f(json, info) now and after every change of the page; returns what stops it.
// A tab watches at most 200 pages, and no more than their addresses fit into 8 KiB.
export function live(src, f) {
  const url = new URL(src, document.baseURI), key = path(url);
  let p = pages.get(key);
  if (!p) {
    pages.set(key, p = { key, url, calls: new Set });
    load(p);
    later(30);
  } else if ('value' in p) f(p.value, {});
  p.calls.add(f);
  return () => {
    p.calls.delete(f);
    if (!p.calls.size && pages.get(key) === p) pages.delete(key), later(30);
  };
}

addEventListener('pagehide', () => { asleep = 1; open(); });
addEventListener('pageshow', () => { if (asleep) asleep = 0, open(); });
addEventListener('online', open);

const at = (v, pointer) =>
  pointer.split('/').slice(1).reduce((o, k) => o?.[k.replace(/~1/g, '/').replace(/~0/g, '~')], v);

if (globalThis.customElements) customElements.define('live-json', class extends HTMLElement {
  static observedAttributes = ['src'];
  connectedCallback() {
    this.stop?.();
    this.ariaLive ||= 'polite';
    this.stop = live(this.getAttribute('src'), (d, info) => this.show(d, info));
  }
  disconnectedCallback() { this.stop?.(); this.stop = 0; }
  attributeChangedCallback() { if (this.stop) this.connectedCallback(); }
  show(d, info) {
    const t = this.querySelector('template');
    if (!t) this.textContent = JSON.stringify(d, null, 2);
    else if (!this.drawn) this.drawn = 1, this.append(t.content.cloneNode(true));
    for (const n of this.querySelectorAll('[data-bind]')) {
      const v = at(d, n.dataset.bind) ?? '', s = typeof v == 'object' ? JSON.stringify(v) : '' + v;
      if (n.textContent === s) continue;
      n.textContent = s;
      n.dispatchEvent(new CustomEvent('live:change', { bubbles: true, detail: info }));
    }
  }
});
