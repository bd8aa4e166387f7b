// The live chart: uPlot over the data that the page carries. Loaded by the island's glue, so only where a chart is.

/** Seconds of a span whose labels name seconds, and are wider for it. */
const SHORT = 900;

let library;

function uplot() {
  library ??= import(`${document.documentElement.dataset.assets}/js/vendor/uplot.js`).then((module) => module.default);
  return library;
}

/** A colour token as the canvas wants it. */
function colour(probe, token) {
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

function columns(data) {
  return [data.times.map((ms) => ms / 1000), ...data.series.map((series) => series.values)];
}

function drawMarks(figure, u, paint) {
  const { ctx, bbox } = u;
  const data = figure.chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = paint.shade;
  for (const shade of data.shades) {
    const from = u.valToPos(shade.from / 1000, "x", true);
    const to = u.valToPos(shade.to / 1000, "x", true);
    ctx.fillRect(from, bbox.top, Math.max(2, to - from), bbox.height);
  }
  if (data.limit !== null) {
    const y = u.valToPos(data.limit, "y", true);
    ctx.strokeStyle = paint.limit;
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.fillStyle = paint.mark;
  const size = 6 * devicePixelRatio;
  for (const mark of data.marks) {
    const x = u.valToPos(mark.at / 1000, "x", true);
    const y = bbox.top + bbox.height;
    ctx.beginPath();
    ctx.moveTo(x - size, y);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y - 1.7 * size);
    ctx.fill();
  }
  ctx.restore();
}

function options(figure, box, uPlot, probe) {
  const data = figure.chart;
  const axis = colour(probe, "--muted");
  const grid = { stroke: colour(probe, "--border"), width: 1 };
  const paint = { shade: colour(probe, "--p1-tint"), limit: colour(probe, "--p1"), mark: colour(probe, "--accent") };
  const tzDate = (seconds) => uPlot.tzDate(new Date(seconds * 1000), figure.dataset.zone);
  let number = 0;
  const lines = data.series.map((series) => {
    const token = series.past ? "--nodata" : `--series-${++number}`;
    return { label: series.name, stroke: colour(probe, token), width: 1.75, dash: series.past ? [4, 4] : undefined, spanGaps: false, points: { show: false } };
  });
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    tzDate,
    cursor: { sync: { key: "page" }, drag: { x: true, y: false, setScale: false } },
    legend: { show: false },
    scales: { y: { range: (u, low, high) => uPlot.rangeNum(data.from_zero ? 0 : low, Math.max(high, data.limit ?? high), { min: { pad: data.from_zero ? 0 : 0.1, soft: 0, mode: data.from_zero ? 1 : 0 }, max: { pad: 0.1, soft: 0, mode: 0 } }) } },
    series: [{}, ...lines],
    axes: [
      { stroke: axis, grid, ticks: grid, space: (u, axis, from, to) => (to - from < SHORT ? 72 : 50), values: (u, splits) => times(splits, tzDate) },
      { stroke: axis, grid, ticks: grid, size: 56, values: (u, values) => values.map((v) => compact(v, figure.dataset.locale)) },
    ],
    hooks: {
      drawClear: [(u) => drawMarks(figure, u, paint)],
      setSelect: [(u) => zoom(u, u.select.left, u.select.width)],
      setCursor: [(u) => tip(figure, u)],
    },
  };
}

function compact(value, locale) {
  return value === null ? "" : new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 }).format(value);
}

/** 24-hour labels, with seconds where minutes do not tell them apart; the date where a day begins. */
function times(splits, tzDate) {
  const two = (n) => String(n).padStart(2, "0");
  const close = splits.length > 1 && splits[1] - splits[0] < 60;
  return splits.map((seconds) => {
    const at = tzDate(seconds);
    if (close) return Number.isInteger(seconds) ? `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` : "";
    const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    return at.getHours() === 0 && at.getMinutes() === 0 ? day : `${two(at.getHours())}:${two(at.getMinutes())}`;
  });
}

/** What was drawn over becomes the span of the page; Back undoes it. */
function zoom(u, left, width) {
  if (width < 4) return;
  const at = (px) => new Date(Math.round(u.posToVal(px, "x") * 1000)).toISOString();
  const url = new URL(location.href);
  url.searchParams.set("from", at(left));
  url.searchParams.set("to", at(left + width));
  location.assign(url);
}

