// Shows the widgets of the page, once their libraries are there.

const SHOW = { figure: showFigure, table: showTable };
const LIBRARY = { figure: "plotly", table: "tables" };

async function start() {
  startTheme();
  const sections = Object.entries(await blobJson(document.getElementById("manifest").dataset.blob));
  const libraries = new Map();
  for (const name of ["tables", "plotly"]) {
    if (document.getElementById(`library-${name}`)) libraries.set(name, runLibrary(name));
  }
  await Promise.all(sections.map(async ([id, section]) => {
    await libraries.get(LIBRARY[section.kind]);
    await SHOW[section.kind](id, section);
  }));
  document.documentElement.dataset.ready = "yes";
}

start();
