import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { browser, etag } from './browser.mjs';

async function shown(path = '/a.json', options) {
  const b = await browser(options);
  b.answers.set(path, { etag: etag('a'), body: { n: 1 } });
  const got = [];
  const stop = b.live(path, (page, info) => got.push([page, info]));
  await b.settle();
  await b.fire();
  b.stream().open();
  await b.settle();
  return { b, got, stop, pages: () => got.map(g => g[0]) };
}

test('is under 2 kB gzipped as it is served, without comment lines and indentation', async () => {
  const source = await readFile(new URL('../../web/live.js', import.meta.url), 'utf8');
  const size = gzipSync(source.replace(/\n *\/\/[^\n]*/g, '').replace(/\n +/g, '\n'), { level: 9 }).length;
  assert.ok(size < 2048, `${size} bytes`);
});

test('shows the page at once and opens one stream for all pages', async () => {
  const b = await browser();
  const got = [];
  for (const p of ['/a.json', '/c++.json']) {
    b.answers.set(p, { etag: etag('a'), body: p });
    b.live(p, page => got.push(page));
  }
  await b.settle();
  assert.deepEqual(got, ['/a.json', '/c++.json']);
  assert.equal(b.streams.length, 0);
  await b.fire();
  assert.equal(b.streams.length, 1);
  assert.deepEqual(b.stream().matches, ['/a.json', '/c++.json']);
  assert.equal(b.stream().url.pathname, '/.well-known/mercure');
});

test('asks again once the stream is open, so nothing falls between', async () => {
  const b = await browser();
  b.answers.set('/a.json', { etag: etag('a'), body: 1 });
  const got = [];
  b.live('/a.json', page => got.push(page));
  await b.settle();
  b.answers.set('/a.json', { etag: etag('b'), body: 2 });  // changed before the stream
  await b.fire();
  b.stream().open();
  await b.settle();
  assert.deepEqual(got, [1, 2]);
  assert.equal(b.requests[1].etag, etag('a'));
});

test('refetches with If-None-Match on reload and hands the cause over', async () => {
  const { b, got, pages } = await shown();
  b.answers.set('/a.json', { etag: etag('b'), body: { n: 2 } });
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b'), version: 7, event: 'e1', cause: 't' }, '1-7');
  await b.settle();
  assert.deepEqual(pages(), [{ n: 1 }, { n: 2 }]);
  assert.equal(b.requests.at(-1).etag, etag('a'));
  assert.equal(got[1][1].event, 'e1');
  assert.equal(typeof got[1][1].received, 'number');
});

test('does not ask for a version it has, in any encoding', async () => {
  const { b } = await shown();
  b.answers.set('/a.json', { etag: `"${'b'.repeat(32)}-gz"`, body: 2 });
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b') }, '1-7');
  await b.settle();
  const before = b.requests.length;
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b') }, '1-8');
  await b.settle();
  assert.equal(b.requests.length, before);
});

test('uses the data when the event carries it', async () => {
  const { b, pages } = await shown();
  const before = b.requests.length;
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b'), data: { n: 9 } }, '1-7');
  assert.deepEqual(pages().at(-1), { n: 9 });
  assert.equal(b.requests.length, before);
});

test('finds the page by its canonical path', async () => {
  const b = await browser();
  b.answers.set('/GUAKE.json', { etag: etag('a'), body: 1, canonical: '/guake.json' });
  const got = [];
  b.live('/GUAKE.json', page => got.push(page));
  await b.settle();
  await b.fire();
  b.stream().send('reload', { '@id': '/guake.json', etag: etag('b'), data: 2 }, '1-1');
  assert.deepEqual(got, [1, 2]);
});

test('events during a fetch cause exactly one more', async () => {
  const { b } = await shown();
  let release;
  b.answers.set('/a.json', { etag: etag('b'), body: 2, gate: new Promise(r => { release = r; }) });
  const before = b.requests.length;
  for (const c of 'bcd') b.stream().send('reload', { '@id': '/a.json', etag: etag(c) }, '1-7');
  await b.settle();
  assert.equal(b.requests.length, before + 1);
  release();
  await b.settle();
  assert.equal(b.requests.length, before + 2);
});

