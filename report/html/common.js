'use strict';
// What the scripts of all pages share: figures as words, colours out of the style sheet, elements, and the choice of a
// theme. The script that stands behind it has its charts in drawn.

// Words.

const three = x => x < 9.995 ? x.toFixed(2) : x < 99.95 ? x.toFixed(1) : x.toFixed(0);
const plain = x => parseFloat(x.toPrecision(3));

function scaled(ns, digits) {
  if (ns === 0) return '0 s';
  if (ns < 1e3) return digits(ns, 1) + ' ns';
  if (ns < 999500) return digits(ns / 1e3, 1) + ' µs';
  return ns < 999.5e6 ? digits(ns / 1e6) + ' ms' : digits(ns / 1e9) + ' s';
}
const duration = ns => scaled(ns, (x, whole) => whole ? Math.round(x) : three(x));
const durationTick = ns => scaled(ns, plain);

const grouped = x => Math.round(x).toLocaleString('en-US');
const number = x => x < 100 ? String(plain(x)) : grouped(x);
const numberTick = x => x >= 1e6 ? plain(x / 1e6) + 'M' : x >= 1e4 ? plain(x / 1e3) + 'k' : String(plain(x));

// Colours, from the style sheet, so that there is one place for light and dark.

const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

function blend(front, back, part) { // opaque: areas of a stack lie over each other
  const channel = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  return 'rgb(' + [0, 1, 2].map(i => Math.round(part * channel(front, i) + (1 - part) * channel(back, i))) + ')';
}

// Axes and elements.

// steps lists round figures from low to high on a log scale, at most so many; within one power of ten on a linear one.
function steps(low, high, most) {
  for (const marks of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const list = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const m of marks) list.push(m * 10 ** e);
    const inside = list.filter(v => v >= low * .999 && v <= high * 1.001);
    if (inside.length <= most && inside.length > 2) return inside;
  }
  const rough = (high - low) / most, unit = 10 ** Math.floor(Math.log10(rough)), step = unit * [1, 2, 5, 10].find(m => m * unit >= rough);
  if (high / low > 10) return [1e3, 1e6, 1e9, 1e12].filter(v => v >= low && v <= high);
  const list = [];
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) list.push(v);
  return list;
}

function element(tag, name, ...children) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  e.append(...children);
  return e;
}

function row(...cells) { return element('div', '', ...cells.map(c => element('span', '', c))); }

// mark is a line's sign: as it is drawn, so that colour alone tells nothing apart.
function mark(line) {
  const m = element('i', line.block ? 'block' : line.dash ? 'dash' : line.thin ? 'thin' : '');
  m.style.borderTopColor = 'var(--' + line.color + ')';
  return m;
}

// theme lets the reader choose between light and dark; without a choice it is as the machine has it.
function theme() {
  const root = document.documentElement, names = ['auto', 'light', 'dark'];
  const buttons = names.map(name => {
    const b = element('button', '', name);
    b.type = 'button';
    b.setAttribute('aria-pressed', name === 'auto');
    b.addEventListener('click', () => {
      if (name === 'auto') delete root.dataset.theme;
      else root.dataset.theme = name;
      buttons.forEach(o => o.setAttribute('aria-pressed', o === b));
      drawn.forEach(c => c.draw());
    });
    return b;
  });
  const group = element('div', 'tools theme', ...buttons);
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'colours');
  document.querySelector('footer').prepend(group);
}
