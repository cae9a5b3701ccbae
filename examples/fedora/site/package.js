// One package, for people: shows what freshet serves about it, and watches that. What comes from
// outside becomes text and never HTML, and an address only where it is one of the web.
const $ = id => document.getElementById(id);
const base = new URL(document.querySelector('meta[name=freshet]').content, location).href.replace(/\/$/, '');
const lang = document.documentElement.lang;
const wanted = new URLSearchParams(location.search).get('package')?.trim();

// ---- Text that lights up when it changes -------------------------------------------------------

let lit = false;  // not while a part is shown for the first time

const light = e => {
  if (!lit) return;
  e.classList.remove('new');
  void e.offsetWidth;  // starts the animation again
  e.classList.add('new');
};

const put = (e, value) => {
  const text = value == null ? '' : String(value);
  if (e.textContent === text) return;
  e.textContent = text;
  light(e);
};

const link = (a, address, text) => {
  const good = /^https?:/.test(address ?? '');
  if (good) a.href = address; else a.removeAttribute('href');
  put(a, good ? text ?? address : text);
};

const make = (tag, parent, className = '') => {
  const e = document.createElement(tag);
  e.className = className;
  parent.append(e);
  return e;
};

// ---- Times: numbers or UTC until here, and the reader's own from here on ------------------------

const distances = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
const days = new Intl.DateTimeFormat(lang, { dateStyle: 'medium' });
const exact = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long' });

const say = e => {
  const at = new Date(e.dateTime), s = (at - Date.now()) / 1000, a = Math.abs(s);
  e.textContent = a > 30 * 86400 ? days.format(at)
    : a > 36 * 3600 ? distances.format(Math.round(s / 86400), 'day')
    : a > 5400 ? distances.format(Math.round(s / 3600), 'hour')
    : distances.format(Math.round(s / 60), 'minute');
};

// Koji gives seconds, Bugzilla RFC 3339, and Bodhi the same without saying so.
const time = (e, value) => {
  const at = new Date(typeof value == 'number' ? value * 1000 : String(value).replace(/^(\S+) (\S+)$/, '$1T$2Z'));
  e.hidden = value == null || isNaN(at);
  if (e.hidden || e.dateTime === at.toISOString()) return;
  e.dateTime = at.toISOString();
  e.title = exact.format(at);
  say(e);
  light(e);
};
setInterval(() => document.querySelectorAll('time[datetime]').forEach(say), 60e3);

// ---- The parts of the page ----------------------------------------------------------------------

// One row a thing. Rows are known by their key, and stay the elements they are.
const rows = (section, things, shown, keyOf, draw) => {
  const list = section.querySelector('ul'), old = new Map([...list.children].map(e => [e.dataset.key, e]));
  const now = things.slice(0, shown).map(thing => {
    const key = String(keyOf(thing));
    const known = old.get(key), row = known ?? document.createElement('li'), wasLit = lit;
    if (!known) {
      row.dataset.key = key;
      for (const [tag, name] of [['a', 'what'], ['span', 'state'], ['span', 'who'], ['time', 'when']]) make(tag, row, name);
      light(row);
      lit = false;  // all of it does, not each of its cells as well
    }
    draw(thing, ...row.children);
    lit = wasLit;
    return row;
  });
  if (!now.length) now.push(Object.assign(document.createElement('li'), { className: 'none', textContent: 'None.' }));
  [...list.children].forEach(row => now.includes(row) || row.remove());
  now.forEach((row, i) => list.children[i] !== row && list.insertBefore(row, list.children[i] ?? null));
  section.setAttribute('aria-busy', 'false');
};

// TeX Live is thousands.
const some = (names, most) => names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
const state = (e, word, kind) => { put(e, word); e.dataset.kind = kind ?? word; };
const total = (section, shown, all) => put(section.querySelector('small'), all > shown ? `${shown} of ${all}` : all || '');

const BUILD_STATES = [['building', 'busy'], ['complete', 'good'], ['deleted', 'gone'], ['failed', 'bad'], ['canceled', 'gone']];
const UPDATE_STATES = { stable: 'good', testing: 'busy', pending: 'busy', unpushed: 'gone', obsolete: 'gone' };

const drawBuild = (b, a, s, who, when) => {
  link(a, `https://koji.fedoraproject.org/koji/buildinfo?buildID=${encodeURIComponent(b.build_id)}`, b.nvr);
  state(s, ...(BUILD_STATES[b.state] ?? [`state ${b.state}`]));
  put(who, b.owner_name && `by ${b.owner_name}`);
  time(when, b.completion_ts ?? b.creation_ts);
};