test('a new page reopens the stream with the last id', async () => {
  const { b } = await shown();
  b.stream().send('reload', { '@id': '/a.json', etag: etag('a') }, '1-7');
  const old = b.stream();
  b.live('/b.json', () => {});
  b.live('/c.json', () => {});
  await b.fire();
  assert.equal(b.streams.length, 2);
  assert.ok(old.closed);
  assert.deepEqual(b.stream().matches, ['/a.json', '/b.json', '/c.json']);
  assert.equal(b.stream().last, '1-7');
});

test('delete shows null, resync asks for what differs', async () => {
  const { b, pages } = await shown();
  b.stream().send('delete', { '@id': '/a.json', etag: null }, '1-8');
  assert.equal(pages().at(-1), null);
  b.answers.set('/a.json', { etag: etag('c'), body: 3 });
  b.stream().send('resync', { pages: [{ '@id': '/a.json', etag: etag('c') }] }, '2-1');
  await b.settle();
  assert.equal(pages().at(-1), 3);
  const before = b.requests.length;
  b.stream().send('resync', { pages: [{ '@id': '/a.json', etag: etag('c') }] }, '2-1');
  await b.settle();
  assert.equal(b.requests.length, before);
  b.stream().send('resync', { pages: null }, '2-2');
  await b.settle();
  assert.equal(b.requests.length, before + 1);
});

test('comes back after bye and after a refusal, slower each time', async () => {
  const { b } = await shown();
  b.stream().send('bye', {}, '1-9');
  assert.ok(b.stream().closed);
  await b.fire();
  assert.equal(b.streams.length, 2);
  assert.equal(b.stream().last, '1-9');
  const waits = [];
  for (let i = 0; i < 8; ++i) {
    b.stream().fail(2);
    waits.push(...await b.fire());
  }
  assert.ok(waits[0] >= 500 && waits[0] <= 1500, waits[0]);
  assert.ok(waits.at(-1) >= 15e3 && waits.at(-1) <= 45e3, waits.at(-1));
  assert.equal(b.streams.length, 10);
});

test('a page that cannot be watched stops only itself', async () => {
  const b = await browser();
  const warned = [];
  console.warn = (...words) => warned.push(words.join(' '));
  for (const p of ['/a.json', '/b.json']) b.answers.set(p, { etag: etag('a'), body: p });
  b.answers.set('/.well-known/mercure?match=%2Fwrong', { status: 400 });
  b.answers.set('/.well-known/mercure?match=%2Fa.json', { status: 200 });
  b.answers.set('/.well-known/mercure?match=%2Fb.json', { error: true });
  for (const p of ['/a.json', '/wrong', '/b.json']) b.live(p, () => {});
  await b.settle();
  await b.fire();
  assert.deepEqual(b.stream().matches, ['/a.json', '/wrong', '/b.json']);
  b.stream().fail(2);
  await b.settle();
  assert.deepEqual(warned, ['not live: /wrong']);
  await b.fire();
  assert.deepEqual(b.stream().matches, ['/a.json', '/b.json']);
  const asked = () => b.requests.filter(r => r.method === 'HEAD').map(r => r.path.slice(-8)).sort();
  assert.deepEqual(asked(), ['%2Fwrong', '2Fa.json', '2Fb.json']);
  b.stream().fail(2);  // for another reason: who has been asked is not asked again
  await b.settle();
  assert.deepEqual(asked(), ['%2Fwrong', '2Fa.json', '2Fb.json', '2Fb.json']);
});

test('says its status, closes on pagehide, reopens on pageshow', async () => {
  const { b } = await shown();
  b.stream().fail(0);
  b.stream().open();
  b.event('pageshow');  // the first one, not after a pagehide
  assert.equal(b.streams.length, 1);
  b.event('pagehide');
  assert.ok(b.stream().closed);
  b.event('pageshow');
  assert.equal(b.streams.length, 2);
  b.stream().open();
  assert.deepEqual(b.status, ['live', 'retrying', 'live', 'paused', 'live']);
});

test('stops: the last caller closes the stream', async () => {
  const { b, stop } = await shown();
  stop();
  await b.fire();
  assert.ok(b.stream().closed);
  assert.equal(b.streams.length, 1);
});

test('a failed fetch keeps what is shown and is repeated', async () => {
  const { b, pages } = await shown();
  b.answers.set('/a.json', { status: 503, retry: '2' });
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b') }, '1-7');
  await b.settle();
  assert.equal(pages().length, 1);
  b.answers.set('/a.json', { error: true });
  const [wait] = await b.fire();
  assert.ok(wait >= 2000 && wait <= 4000, wait);
  b.answers.set('/a.json', { etag: etag('b'), body: 5 });
  await b.fire();
  assert.equal(pages().at(-1), 5);
});

