// Shows the widgets of the page, once their libraries are there.

const SHOW = { figure: showFigure, table: showTable, explorer: showExplorer };
const LIBRARIES = { figure: ["plotly"], table: ["tables"], explorer: ["tables", "plotly"] };

const sinceOpened = () => `${Math.round(performance.now())} ms`;

async function start() {
  startTheme();
  const sections = Object.entries(await blobJson(document.getElementById("manifest").dataset.blob));
  const running = new Map();
  for (const name of ["tables", "plotly"]) {
    if (document.getElementById(`library-${name}`)) running.set(name, runLibrary(name));
  }
  for (const [id, section] of sections) {
    await Promise.all(LIBRARIES[section.kind].map((name) => running.get(name)));
    await SHOW[section.kind](id, section);
    document.getElementById(id).dataset.ready = sinceOpened();
  }
  document.documentElement.dataset.ready = sinceOpened();
}

start().catch((error) => {
  document.getElementById("failed").hidden = false;
  throw error;
});