const drawUpdate = (u, a, s, who, when) => {
  link(a, `https://bodhi.fedoraproject.org/updates/${encodeURIComponent(u.alias)}`, u.title);
  state(s, u.status, UPDATE_STATES[u.status]);
  time(when, u.date_pushed ?? u.date_submitted);
};

const drawBug = (b, a, s, who, when) => {
  link(a, `https://bugzilla.redhat.com/${encodeURIComponent(b.id)}`, `${b.id} ${b.summary}`);
  state(s, (b.status ?? '').toLowerCase().replace('_', ' '), 'plain');
  put(who, b.version);
  time(when, b.last_change_time);
};

const parts = {
  package: {
    path: '.json', says: 'The package',
    draw(doc) {
      const git = doc.dist_git, raw = doc.rawhide;
      put($('summary'), raw?.summary);
      put($('owner'), git?.access_users?.owner?.join(', '));
      put($('version'), raw ? `${raw.version}-${raw.release}` : 'not there');
      link($('home'), raw?.url, raw?.url?.replace(/^https?:\/\/|\/$/g, ''));
      link($('sources'), `https://src.fedoraproject.org/${(git?.fullname ?? '').split('/').map(encodeURIComponent).join('/')}`, git?.fullname);
      put($('made'), some(raw?.['co-packages'] ?? [], 40));
      rows($('updates'), doc.updates ?? [], 5, u => u.alias, drawUpdate);
      $('facts').setAttribute('aria-busy', 'false');
    },
  },
  builds: {
    path: '/builds.json', says: 'Its builds',
    draw(doc) {
      rows($('builds'), doc.builds ?? [], 8, b => b.build_id, drawBuild);
      total($('builds'), 8, (doc.builds ?? []).length);
    },
  },
  bugs: {
    path: '/bugs.json', says: 'Its bugs',
    draw(doc) {
      rows($('bugs'), doc.bugs ?? [], 8, b => b.id, drawBug);
      total($('bugs'), 8, (doc.bugs ?? []).length);
    },
  },
};

const note = (part, info) => {
  $('log').querySelector('.none')?.remove();
  const row = document.createElement('li');
  make('time', row).textContent = new Date().toLocaleTimeString(lang);
  make('b', row).textContent = `${part.says} changed`;
  make('span', row).textContent = info.cause ? `after ${info.cause}` : 'while this page was cut off';
  $('log').prepend(row);
  while ($('log').children.length > 10) $('log').lastChild.remove();
};

// ---- Connected ----------------------------------------------------------------------------------

const show = live => {
  const start = `${base}/packages/${encodeURIComponent(wanted)}`, drawn = new Set;
  document.title = `${wanted} \u2013 Packages`;
  $('name').textContent = $('wanted').value = wanted;
  $('json').href = `${start}.json`;
  $('json').hidden = false;
  for (const part of Object.values(parts)) live(start + part.path, (doc, info) => {
    if (part === parts.package) {
      $('notice').textContent = doc ? '' : `There is no package called ${wanted}.`;
      document.querySelector('article').hidden = !doc;
    }
    lit = drawn.has(part);
    if (lit) note(part, info);
    if (doc || part !== parts.package) part.draw(doc ?? {}), drawn.add(part);
  });
};

// Streams are renewed now and then: what is over in a moment is not worth a word.
const STATUS = { live: 'live', retrying: 'cut off, trying again', paused: 'paused' };
let soon;
addEventListener('live:status', e => {
  $('status').dataset.state = e.detail;
  clearTimeout(soon);
  soon = setTimeout(() => { $('status').textContent = STATUS[e.detail]; }, e.detail == 'live' ? 0 : 3e3);
});

// Names that begin with what was typed; of packages that freshet has built already.
let asking;
$('wanted').oninput = async () => {
  asking?.abort();
  asking = new AbortController;
  try {
    const r = await fetch(`${base}/search.json?q=${encodeURIComponent($('wanted').value)}`, { signal: asking.signal });
    const names = r.ok ? (await r.json()).rows.map(row => row.name) : [];
    $('known').replaceChildren(...names.map(value => Object.assign(document.createElement('option'), { value })));
  } catch { /* a newer question, or nobody there: the field works without */ }
};

if (wanted) {
  $('notice').textContent = `Asking for ${wanted} \u2026`;
  import(`${base}/-/live.js`).then(m => show(m.live), () => {
    $('notice').textContent = `Nothing answers at ${base}, or it does not list ${location.origin} in its cors.`;
    $('status').textContent = 'not connected';
  });
} else $('status').textContent = '';
