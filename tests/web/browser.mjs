// The few parts of a browser that live.js touches, under the control of a test.
import { readFile } from 'node:fs/promises';

let copies = 0;

export async function browser({ base = 'http://site.test/' } = {}) {
  const b = { streams: [], requests: [], answers: new Map(), status: [], timers: [], elements: {} };
  const bus = new EventTarget();
  class EventSource extends EventTarget {
    constructor(url) {
      super();
      this.url = new URL(url);
      this.readyState = 0;
      b.streams.push(this);
    }
    close() { this.readyState = 2; this.closed = true; }
    open() { this.readyState = 1; this.onopen?.({ target: this }); }
    fail(readyState) { this.readyState = readyState; this.onerror?.({ target: this }); }
    send(type, data, id) {
      const e = new Event(type);
      e.data = JSON.stringify(data);
      e.lastEventId = id;
      this.dispatchEvent(e);
    }
    get matches() { return this.url.searchParams.getAll('match'); }
    get last() { return this.url.searchParams.get('last_event_id'); }
  }
  class HTMLElement extends EventTarget {
    attributes = {};
    textContent = '';
    getAttribute(n) { return this.attributes[n]; }
    querySelector() { return this.template ?? null; }
    querySelectorAll() { return this.bound ?? []; }
    append(nodes) { this.bound = nodes; }
  }
  Object.assign(globalThis, {
    EventSource, HTMLElement,
    document: { baseURI: base + 'some/page.html' },
    fetch: async (url, { method, signal, headers = {} }) => {
      const path = url.pathname + url.search;
      b.requests.push({ path, method, signal, etag: headers['If-None-Match'] });
      const a = b.answers.get(path) ?? { status: 404, body: {} };
      if (a.error) throw new TypeError('network');
      if (a.gate) await a.gate;
      const same = a.etag && headers['If-None-Match'] === a.etag;
      const h = { ETag: a.etag, 'Content-Location': a.canonical, 'Retry-After': a.retry };
      const status = same ? 304 : a.status ?? 200;
      return { ok: status < 300, status, headers: { get: n => h[n] ?? null }, json: async () => a.body };
    },
    addEventListener: (t, f) => bus.addEventListener(t, f),
    dispatchEvent: e => (e.type === 'live:status' && b.status.push(e.detail), bus.dispatchEvent(e)),
    setTimeout: (f, ms, ...args) => b.timers.push({ f, ms, args }),
    clearTimeout: id => { if (id) b.timers[id - 1] = null; },
    customElements: { define: (name, type) => { b.elements[name] = type; } },
  });
  // Lets everything that needs no timer end.
  b.settle = async () => { for (let i = 0; i < 50; ++i) await null; };
  // Fires the timers that were set until now.
  b.fire = async () => {
    const due = b.timers.map((t, i) => (b.timers[i] = null, t)).filter(Boolean);
    for (const t of due) t.f(...t.args);
    await b.settle();
    return due.map(t => t.ms);
  };
  b.event = type => bus.dispatchEvent(new Event(type));
  b.stream = () => b.streams.at(-1);
  const text = await readFile(new URL('../../web/live.js', import.meta.url), 'utf8');
  const code = text.replaceAll('import.meta.url', JSON.stringify(base + '-/live.js')) + `\n//${++copies}`;
  b.live = (await import('data:text/javascript,' + encodeURIComponent(code))).live;
  return b;
}

export const etag = c => `"${c.repeat(32)}"`;
