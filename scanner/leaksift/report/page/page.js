// The triage page of leaksift. Everything that it shows comes from the JSON block and is set as text:
// no markup is ever made of it, and the page's policy (trusted-types 'none') would refuse to.
'use strict';
(() => {
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const LEVELS = { 3: 'block', 2: 'warn', 1: 'note' };
const CHUNK = 150;
const number = new Intl.NumberFormat('en').format;
const count = (n, noun) => `${number(n)} ${noun}${n === 1 ? '' : 's'}`;

const element = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key, value);
    else if (value !== false) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
};

const findings = data.findings.map((row, id) => {
  const [path, rule, severity, label, category, source, score, line, column, endLine, fingerprint,
    preview] = row;
  const finding = {
    id, file: data.paths[path], rule: data.rules[rule], severity, label, category, source, score,
    line, column, endLine, fingerprint, preview,
  };
  finding.words = [
    LEVELS[severity], finding.rule.title, finding.rule.id, `${finding.file.shown}:${line}`, label,
    category || '', preview, fingerprint,
  ].join('\n').toLowerCase();
  return finding;
});

// What is looked for

const FACETS = [
  { name: 'rule', title: 'Rule', of: (finding) => finding.rule.id },
  { name: 'label', title: 'Label', of: (finding) => finding.label },
  { name: 'category', title: 'Category', of: (finding) => finding.category },
];
const chosen = { severity: new Set(), rule: new Set(), label: new Set(), category: new Set() };
const has = (set, value) => set.size === 0 || set.has(value);

