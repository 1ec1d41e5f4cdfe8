// Draws the page's charts with uPlot out of the figures in #data. It computes nothing but where a figure stands: what
// is drawn was measured and added up before the page was made. With one run a chart shows several figures; with
// several runs it shows one figure, which the reader picks, of each.
const { runs } = JSON.parse(document.getElementById('data').textContent);
const several = runs.length > 1;
const tints = 8; // --c1 to --c8

// Words.

function clock(s) {
  if (s < 120) return +s.toFixed(3) + ' s';
  const two = x => (x < 10 ? '0' : '') + x;
  const minutes = Math.floor(s / 60), hours = Math.floor(minutes / 60), rest = two(+(s - 60 * minutes).toFixed(3));
  return (hours ? hours + ':' + two(minutes % 60) : minutes) + ':' + rest;
}

// The spectrum's axis is 1/(1-q): each power of ten is one more nine.
const percentile = x => x <= 1 ? '0 %' : +(100 - 100 / x).toFixed(Math.max(0, Math.ceil(Math.log10(x)) - 1)) + ' %';

const ofClass = { 0: ['c6'], 2: ['c4', 'c1', 'c7'], 3: ['c7', 'c8'], 4: ['c2', 'c8', 'c3'], 5: ['c5', 'c3', 'c6'] };

const levels = ['c1', 'c2', 'c4', 'c5', 'c7', 'c8', 'c6']; // of the percentiles; c3 is the greatest

// What each chart shows of a run: lines, each with a name, the figures and how it is drawn.

const charts = {
  latency: {
    title: 'Latency over time', log: true, value: duration, tick: durationTick, pick: 'p99',
    lines: r => r.percentiles.map((p, i) => ({ name: p.name, of: p.of, color: levels[i % levels.length] }))
      .concat({ name: 'max', of: r.max, color: 'c3', thin: true }),
  },
  spectrum: {
    title: 'Percentile spectrum', log: true, value: duration, tick: durationTick, spectrum: true,
    lines: r => r.spectrum.map((s, i) => ({ name: s.name, of: s.ns, at: s.at, color: ['c1', 'c4', 'c5'][i], dash: i === 1 && [6, 4] })),
  },
  throughput: {
    title: 'Throughput', pick: 'achieved', unit: '/s', value: number, tick: numberTick,
    lines: r => (r.goodput ? [{ name: 'goodput', of: r.goodput, color: 'c4' }] : [])
      .concat({ name: 'achieved', of: r.achieved, color: 'c1', area: true })
      .concat(r.offered ? { name: 'offered', of: r.offered, color: 'c6', dash: [6, 4] } : []),
  },
  errors: {
    title: 'Errors and timeouts', whole: true, stack: true, value: grouped, tick: numberTick,
    lines: r => [{ name: 'failed', of: r.failed, color: 'c5' }, { name: 'timed out', of: r.timed_out, color: 'c2' }]
      .concat(r.aborted ? { name: 'aborted', of: r.aborted, color: 'c6' } : []),
  },
  status: {
    title: 'Status codes over time', whole: true, stack: true, value: grouped, tick: numberTick,
    lines: r => {
      const seen = {};
      return r.status.map(s => {
        const own = ofClass[Math.floor(s.code / 100)] || ofClass[0], i = seen[own[0]] = (seen[own[0]] ?? -1) + 1;
        return { name: s.code ? String(s.code) : 'other', of: s.count, color: own[i % own.length] };
      });
    },
  },
  flight: {
    title: 'In flight', whole: true, atEnd: true, value: grouped, tick: numberTick,
    lines: r => [{ name: 'in flight', of: r.in_flight, color: 'c7', area: true }]
      .concat(Math.max(...r.in_flight) * 3 < r.concurrency ? [] : { name: 'bound', of: r.in_flight.map(() => r.concurrency), color: 'c6', dash: [6, 4] }),
  },
  lag: {
    title: 'Timer lag: how late this tool was', log: true, value: duration, tick: durationTick,
    lines: r => r.timer_lag ? [{ name: 'timer lag p99', of: r.timer_lag, color: 'c3' }] : [],
  },
};