test('waits longer after each failure, and asks at once when the stream is back', async () => {
  const { b, pages } = await shown();
  b.stream().send('reload', { '@id': '/a.json', etag: etag('a') }, '1-7');
  b.answers.set('/a.json', { status: 502 });
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b') }, '1-8');
  await b.settle();
  const waits = [];
  for (let i = 0; i < 12; ++i) waits.push(...await b.fire());
  assert.ok(waits[0] >= 5e3 && waits[0] <= 10e3, waits[0]);
  assert.ok(waits.at(-1) >= 45e3 && waits.at(-1) <= 90e3, waits.at(-1));
  b.answers.set('/a.json', { etag: etag('b'), body: 6 });
  b.stream().open();  // by itself, with its last id: the change was told already
  await b.settle();
  assert.equal(pages().at(-1), 6);
  const before = b.requests.length;
  b.stream().open();
  await b.settle();
  assert.equal(b.requests.length, before);
});

test('no fetch may last for ever', async () => {
  const { b } = await shown();
  assert.ok(b.requests.length > 0);
  assert.ok(b.requests.every(r => r.signal instanceof AbortSignal));
});

test('what a caller throws is heard, and costs no event', async () => {
  const b = await browser(), heard = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', e => heard.push(e.message));
  b.answers.set('/a.json', { etag: etag('a'), body: 1 });
  b.live('/a.json', () => { throw new Error('mine'); });
  await b.settle();
  await new Promise(setImmediate);
  process.removeAllListeners('unhandledRejection');
  others.forEach(f => process.on('unhandledRejection', f));
  assert.deepEqual(heard, ['mine']);
  assert.deepEqual(await b.fire(), [30]);  // the stream's; the page is not asked for again
});

test('opens the stream anew when the machine is online again', async () => {
  const { b } = await shown();
  b.stream().fail(2);
  await b.settle();
  b.event('online');
  assert.equal(b.streams.length, 2);
  b.stream().open();
  await b.settle();
  assert.equal(b.status.at(-1), 'live');
  await b.fire();
  assert.equal(b.streams.length, 2);
});

test('works below a prefix', async () => {
  const { b } = await shown('/fresh/a.json', { base: 'http://site.test/fresh/' });
  assert.equal(b.stream().url.pathname, '/fresh/.well-known/mercure');
  assert.deepEqual(b.stream().matches, ['/a.json']);
});

test('<live-json> fills data-bind in place and says which changed', async () => {
  const b = await browser();
  b.answers.set('/a.json', { etag: etag('a'), body: { 'x/y': [{ n: 1 }], same: 's' } });
  const node = bind => Object.assign(new EventTarget(), { dataset: { bind }, textContent: '' });
  const bound = [node('/x~1y/0/n'), node('/same'), node('/none/deep')];
  const changed = [];
  bound.forEach((n, i) => n.addEventListener('live:change', e => changed.push([i, e.detail.event])));
  const e = new b.elements['live-json']();
  e.attributes.src = '/a.json';
  e.template = { content: { cloneNode: () => bound } };
  e.connectedCallback();
  await b.settle();
  assert.deepEqual(bound.map(n => n.textContent), ['1', 's', '']);
  assert.equal(e.ariaLive, 'polite');
  await b.fire();
  changed.length = 0;
  b.stream().send('reload', { '@id': '/a.json', etag: etag('b'), event: 'e9', data: { 'x/y': [{ n: 2 }], same: 's' } }, '1-1');
  assert.deepEqual(bound.map(n => n.textContent), ['2', 's', '']);
  assert.deepEqual(changed, [[0, 'e9']]);
  e.disconnectedCallback();
  await b.fire();
  assert.ok(b.stream().closed);
});

test('<live-json> without a template shows the JSON', async () => {
  const b = await browser();
  b.answers.set('/a.json', { etag: etag('a'), body: { n: 1 } });
  const e = new b.elements['live-json']();
  e.attributes.src = '/a.json';
  e.connectedCallback();
  await b.settle();
  assert.equal(e.textContent, '{\n  "n": 1\n}');
});
