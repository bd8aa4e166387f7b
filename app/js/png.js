// A chart as a picture to send or to paste: its title, sentence, drawing, legend, span and zone. Loaded when asked for.

const PAD = 16;
const FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei UI', 'Noto Sans CJK SC', sans-serif";

/** A text in lines that fit a width; Chinese breaks anywhere. */
function lines(ctx, text, width) {
  const out = [""];
  for (const part of text.split(/(?<=\s)|(?<=[\u2e80-\uffef])/u)) {
    const longer = out[out.length - 1] + part;
    if (ctx.measureText(longer.trimEnd()).width <= width || out[out.length - 1] === "") out[out.length - 1] = longer;
    else out.push(part);
  }
  return out.map((line) => line.trimEnd());
}

/** The first and last moment in the zone of the page, and the zone. */
export function span(figure) {
  const { times } = figure.chart;
  const zone = figure.dataset.zone;
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const offset = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" });
  const name = offset.formatToParts(new Date(times[0])).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
  const place = zone === "UTC" ? "UTC" : `${name} ${zone}`;
  return `${wall.format(new Date(times[0]))} – ${wall.format(new Date(times[times.length - 1]))} (${place})`;
}

/** Draws the whole on a canvas of its own. */
function picture(figure, source, colour) {
  const ratio = source.width / source.clientWidth;
  const width = source.clientWidth + 2 * PAD;
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  ctx.font = `12px ${FONT}`;
  const summary = lines(ctx, figure.querySelector(".chart-summary")?.textContent ?? "", width - 2 * PAD);
  const legend = [...figure.querySelectorAll(".chart-legend li")].map((item) => ({ text: item.textContent, word: item.dataset.series, dash: "dash" in item.dataset }));
  const rows = [[]];
  let x = 0;
  for (const item of legend) {
    item.width = 22 + ctx.measureText(item.text).width + 16;
    if (x > 0 && x + item.width > width - 2 * PAD) {
      rows.push([]);
      x = 0;
    }
    item.x = x;
    x += item.width;
    rows[rows.length - 1].push(item);
  }
  const top = PAD + 22 + summary.length * 18 + 6;
  const below = top + source.clientHeight + 8;
  const height = below + rows.length * 20 + 20 + PAD;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  ctx.scale(ratio, ratio);
  ctx.fillStyle = colour("--surface");
  ctx.fillRect(0, 0, width, height);
  ctx.textBaseline = "top";
  const unit = figure.querySelector(".chart-unit")?.textContent ?? "";
  const title = figure.querySelector(".chart-title").firstChild.textContent;
  ctx.fillStyle = colour("--text");
  ctx.font = `600 14px ${FONT}`;
  ctx.fillText(title, PAD, PAD);
  const after = PAD + ctx.measureText(title).width + 12;
  ctx.fillStyle = colour("--muted");
  ctx.font = `12px ${FONT}`;
  ctx.fillText(unit, after, PAD + 2);
  summary.forEach((line, i) => ctx.fillText(line, PAD, PAD + 22 + i * 18));
  ctx.drawImage(source, PAD, top, source.clientWidth, source.clientHeight);
  rows.forEach((row, i) => {
    const y = below + i * 20;
    for (const item of row) {
      ctx.strokeStyle = colour(item.word === "past" ? "--nodata" : `--series-${item.word}`);
      ctx.lineWidth = 3;
      ctx.setLineDash(item.dash ? [4, 3] : []);
      ctx.beginPath();
      ctx.moveTo(PAD + item.x, y + 7);
      ctx.lineTo(PAD + item.x + 15, y + 7);
      ctx.stroke();
      ctx.fillText(item.text, PAD + item.x + 22, y);
    }
  });
  ctx.fillText(span(figure), PAD, below + rows.length * 20 + 4);
  return canvas;
}

/** Saves the picture under a name made of the title and the first moment. */
export async function save(figure, source, colour) {
  const canvas = picture(figure, source, colour);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const link = document.createElement("a");
  const title = figure.querySelector(".chart-title").firstChild.textContent.trim().replace(/[\s/\\:*?"<>|]+/g, "-");
  link.href = URL.createObjectURL(blob);
  link.download = `${title}-${new Date(figure.chart.times[0]).toISOString().slice(0, 16).replace(/[:T]/g, "-")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
