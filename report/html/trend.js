// Draws the charts of a trend with uPlot out of the figures in #data: values, the line through them, the band of noise
// and the changes, over the places in order. It computes nothing but where a figure stands.
const { groups } = JSON.parse(document.getElementById('data').textContent);

const per = x => (x > 0 && x < 1e-5 ? '<0.001' : String(plain(100 * x))) + ' %';
const units = {
  ns: [duration, durationTick],
  ratio: [per, per],
  per_second: [v => number(v) + '/s', numberTick],
};

class TrendChart {
  constructor(figure) {
    const [group, series] = figure.dataset.chart.split('-');
    this.figure = figure;
    this.group = groups[group];
    this.series = this.group.series[series];
    [this.value, this.tick] = units[this.series.unit] ?? [number, numberTick];
    this.plot = figure.querySelector('.plot');
    this.data = [this.group.names.map((_, i) => i), ...['low', 'high', 'line', 'value', 'loose'].map(c => this.series[c])];
    this.judged = this.series.line.some(v => v != null);
    this.details = figure.querySelector('details');
    this.details.addEventListener('toggle', () => this.tabulate());
    this.legend();
    this.draw();
    new ResizeObserver(() => this.u.setSize(this.size())).observe(this.plot);
  }

  size() { return { width: this.plot.clientWidth, height: this.plot.clientHeight }; }

  keys() {
    const all = [{ name: 'value', color: 'c1', dot: true }];
    if (this.series.loose.some(v => v != null)) all.push({ name: 'a bound, not judged', color: 'c6', dot: true });
    if (this.judged) all.push({ name: 'usual', color: 'c4' }, { name: 'noise', color: 'c4', block: true, faint: true });
    if (this.series.changes.some(c => c.worse)) all.push({ name: 'worse', color: 'bad', dash: true });
    if (this.series.changes.some(c => !c.worse)) all.push({ name: 'better', color: 'good', dash: true });
    return all;
  }

  legend() {
    this.figure.querySelector('.legend').replaceChildren(...this.keys().map(k => {
      const m = mark(k);
      if (k.faint) m.classList.add('faint');
      if (k.dot) {
        m.classList.add('dot');
        m.style.borderColor = 'var(--' + k.color + ')';
      }
      return element('span', 'key', m, k.name);
    }));
  }