const pathTest = () => {
  const wanted = byId('path').value.trim().toLowerCase();
  if (!wanted) return () => true;
  // Not a regular expression: the pieces between the stars, one after the other, in linear time.
  const pieces = wanted.split('*');
  return (finding) => {
    const path = finding.file.shown.toLowerCase();
    let at = 0;
    for (const piece of pieces) {
      const found = path.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return true;
  };
};

/** The tests that a finding must pass, by the name of the filter. */
const tests = () => {
  const words = byId('text').value.toLowerCase().split(/\s+/).filter(Boolean);
  return {
    text: (finding) => words.every((word) => finding.words.includes(word)),
    path: pathTest(),
    severity: (finding) => has(chosen.severity, finding.severity),
    ...Object.fromEntries(
      FACETS.map(({ name, of }) => [name, (finding) => has(chosen[name], of(finding))])),
  };
};

const ORDERS = {
  severity: (a, b) => b.severity - a.severity || a.id - b.id,
  path: (a, b) => a.id - b.id,
};

// What is on the screen

let shown = [];
let drawn = 0;
let current = -1;
let reason = '';
const list = byId('list');

/** Filters anew: the list, and how many each choice would give with the other filters as they are. */
const update = () => {
  const all = tests();
  const names = Object.keys(all);
  const totals = Object.fromEntries(['severity', ...FACETS.map((f) => f.name)].map((name) => [name, new Map()]));
  shown = [];
  for (const finding of findings) {
    const failed = names.filter((name) => !all[name](finding));
    if (failed.length > 1) continue;
    if (failed.length === 0) shown.push(finding);
    const add = (name, value) => {
      if (failed.length === 0 || failed[0] === name) {
        totals[name].set(value, (totals[name].get(value) || 0) + 1);
      }
    };
    add('severity', finding.severity);
    for (const { name, of } of FACETS) add(name, of(finding));
  }
  shown.sort(ORDERS[byId('sort').value]);
  for (const [name, value, output, row] of counters) {
    const total = totals[name].get(value) || 0;
    output.textContent = number(total);
    row.classList.toggle('none', total === 0);
  }
  const filters = [...Object.values(chosen), byId('path').value, byId('text').value]
    .filter((one) => one.size || one.length).length;
  byId('clear').hidden = filters === 0;
  byId('active').textContent = filters ? `(${filters} set)` : '';
  byId('count').textContent = filters
    ? `${number(shown.length)} of ${count(findings.length, 'finding')}` : count(findings.length, 'finding');
  list.replaceChildren();
  drawn = 0;
  current = -1;
  if (shown.length === 0) {
    const text = findings.length ? 'No finding fits these filters.' : 'Nothing was found.';
    list.append(element('li', { class: 'empty' }, text));
  }
  drawMore();
};

const drawMore = (upTo = drawn + CHUNK) => {
  const rows = document.createDocumentFragment();
  for (; drawn < Math.min(upTo, shown.length); drawn += 1) rows.append(row(shown[drawn], drawn));
  list.append(rows);
  const left = shown.length - drawn;
  byId('more').hidden = left === 0;
  byId('more').textContent = `Show more (${number(left)} left)`;
};

const row = (finding, index) => {
  const button = element('button', {
    type: 'button', class: 'row', 'aria-expanded': 'false', 'aria-controls': `more-${finding.id}`,
    click: () => toggle(item), focus: () => { current = index; },
  },
  element('span', { class: 'pill' }, LEVELS[finding.severity]),
  element('span', { class: 'title' }, finding.rule.title),
  element('span', { class: 'preview' }, finding.preview),
  element('span', { class: 'place' }, element('b', {}, finding.file.shown), `:${finding.line}:${finding.column}`),
  element('span', { class: 'rule' }, finding.rule.id));
  const item = element('li', { class: `finding ${LEVELS[finding.severity]}` },
    element('h3', {}, button), element('div', { class: 'more', id: `more-${finding.id}`, hidden: '' }));
  item.finding = finding;
  return item;
};

const toggle = (item) => {
  const button = item.querySelector('.row');
  const more = item.querySelector('.more');
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  more.hidden = !open;
  more.replaceChildren(...(open ? details(item.finding) : []));
};

const details = (finding) => {
  const { rule, file } = finding;
  const facts = [
    ['Lines', finding.endLine > finding.line ? `${finding.line} to ${finding.endLine}` : finding.line],
    ['Label', finding.label],
    ['Category', finding.category],
    ['Seen by', `${finding.source}, score ${finding.score.toFixed(2)}`],
    ['Fingerprint', element('code', {}, finding.fingerprint)],
  ].filter(([, value]) => value !== null);
  const copies = COPIES.map(({ text: name, make, key }) => {
    const text = make(finding);
    const sample = element('pre', {}, text === null ? 'not possible for this file' : text);
    return element('div', { class: 'copy', 'data-key': key },
      element('button', { type: 'button', 'aria-keyshortcuts': key, ...(text === null ? { disabled: '' } : {}),
        click: () => copy(finding, key) }, name, ' ', element('kbd', {}, key)), sample);
  });
  const input = element('input', { type: 'text', placeholder: 'why', maxlength: '200', input: () => {
    reason = input.value;
    for (const one of COPIES) {
      const made = one.make(finding);
      if (made !== null) {
        input.closest('.more').querySelector(`[data-key="${one.key}"] pre`).textContent = made;
      }
    }
  } });
  input.value = reason;
  return [
    ...[rule.why, rule.fix].filter(Boolean).map((text) => element('p', {}, text)),
    element('dl', {}, ...facts.flatMap(([name, value]) =>
      [element('dt', {}, name), element('dd', {}, value)])),
    ...(rule.references.length ? [element('p', {}, 'Read more: ', ...rule.references.flatMap((url, n) =>
      [n ? ', ' : '', element('a', { href: url, rel: 'noreferrer noopener' }, url)]))] : []),
    element('label', { class: 'reason' }, 'Meant to be there? Say why: ', input),
    element('div', { class: 'copies' }, ...copies),
    element('div', { class: 'only' },
      element('button', { type: 'button', click: () => only('path', file.shown) }, 'Only this file'),
      element('button', { type: 'button', click: () => only('rule', rule.id) }, 'Only this rule')),
  ];
};

const only = (name, value) => {
  if (name === 'path') byId('path').value = value;
  else {
    chosen[name] = new Set([value]);
    syncBoxes();
  }
  update();
  go(0);
};

// What is copied

/** The reason as it may stand in a comment: on one line, and without what would end the comment. */
const why = () => reason.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
  .replace(/\*\/|--+>?|<!|\?>/g, ' ').trim() || 'why';
const COPIES = [
  { key: 'c', text: 'Allow comment', make: ({ file, rule }) => {
    if (!file.comment) return null;
    const [open, separator, close] = file.comment;
    return `${open} leaksift: allow ${rule.id}${separator}${why()}${close && ` ${close}`}`;
  } },
  { key: 'b', text: 'Baseline command', make: ({ file }) =>
    (file.argument === null ? null : `leaksift baseline update ${file.argument}`) },
  { key: 'a', text: 'Allow entry', make: ({ file, rule }) => (file.pattern === null ? null
    : `[[allow]]\npath = ${JSON.stringify(file.pattern)}\nrule = ${JSON.stringify(rule.id)}\n`
      + `reason = ${JSON.stringify(why())}`) },
];

const copy = async (finding, key) => {
  const one = COPIES.find((entry) => entry.key === key);
  const text = one.make(finding);
  if (text === null) {
    toast(`${one.text}: not possible for this file`);
    return;
  }
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No leave to, or no such thing for a page of a file: what browsers did before.
    const before = document.activeElement;
    const area = element('textarea', { 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (before) before.focus();
    if (!done) {
      toast('This browser does not let the page copy: select the text');
      return;
    }
  }
  toast(`Copied: ${text.split('\n')[0]}`);
};

let fading = 0;
const toast = (text) => {
  byId('toast').textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { byId('toast').textContent = ''; }, 4000);
};

// Keys

const go = (index) => {
  if (shown.length === 0) return;
  const to = Math.max(0, Math.min(index, shown.length - 1));
  if (to >= drawn) drawMore(to + CHUNK);
  const button = list.children[to].querySelector('.row');
  button.focus({ preventScroll: true });
  button.scrollIntoView({ block: 'nearest' });
  current = to;
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const { target, key } = event;
  const typing = target.matches('input:not([type="checkbox"]), select, textarea');
  if (typing || byId('help').open) {
    if (key === 'Escape' && typing) {
      target.blur();
      go(Math.max(current, 0));
    }
    return;
  }
  if (!byId('keys').checked) return;
  const actions = {
    j: () => go(current + 1), k: () => go(current - 1), '/': () => byId('text').focus(),
    '?': () => byId('help').showModal(),
    ...Object.fromEntries(COPIES.map((one) =>
      [one.key, () => (shown[current] ? copy(shown[current], one.key) : toast('Choose a finding first: j'))])),
  };
  if (!Object.hasOwn(actions, key)) return;
  event.preventDefault();
  actions[key]();
});

