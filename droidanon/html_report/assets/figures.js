// Figures: plotly draws them, the theme gives them colours and fonts.

const NARROW_WIDTH = 560;

// The layout of a figure in the theme; with little room, the parts in `meta.narrow` replace those of the layout.
function themedLayout(given, width) {
  const layout = width < NARROW_WIDTH ? { ...given, ...given.meta?.narrow } : given;
  const ink = "--ink";
  const axis = {
    gridcolor: "--line", linecolor: "--line", zerolinecolor: "--line-strong", tickfont: { color: "--muted" },
    title: { font: { color: "--muted", size: 13 } }, automargin: true,
  };
  const font = { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink };
  const base = {
    font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 8, r: 8, t: 8, b: 8 },
    hoverlabel: { bgcolor: "--raised", bordercolor: "--line-strong", font: { ...font, color: ink }, align: "left" },
    legend: { font: { color: ink }, orientation: "h" },
    colorway: ["--accent", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"],
  };
  const merged = { ...base, ...layout, margin: { ...base.margin, ...layout.margin } };
  for (const key of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(key)) merged[key] = { ...axis, ...layout[key], tickfont: { ...axis.tickfont, ...layout[key].tickfont }, title: { ...axis.title, ...layout[key].title } };
  }
  for (const key of ["xaxis", "yaxis"]) merged[key] ??= axis;
  return inTheme(merged);
}

const PRINTED_WIDTH = 680;
const FIGURE_CONFIG = { displayModeBar: false, responsive: false };

// A function that draws a figure. It is called again if the theme, the width or the medium changes.
function drawer(element, figure) {
  const draw = () => {
    const { data, layout } = figure();
    const width = printing.matches ? Math.min(element.clientWidth, PRINTED_WIDTH) : element.clientWidth;
    return Plotly.react(element, inTheme(data).map(tinted), { ...themedLayout(layout, width), width }, FIGURE_CONFIG);
  };
  themeListeners.push(draw);
  printing.addEventListener("change", draw);
  let shown = element.clientWidth;
  new ResizeObserver(() => {
    if (element.clientWidth === shown) return;
    shown = element.clientWidth;
    draw();
  }).observe(element);
  return draw;
}

async function showFigure(id, section) {
  const figure = await blobJson(section.figure);
  await drawer(document.getElementById(`${id}-figure`), () => figure)();
}
