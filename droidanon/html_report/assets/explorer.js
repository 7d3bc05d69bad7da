// The explorer: the open part as a treemap or an icicle, the path to it, and a table of its parts.

const followers = [];

const KINDS = {
  treemap: { tiling: { packing: "squarify", pad: 2 }, marker: { pad: { t: 22, l: 3, r: 3, b: 3 } } },
  icicle: { tiling: { orientation: "h", pad: 1 }, marker: {} },
};

// Runs something once the browser has shown what is there now.
const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work));

// A text that is a button if there is something to open.
function opener(label, open) {
  const element = document.createElement(open ? "button" : "span");
  if (open) {
    element.type = "button";
    element.className = "opener";
    element.addEventListener("click", open);
  }
  element.append(textNode(label));
  return element;
}

// A percentage with a bar behind it.
function shareNode(value) {
  const cell = document.createElement("span");
  cell.className = "share";
  cell.textContent = formatted("percent", value);
  if (value !== null) cell.style.setProperty("--share", `${Math.max(0, Math.min(100, value))}%`);
  return cell;
}

class PartsExplorer {
  constructor(id, section, tree, counters, vmas) {
    Object.assign(this, { id, section, tree, counters, vmas, kind: "treemap", counter: counters[0] });
    this.colours = new TileColours(tree, section.colours, this.counter);
    this.open = tree.branching(tree.root());
    this.figure = this.element("figure");
  }

  element(name) {
    return document.getElementById(`${this.id}-${name}`);
  }

  label(part) {
    return part.level < 0 ? this.section.whole : this.tree.label(part);
  }

  plot() {
    this.tiles = new Tiles(this.tree, this.counter, this.colours, this.open, this.label(this.open));
    const { ids, labels, parents, values, customdata, colors } = this.tiles;
    const { tiling, marker } = KINDS[this.kind];
    const trace = {
      type: this.kind, ids, labels, parents, values, customdata, tiling,
      branchvalues: "total", sort: false, pathbar: { visible: false },
      texttemplate: "%{label}<br>%{customdata[0]} kB, %{customdata[1]}",
      hovertemplate: "%{customdata[3]}<br>%{customdata[0]} kB<br>" +
        "%{customdata[1]} of the open part, %{customdata[2]} of all<extra></extra>",
      marker: { colors, line: { color: "--paper", width: 1 }, ...marker },
      textfont: { color: "--ink", size: 12 },
    };
    const height = this.figure.clientWidth < 600 ? 420 : 520;
    return { data: [trace], layout: { height, margin: { l: 0, r: 0, t: 0, b: 0 } } };
  }

  // Columns of the parts that are in the open one.
  columns() {
    const parts = this.tree.children(this.open);
    const level = this.tree.levels[Math.min(this.open.level + 1, this.tree.levels.length - 1)];
    const shown = parts.length ? parts : [this.open];
    this.rows = shown;
    const sums = (column) => shown.map((part) => this.tree.sum(column, part));
    const numbers = (key, title, kind, values) =>
      new PageColumn({ key, title, kind }, Float64Array.from(values, (value) => value ?? 0), null, Uint8Array.from(values, (value) => (value === null ? 1 : 0)));
    const kb = sums(this.counter);
    const share = (of) => kb.map((value) => (value === null || !of ? null : (100 * value) / of));
    return [
      new PageColumn({ ...level, key: "part" }, Int32Array.from(shown, ({ from }) => level.values[from]), level.texts),
      numbers("kb", `${this.counter.title} (kB)`, "kb", kb),
      numbers("share", "of this part", "percent", share(this.tree.sum(this.counter, this.open))),
      numbers("all", "of all", "percent", share(this.tree.sum(this.counter, this.tree.root()))),
      numbers("vmas", "VMAs", "count", sums(this.vmas)),
    ];
  }

  // Opens a part.
  show(part) {
    this.open = this.tree.branching(part);
    this.update();
    afterPaint(() => {
      const label = this.trail().map((one) => this.label(one)).join(" › ");
      for (const follow of followers) follow(this.open, label);
    });
  }

  async choose(counter) {
    this.counter = await counter.load();
    this.update();
  }

  update() {
    this.draw();
    this.showPath();
    this.showLegend();
    this.table.show(this.columns());
  }

  // The parts that contain the open one, and itself.
  trail() {
    return this.tree.pathTo(this.open);
  }

  showPath() {
    const parts = [this.tree.root(), ...this.trail()];
    const here = parts.length - 1;
    const crumbs = parts.map((part, place) => opener(shortLabel(this.label(part)), place < here && (() => this.show(part))));
    crumbs[here].setAttribute("aria-current", "location");
    this.element("path").replaceChildren(...crumbs);
    const kb = this.tree.sum(this.counter, this.open);
    const whole = this.tree.sum(this.counter, this.tree.root());
    const share = here && kb !== null ? `, ${percent(kb, whole)} of all` : "";
    this.element("total").textContent = `${formatted("kb", kb)} kB ${this.counter.title}${share}`;
  }

  showLegend() {
    const words = new Map();
    for (const part of this.tiles.parts.values()) {
      const word = this.colours.word(part);
      if (word !== null) words.set(word, this.colours.of(part));
    }
    this.element("legend").replaceChildren(...[...words].map(([word, colour]) => {
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = `var(${colour})`;
      const item = document.createElement("li");
      item.append(swatch, word);
      return item;
    }));
  }

  start() {
    this.draw = drawer(this.figure, () => this.plot());
    const drawn = this.draw();
    this.table = new PartsTable(this);
    this.showPath();
    this.showLegend();
    this.startChoices();
    const clicked = ({ points: [{ id }] }) => {
      const part = this.tiles.parts.get(id);
      if (part) this.show(part);
      return false; // plotly would zoom into the tile by itself
    };
    for (const kind of Object.keys(KINDS)) this.figure.on(`plotly_${kind}click`, clicked);
    return drawn;
  }

  startChoices() {
    const select = this.element("counter");
    select.append(...this.counters.map(({ key, title }) => new Option(title, key)));
    select.addEventListener("change", () => this.choose(this.counters[select.selectedIndex]));
    const buttons = [...document.querySelectorAll(`#${this.id} [data-figure]`)];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        this.kind = button.dataset.figure;
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
        this.draw();
      });
    }
  }
}

// The table of the parts: its rows open them.
class PartsTable {
  constructor(explorer) {
    this.explorer = explorer;
    this.data = new TableRows(explorer.columns());
    const open = (row, label) => {
      const part = explorer.rows[row];
      return opener(label, part !== explorer.open && (() => explorer.show(part)));
    };
    this.table = tableOf(explorer.element("table"), this.data, {
      sort: "kb", descending: true, shown: 10, changing: true, cells: { part: open, share: (_row, value) => shareNode(value) },
    });
  }

  show(columns) {
    this.data.replace(columns);
    columns.forEach(({ title }, place) => this.table.column(place).title(title));
    this.table.search("").ajax.reload();
  }
}

async function showExplorer(id, section) {
  const levels = await Promise.all(section.levels.map((described) => PageColumn.stored(described).load()));
  const counters = section.counters.map((described) => PageColumn.stored(described));
  const [vmas] = await Promise.all([PageColumn.stored(section.vmas).load(), counters[0].load()]);
  await new PartsExplorer(id, section, new Tree(levels), counters, vmas).start();
}