// Axes.

function nines(low, high) {
  const list = [];
  for (let x = 1; x <= high * 1.01; x *= 10) if (x >= low * .99) list.push(x);
  return list;
}

const wholes = [...Array(16).keys()].flatMap(e => [1, 2, 5].map(m => m * 10 ** e));
const seconds = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

function axes(spec, log) {
  const look = () => ({ stroke: color('soft'), font: '12px system-ui, sans-serif', grid: { stroke: color('rule'), width: 1 }, ticks: { stroke: color('rule'), width: 1, size: 4 }, gap: 4 });
  const x = spec.spectrum
    ? { size: 30, splits: (u, i, low, high) => nines(low, high), filter: (u, s) => s, values: (u, s) => s.map(percentile) }
    : { size: 30, incrs: seconds, space: 64, values: (u, s) => s.map(clock) };
  const y = { size: 58, space: 34, values: (u, s) => s.map(spec.tick) };
  if (spec.whole) y.incrs = wholes;
  if (log) {
    y.splits = (u, i, low, high) => steps(low, high, Math.max(3, u.bbox.height / devicePixelRatio / 30));
    y.filter = (u, s) => s;
  }
  return [{ ...look(), ...x }, { ...look(), ...y }];
}

// range leaves some room around the figures; figures that begin at nothing are drawn from nothing. A threshold that is
// near the figures is in sight; one far off would press them flat.
function range(log, limits) {
  return (u, low, high) => {
    if (low == null) return log ? [1e5, 1e8] : [0, 1];
    for (const { at } of limits) {
      if (at > high && at <= high * (log ? 10 : 1.6)) high = at;
      if (log && at < low && at >= low / 10) low = at;
    }
    if (log) return low === high ? [low / 2, high * 2] : [low / 1.25, high * 1.25];
    return [0, high > 0 ? high * 1.08 : 1];
  };
}

// One chart.

class Chart {
  constructor(figure) {
    this.spec = charts[figure.dataset.chart];
    this.figure = figure;
    this.plot = figure.querySelector('.plot');
    this.hidden = new Set();
    this.log = Boolean(this.spec.log);
    this.names = [...new Set(runs.flatMap(r => this.spec.lines(r).map(l => l.name)))];
    this.picked = this.names.includes(this.spec.pick) ? this.spec.pick : this.names[0];
    this.details = figure.querySelector('details');
    this.details.addEventListener('toggle', () => this.tabulate());
    this.pickers();
    this.tools();
    this.show();
    new ResizeObserver(() => this.u.setSize(this.size())).observe(this.plot);
  }

  size() { return { width: this.plot.clientWidth, height: this.plot.clientHeight }; }

  // gather collects the lines to show, on one axis.
  gather() {
    const tables = [];
    this.lines = [];
    runs.forEach((r, i) => {
      for (const line of this.spec.lines(r)) {
        if (several && line.name !== this.picked) continue;
        const own = several ? { name: r.name, color: 'c' + (i % tints + 1), run: i, thin: false, area: false, dash: false } : {};
        this.lines.push({ ...line, block: this.stacked(), ...own });
        tables.push(this.spec.spectrum ? [line.at, line.of] : this.closed(r, line.of));
      }
    });
    this.data = tables.length ? uPlot.join(tables) : [[0, 1]];
  }

  // closed ends a line where its last window ends.
  closed(r, of) {
    if (this.spec.atEnd && of.length) return [[r.start[0], ...r.end], [null, ...of]]; // what was so when a window ended
    const end = r.end[r.end.length - 1];
    return [r.start.concat(end > r.start[r.start.length - 1] ? end : []), of.concat(this.spec.stack ? of[of.length - 1] : null)];
  }

  stacked() { return this.spec.stack && !several; }