  draw() {
    if (this.u) this.u.destroy();
    this.tip = element('div', 'tip');
    const look = { stroke: color('soft'), font: '12px system-ui, sans-serif', grid: { stroke: color('rule'), width: 1 }, ticks: { stroke: color('rule'), width: 1, size: 4 }, gap: 4 };
    const edge = { stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } };
    const dots = name => ({ stroke: color(name), width: 0, paths: () => null, points: { show: true, size: 6, fill: color(name), stroke: color(name) } });
    const last = this.data[0].length - 1;
    this.u = new uPlot({
      ...this.size(), legend: { show: false }, padding: [18, 24, 0, 0],
      series: [{}, edge, edge, { ...edge, stroke: color('c4'), width: 1.75 }, dots('c1'), { ...dots('c6'), points: { show: true, size: 6, fill: color('card'), stroke: color('c6') } }],
      bands: [{ series: [2, 1], fill: color('c4') + '26' }],
      axes: [
        { ...look, grid: { show: false }, size: 30, space: 72, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500], values: (u, s) => s.map(i => this.group.ticks[i] ?? '') },
        { ...look, size: 58, space: 34, values: (u, s) => s.map(this.tick) },
      ],
      scales: { x: { time: false, range: () => [-.5, last + .5] }, y: { range: (u, low, high) => this.range(low, high) } },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { drawClear: [u => this.ramps(u)], draw: [u => this.changes(u)], setCursor: [u => this.point(u)] },
    }, this.data, this.plot);
    this.u.over.append(this.tip);
    const canvas = this.u.ctx.canvas;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', this.described());
  }

  // range leaves some room around the figures, which do not begin at nothing: a change of a few per cent is to be seen.
  range(low, high) {
    if (low == null || high === 0) return [0, this.series.unit === 'ratio' ? .01 : 1];
    const room = Math.max((high - low) * .08, Math.abs(high) * .02);
    return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
  }

  // ramps shades where a level became another little by little.
  ramps(u) {
    for (const c of this.series.changes.filter(c => c.ramp)) {
      const a = u.valToPos(c.from, 'x', true), b = u.valToPos(c.to, 'x', true);
      u.ctx.fillStyle = color('shade');
      u.ctx.fillRect(a, u.bbox.top, b - a, u.bbox.height);
    }
  }

  // changes marks each with a line before the first value of the new level, and how much it is above the chart.
  changes(u) {
    const { left, top, width, height } = u.bbox, one = devicePixelRatio;
    let end = left;
    u.ctx.save();
    Object.assign(u.ctx, { font: '600 ' + 11 * one + 'px system-ui, sans-serif', textAlign: 'center', textBaseline: 'bottom', lineWidth: 1.5 * one });
    for (const c of this.series.changes) {
      const x = u.valToPos(c.ramp ? c.to : c.to - .5, 'x', true), half = u.ctx.measureText(c.change).width / 2;
      u.ctx.strokeStyle = u.ctx.fillStyle = color(c.worse ? 'bad' : 'good');
      u.ctx.setLineDash([4 * one, 3 * one]);
      u.ctx.beginPath();
      u.ctx.moveTo(x, top);
      u.ctx.lineTo(x, top + height);
      u.ctx.stroke();
      const at = Math.min(Math.max(x, left + half), left + width - half);
      if (at - half < end) continue; // its figure would stand on that of the one before; the tables have it
      u.ctx.fillText(c.change, at, top - 3 * one);
      end = at + half + 6 * one;
    }
    u.ctx.restore();
  }

  text(v) { return v == null ? '–' : this.value(v); }

  described() {
    const known = this.series.value.filter(v => v != null), changes = this.series.changes.map(c => c.change + ' at ' + this.group.names[c.to]);
    const [low, high] = known.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
    return this.series.name + ': ' + (known.length ? known.length + ' values from ' + this.text(low) + ' to ' + this.text(high) : 'no figures')
      + '; changes: ' + (changes.join(', ') || 'none') + '. The figures are in the table below.';
  }

  // rows are what is known of a place.
  rows(i) {
    const s = this.series, all = [['value', s.value[i] == null && s.loose[i] != null ? 'bound ' + this.text(s.loose[i]) : this.text(s.value[i])]];
    if (this.judged) all.push(['usual', this.text(s.line[i])], ['noise', s.low[i] == null ? '–' : this.text(s.low[i]) + ' – ' + this.text(s.high[i])]);
    return all.concat([['change', s.changes.find(c => c.to === i)?.change ?? '–']]);
  }

  // point tells the figures under the pointer.
  point(u) {
    const i = u.cursor.idx;
    this.tip.hidden = i == null || !u.over.matches(':hover');
    if (this.tip.hidden) return;
    this.tip.replaceChildren(element('b', '', this.group.names[i]), ...this.rows(i).map(r => row(...r)));
    const room = u.over.clientWidth, wide = this.tip.offsetWidth, at = u.cursor.left + 14;
    this.tip.style.left = Math.max(0, at + wide > room ? u.cursor.left - 14 - wide : at) + 'px';
  }

  // tabulate writes the figures as a table once somebody asks for it.
  tabulate() {
    if (!this.details.open) return;
    const head = element('tr', '', element('th', '', 'run'), ...this.rows(0).map(([name]) => element('th', '', name)));
    const rows = this.group.names.map((name, i) => element('tr', '', element('th', '', name), ...this.rows(i).map(([, text]) => element('td', '', text))));
    this.details.querySelector('.scroll').replaceChildren(element('table', '', element('thead', '', head), element('tbody', '', ...rows)));
  }
}

const drawn = [...document.querySelectorAll('figure[data-chart]')].map(f => new TrendChart(f));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawn.forEach(c => c.draw()));
theme();
document.documentElement.dataset.ready = Math.round(performance.now()); // ms since the page was asked for