function tip(figure, u) {
  const { idx } = u.cursor;
  const box = figure.querySelector(".chart-tip");
  if (!box) return;
  if (idx === null || idx === undefined) {
    box.hidden = true;
    return;
  }
  const data = figure.chart;
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone: figure.dataset.zone, dateStyle: "short", timeStyle: "medium" });
  const rows = data.series.map((series) => {
    const value = series.values[idx];
    return `${series.name}  ${value === null ? "—" : `${compact(value, figure.dataset.locale)} ${data.unit}`}`;
  });
  const near = data.marks.filter((mark) => Math.abs(u.valToPos(mark.at / 1000, "x") - u.cursor.left) < 8).map((mark) => `▲ ${mark.label}`);
  box.textContent = [wall.format(new Date(data.times[idx])), ...rows, ...near].join("\n");
  box.hidden = false;
}

/** A press near a mark or within a shade goes there. */
function visit(figure, u, event) {
  if (u.select.width > 3) return;
  const x = event.clientX - u.over.getBoundingClientRect().left;
  const mark = figure.chart.marks.find((m) => Math.abs(u.valToPos(m.at / 1000, "x") - x) < 8);
  const shade = figure.chart.shades.find((s) => u.valToPos(s.from / 1000, "x") <= x && x <= u.valToPos(s.to / 1000, "x"));
  const there = mark ?? shade;
  if (there) location.assign(there.href);
}

/** Shift and arrows choose a span from the keyboard, Enter takes it. */
function keys(box, chart) {
  let from = null;
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight" && event.key !== "Enter") return;
    event.preventDefault();
    const u = chart();
    const width = u.over.clientWidth;
    if (event.key === "Enter") {
      if (from !== null) zoom(u, u.select.left, u.select.width);
      return;
    }
    const left = Math.max(0, Math.min(width, (u.cursor.left >= 0 ? u.cursor.left : width / 2) + (event.key === "ArrowLeft" ? -1 : 1) * (width / 60)));
    if (event.shiftKey) {
      from ??= u.cursor.left >= 0 ? u.cursor.left : width / 2;
      u.setSelect({ left: Math.min(from, left), width: Math.abs(left - from), top: 0, height: u.over.clientHeight }, false);
    } else {
      from = null;
      u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    }
    u.setCursor({ left, top: u.over.clientHeight / 2 });
  });
}

/** Where there is a drawing, there is a picture of it to save. */
function offer(figure, canvas, paint) {
  const button = figure.querySelector("[data-png]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { save } = await import(`${document.documentElement.dataset.assets}/js/png.js`);
    await save(figure, canvas(), paint);
  });
}

async function start(figure) {
  const box = figure.querySelector(".chart-box");
  figure.chart = JSON.parse(figure.dataset.chart);
  if (!box) return;
  let plot;
  let begun = false;
  const begin = async () => {
    // What has nothing yet may have something soon.
    if (begun || figure.chart.times.length === 0) return;
    begun = true;
    plot = draw(figure, box, await uplot());
  };
  figure.addEventListener("chart-data", (event) => {
    figure.chart = JSON.parse(event.detail);
    if (plot) plot().setData(columns(figure.chart));
    else begin();
  });
  await begin();
}

/** Puts uPlot into its place; gives what tells the present plot, which a change of colours builds anew. */
function draw(figure, box, uPlot) {
  box.dataset.mounted = "";
  const probe = document.createElement("span");
  probe.hidden = true;
  const label = document.createElement("output");
  label.className = "chart-tip";
  label.hidden = true;
  box.append(probe, label);
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", figure.querySelector(".chart-summary")?.textContent ?? "");
  let u;
  const build = () => {
    u?.destroy();
    u = new uPlot(options(figure, box, uPlot, probe), columns(figure.chart), box);
    u.over.addEventListener("click", (event) => visit(figure, u, event));
  };
  build();
  keys(box, () => u);
  offer(figure, () => u.ctx.canvas, (token) => colour(probe, token));
  new ResizeObserver(() => u.setSize({ width: box.clientWidth, height: box.clientHeight })).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  return () => u;
}

/** Mounts the chart with this id. */
export function mount(id) {
  const figure = document.getElementById(id);
  if (figure && !figure.chart) start(figure);
}