  // drawn is what uPlot draws: of a stack, each line on top of those before it, the tallest first.
  drawn() {
    const [x, ...columns] = this.data;
    if (this.log) return [x, ...columns.map(c => c.map(v => v > 0 ? v : v === undefined ? v : null))];
    if (!this.stacked()) return this.data;
    const sums = columns.map((c, k) => c.map((v, i) => columns.slice(0, k + 1).reduce((sum, d) => sum + (d[i] || 0), 0)));
    return [x, ...sums.reverse()];
  }

  series() {
    const few = this.data[0].length <= (this.spec.spectrum ? 3 : 30);
    const all = this.lines.map(l => ({
      label: l.name, stroke: color(l.color), width: this.stacked() ? 0 : l.thin ? 1 : 1.75, dash: l.dash || undefined,
      show: !this.hidden.has(l.run ?? l.name),
      fill: this.stacked() ? blend(color(l.color), color('card'), .8) : l.area ? color(l.color) + '1f' : undefined,
      paths: this.spec.stack ? uPlot.paths.stepped({ align: 1 }) : undefined,
      points: { show: !this.spec.stack, size: 5, fill: color(l.color), filter: (u, i) => few || this.spec.stack ? null : lonely(u.data[i]) },
    }));
    return [{}, ...(this.stacked() ? all.reverse() : all)];
  }

  show() {
    this.gather();
    this.legend();
    this.draw();
    this.tabulate();
  }

  draw() {
    if (this.u) this.u.destroy();
    this.tip = element('div', 'tip');
    const spec = this.spec, limits = this.limits();
    this.u = new uPlot({
      ...this.size(), legend: { show: false }, padding: [10, 24, 0, 0], series: this.series(), axes: axes(spec, this.log),
      scales: { x: { time: false, distr: spec.spectrum ? 3 : 1, range: (u, low, high) => low == null ? [0, 1] : [low, high > low ? high : low + 1] }, y: { distr: this.log ? 3 : 1, range: range(this.log, limits) } },
      cursor: {
        y: false, drag: { x: true, y: false }, sync: spec.spectrum ? undefined : { key: 'time' }, points: { size: 7 },
        dataIdx: (u, s, i, x) => this.spec.stack && i > 0 && u.data[0][i] > x ? i - 1 : i,
      },
      hooks: { drawClear: [u => this.shade(u)], draw: [u => this.limit(u, limits), u => this.empty(u)], setCursor: [u => this.point(u)] },
    }, this.drawn(), this.plot);
    this.u.over.append(this.tip);
    const canvas = this.u.ctx.canvas;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', this.described());
  }

  // described says in words what the picture shows.
  described() {
    const spans = this.lines.map((l, i) => {
      const known = this.data[i + 1].filter(v => v != null);
      const [low, high] = known.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
      return l.name + (known.length ? ' from ' + this.text(low) + ' to ' + this.text(high) : ' has no figures');
    });
    return this.spec.title + (several ? ', ' + this.picked : '') + ': ' + (spans.join('; ') || 'no figures') + '. The figures are in the table below.';
  }

  // limits are the thresholds that speak of what is shown; of several runs, each rule once.
  limits() {
    const shown = runs.flatMap(r => r.limits ?? []).filter(l => charts[l.chart] === this.spec && (!several || l.of === this.picked));
    return shown.filter((l, i) => shown.findIndex(o => o.rule === l.rule) === i);
  }

  // limit draws thresholds as lines, each with its rule; one that is out of sight is named at its edge.
  limit(u, limits) {
    const { left, top, width, height } = u.bbox, one = devicePixelRatio, taken = [];
    u.ctx.save();
    Object.assign(u.ctx, { font: 11 * one + 'px system-ui, sans-serif', textAlign: 'right', textBaseline: 'alphabetic', lineWidth: one });
    for (const l of limits) {
      const at = u.valToPos(l.at, 'y', true), y = Math.min(top + height, Math.max(top, at));
      const text = y === at ? l.rule : (at < top ? '↑ ' : '↓ ') + l.rule;
      u.ctx.strokeStyle = u.ctx.fillStyle = color(l.broken && !several ? 'bad' : 'soft');
      if (y === at) {
        u.ctx.setLineDash([2 * one, 3 * one]);
        u.ctx.beginPath();
        u.ctx.moveTo(left, y);
        u.ctx.lineTo(left + width, y);
        u.ctx.stroke();
      }
      let write = y - top < 16 * one ? y + 13 * one : y - 4 * one;
      while (taken.some(t => Math.abs(t - write) < 13 * one)) write += 13 * one;
      taken.push(write);
      u.ctx.setLineDash([]);
      const wide = u.ctx.measureText(text).width + 6 * one, ink = u.ctx.fillStyle;
      u.ctx.fillStyle = color('card');
      u.ctx.fillRect(left + width - wide - one, write - 10.5 * one, wide, 13 * one); // no curve goes through a rule
      u.ctx.fillStyle = ink;
      u.ctx.fillText(text, left + width - 4 * one, write);
    }
    u.ctx.restore();
  }