// What stands there from the start

const remember = (name, value) => {
  try { // A page of a file may have no storage.
    if (value === undefined) return localStorage.getItem(`leaksift-${name}`);
    localStorage.setItem(`leaksift-${name}`, value);
  } catch { /* forgotten with the page */ }
  return null;
};

const THEMES = ['system', 'light', 'dark'];
const setTheme = (theme) => {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
  byId('theme').textContent = `Theme: ${theme}`;
  byId('theme').value = theme;
};

const counters = [];
const boxes = [];
const syncBoxes = () => boxes.forEach(([name, value, box]) => { box.checked = chosen[name].has(value); });
const choose = (name, value, on) => {
  chosen[name][on ? 'add' : 'delete'](value);
  update();
};

const drawHead = () => {
  const failing = findings.filter((finding) => finding.severity >= data.failOn);
  const files = new Set(failing.map((finding) => finding.file)).size;
  const unread = data.skipped.some(([, , , isFailure]) => isFailure);
  byId('verdict').textContent = failing.length
    ? `${count(failing.length, 'thing')} that must not be shared, in ${count(files, 'file')}`
    : data.error !== null || unread ? 'Not everything was scanned' : 'Nothing that must not be shared';
  byId('verdict').classList.toggle('good', !failing.length && data.error === null && !unread);
  byId('own-message').textContent = data.message;
  byId('own-message').hidden = !(data.message && failing.length);
  byId('made').textContent = [`version ${data.version}`, data.made].filter(Boolean).join(' \u00b7 ');
  const banner = (text, kind = '') => byId('banners').append(element('p', { class: `banner ${kind}` }, text));
  if (data.error !== null) banner(`The scan broke off: ${data.error}. What is here is not all.`, 'error');
  data.notices.forEach((notice) => banner(notice));
  if (data.stale.length) {
    banner(`Baseline entries that match nothing any more: ${data.stale.join(', ')}. `
      + 'leaksift baseline update removes them.');
  }
  for (const level of [3, 2, 1]) {
    const total = element('b');
    const button = element('button', { type: 'button', class: LEVELS[level], 'aria-pressed': 'false', click: () => {
      const on = !chosen.severity.has(level);
      button.setAttribute('aria-pressed', String(on));
      choose('severity', level, on);
    } }, total, element('span', {}, LEVELS[level]));
    counters.push(['severity', level, total, button]);
    byId('severities').append(button);
  }
  const { summary } = data;
  const size = summary.bytes < 1e6 ? `${number(Math.round(summary.bytes / 100) / 10)} kB`
    : `${number(Math.round(summary.bytes / 1e5) / 10)} MB`;
  const allowed = summary.allowed.map(([name, n]) => `${number(n)} ${name}`).join(', ');
  byId('scanned').textContent = `Scanned ${count(summary.files, 'file')}, ${count(summary.lines, 'line')}, ${size}`
    + `${allowed && `; let be: ${allowed}`}.`;
};