  // tools are what can be done with a chart: another scale, a picture of it.
  tools() {
    const scale = element('button', '', 'log'), png = element('button', '', 'PNG');
    scale.type = png.type = 'button';
    scale.title = 'logarithmic or linear scale';
    png.title = 'save this chart as a picture';
    scale.setAttribute('aria-pressed', this.log);
    scale.addEventListener('click', () => {
      this.log = !this.log;
      scale.setAttribute('aria-pressed', this.log);
      this.draw();
    });
    png.addEventListener('click', () => {
      const link = element('a', '');
      link.download = this.figure.dataset.chart + '.png';
      link.href = this.picture();
      link.click();
    });
    this.figure.querySelector('.tools').replaceChildren(...(this.spec.stack ? [] : [scale]), png);
  }

  // picture is the chart with its title and its legend, as an address that holds all of it.
  picture() {
    const drawn = this.u.ctx.canvas, one = devicePixelRatio, all = element('canvas', ''), c = all.getContext('2d');
    all.width = drawn.width;
    all.height = drawn.height + 58 * one;
    c.fillStyle = color('card');
    c.fillRect(0, 0, all.width, all.height);
    c.drawImage(drawn, 0, 30 * one);
    Object.assign(c, { fillStyle: color('ink'), font: '600 ' + 14 * one + 'px system-ui, sans-serif', textBaseline: 'middle' });
    c.fillText(this.spec.title + (several ? ', ' + this.picked : ''), 12 * one, 17 * one);
    c.font = 12 * one + 'px system-ui, sans-serif';
    let x = 12 * one;
    const y = all.height - 14 * one;
    for (const l of this.lines) {
      c.fillStyle = color(l.color);
      c.fillRect(x, y - 1.5 * one, 16 * one, 3 * one);
      c.fillStyle = color('ink');
      c.fillText(l.name, x + 22 * one, y);
      x += c.measureText(l.name).width + 40 * one;
    }
    return all.toDataURL('image/png');
  }

  text(v) { return v == null ? '–' : this.spec.value(v) + (this.spec.unit || ''); }

  // shade marks what is not measured: the warm-up, and what was still under way after the end.
  shade(u) {
    if (several || this.spec.spectrum || !runs[0].start.length) return;
    const r = runs[0], end = r.end[r.end.length - 1], { left, top, width, height } = u.bbox;
    for (const [name, from, to] of [['warm-up', 0, r.warmup], ['drain', r.drain ?? end, end]]) {
      const a = Math.max(left, u.valToPos(from, 'x', true)), b = Math.min(left + width, u.valToPos(to, 'x', true));
      if (b - a < 1) continue;
      u.ctx.fillStyle = color('shade');
      u.ctx.fillRect(a, top, b - a, height);
      u.ctx.font = 11 * devicePixelRatio + 'px system-ui, sans-serif';
      if (b - a < u.ctx.measureText(name).width * 1.2) continue;
      Object.assign(u.ctx, { fillStyle: color('soft'), textAlign: 'left', textBaseline: 'top' });
      u.ctx.fillText(name, a + 4 * devicePixelRatio, top + 3 * devicePixelRatio);
    }
  }