const drawSkipped = () => {
  const box = byId('skipped');
  if (data.skipped.length === 0) return;
  const reasons = new Map();
  for (const [, name] of data.skipped) reasons.set(name, (reasons.get(name) || 0) + 1);
  const told = [...reasons].sort().map(([name, n]) => `${number(n)} ${name}`).join(', ');
  box.hidden = false;
  box.querySelector('summary').textContent = `Not scanned: ${count(data.skipped.length, 'file')} (${told})`;
  // What makes the scan fail is named first, and at once.
  const ordered = [...data.skipped].sort((a, b) => b[3] - a[3]);
  box.open = ordered[0][3];
  box.querySelector('ul').append(...ordered.map(([path, name, detail, isFailure]) =>
    element('li', { class: isFailure ? 'failure' : '' }, `${path} (${name}${detail && `: ${detail}`})`)));
};

const drawFacets = () => {
  for (const { name, title, of } of FACETS) {
    const totals = new Map();
    for (const finding of findings) totals.set(of(finding), (totals.get(of(finding)) || 0) + 1);
    if (![...totals.keys()].some((value) => value !== null)) continue;
    const rows = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => {
      const box = element('input', { type: 'checkbox', change: () => choose(name, value, box.checked) });
      const output = element('output');
      const line = element('label', {}, box, element('span', {}, value === null ? '(none)' : value), output);
      counters.push([name, value, output, line]);
      boxes.push([name, value, box]);
      return line;
    });
    byId('facets').append(element('fieldset', {}, element('legend', {}, title), element('div', {}, ...rows)));
  }
};

byId('theme').addEventListener('click', () => {
  const next = THEMES[(THEMES.indexOf(byId('theme').value) + 1) % THEMES.length];
  setTheme(next);
  remember('theme', next);
});
byId('help-button').addEventListener('click', () => byId('help').showModal());
byId('keys').checked = remember('keys') !== 'off';
byId('keys').addEventListener('change', () => remember('keys', byId('keys').checked ? 'on' : 'off'));
byId('text').addEventListener('input', update);
byId('path').addEventListener('input', update);
byId('sort').addEventListener('change', update);
byId('more').addEventListener('click', () => {
  const next = drawn;
  drawMore();
  go(next);
});
byId('clear').addEventListener('click', () => {
  byId('text').value = byId('path').value = '';
  Object.values(chosen).forEach((set) => set.clear());
  syncBoxes();
  byId('severities').querySelectorAll('button').forEach((one) => one.setAttribute('aria-pressed', 'false'));
  update();
  byId('text').focus();
});
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting) && drawn < shown.length) drawMore();
}, { rootMargin: '600px' }).observe(byId('more'));
addEventListener('beforeprint', () => {
  drawMore(shown.length);
  if (data.skipped.length) byId('skipped').open = true;
});
if (matchMedia('(max-width: 56rem)').matches) byId('filters').open = false;

setTheme(THEMES.includes(remember('theme')) ? remember('theme') : 'system');
drawHead();
drawSkipped();
drawFacets();
update();
})();