  // empty says that a chart has nothing to show, over its lines.
  empty(u) {
    if (this.data.slice(1).some(c => c.some(v => this.spec.whole ? v > 0 : v != null))) return;
    const { left, top, width, height } = u.bbox, x = left + width / 2, y = top + height / 2, size = 13 * devicePixelRatio;
    Object.assign(u.ctx, { fillStyle: color('card'), font: size + 'px system-ui, sans-serif', textAlign: 'center', textBaseline: 'middle' });
    u.ctx.fillRect(x - 3.5 * size, y - size, 7 * size, 2 * size);
    u.ctx.fillStyle = color('soft');
    u.ctx.fillText(this.spec.whole ? 'none' : 'no figures', x, y);
  }

  // point tells the figures under the pointer.
  point(u) {
    const i = u.cursor.idx;
    this.tip.hidden = i == null || !u.over.matches(':hover');
    if (this.tip.hidden) return;
    const rows = this.lines.map((l, k) => row(mark(l), l.name, this.text(this.data[k + 1][i])));
    this.tip.replaceChildren(element('b', '', this.place(i)), ...rows);
    const room = u.over.clientWidth, wide = this.tip.offsetWidth, at = u.cursor.left + 14;
    this.tip.style.left = Math.max(0, at + wide > room ? u.cursor.left - 14 - wide : at) + 'px';
  }

  // place names a point of the axis.
  place(i) {
    const x = this.data[0][i];
    if (this.spec.spectrum) return percentile(x);
    if (this.spec.atEnd) return clock(x);
    const end = several ? null : runs[0].end[i];
    return clock(x) + (end == null ? '' : ' – ' + clock(end));
  }

  legend() {
    const keys = this.lines.map(l => {
      if (this.stacked() || this.lines.length < 2) return element('span', 'key', mark(l), l.name);
      const key = element('button', 'key', mark(l), l.name), id = l.run ?? l.name;
      key.type = 'button';
      key.setAttribute('aria-pressed', !this.hidden.has(id));
      key.addEventListener('click', () => {
        if (!this.hidden.delete(id)) this.hidden.add(id);
        key.setAttribute('aria-pressed', !this.hidden.has(id));
        this.draw();
      });
      return key;
    });
    this.figure.querySelector('.legend').replaceChildren(...keys);
  }

  // pickers let the reader choose which figure of the runs is compared.
  pickers() {
    if (!several || this.names.length < 2) return;
    const buttons = this.names.map(name => {
      const b = element('button', '', name);
      b.type = 'button';
      b.addEventListener('click', () => {
        this.picked = name;
        buttons.forEach(o => o.setAttribute('aria-pressed', o === b));
        this.show();
      });
      b.setAttribute('aria-pressed', name === this.picked);
      return b;
    });
    this.figure.querySelector('.picks').replaceChildren(...buttons);
  }

  // tabulate writes the figures as a table once somebody asks for it: a long run has many.
  tabulate() {
    if (!this.details.open) return;
    const head = element('tr', '', element('th', '', this.spec.spectrum ? 'percentile' : 'time'), ...this.lines.map(l => element('th', '', l.name)));
    const rows = this.data[0].map((x, i) => this.data.slice(1).every(c => c[i] == null) || this.stacked() && i >= runs[0].end.length ? null
      : element('tr', '', element('th', '', this.place(i)), ...this.data.slice(1).map(c => element('td', '', this.text(c[i])))));
    const table = element('table', '', element('thead', '', head), element('tbody', '', ...rows.filter(r => r)));
    this.details.querySelector('.scroll').replaceChildren(table);
  }
}

// lonely lists the points that no line reaches, since those beside them are missing (null); a line passes over what
// only other runs have (undefined).
function lonely(c) {
  const own = [...c.keys()].filter(i => c[i] !== undefined);
  return own.filter((i, k) => c[i] !== null && c[own[k - 1]] == null && c[own[k + 1]] == null);
}

const drawn = [...document.querySelectorAll('figure[data-chart]')].map(f => new Chart(f));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawn.forEach(c => c.draw()));
theme();
document.documentElement.dataset.ready = Math.round(performance.now()); // ms since the page was asked for
