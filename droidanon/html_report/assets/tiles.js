// The tiles of a part for plotly: its largest children, and theirs. What is too small to see is one tile.

const MOST_CHILDREN = 30;
const MOST_GRANDCHILDREN = 24;
const MOST_TILES = 240;
const LEAST_SHARE = 0.004;
const LAST_COLOUR = 8;
const PLAIN = "--tile-0";

const plotlyText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const shortLabel = (text) => (text.length > 60 ? `${text.slice(0, 28)}…${text.slice(-30)}` : text);
const wrapped = (text) => plotlyText(text.slice(0, 400).replace(/.{90}/g, "$&\n")).replaceAll("\n", "<br>");
const percent = (kb, of) => `${oneDecimal.format(of ? (100 * kb) / of : 0)} %`;

// The colours of a tree: one per first word of the level that gives colours, the largest word first.
class TileColours {
  constructor(tree, key, counter) {
    this.tree = tree;
    this.level = tree.levels.findIndex((level) => level.key === key);
    this.byWord = new Map(this.words(counter).map((word, place) => [word, `--tile-${Math.min(place + 1, LAST_COLOUR)}`]));
  }

  words(counter) {
    if (this.level < 0) return [];
    const sums = new Map();
    const starts = this.tree.starts[this.level];
    for (let place = 0; place + 1 < starts.length; place++) {
      const part = { level: this.level, from: starts[place], to: starts[place + 1] };
      const word = this.word(part);
      sums.set(word, (sums.get(word) ?? 0) + Math.max(0, this.tree.sum(counter, part) ?? 0));
    }
    return [...sums.keys()].sort((one, other) => sums.get(other) - sums.get(one));
  }

  // The first word of a part, or null above the level that gives colours.
  word({ level, from }) {
    return this.level < 0 || level < this.level ? null : this.tree.levels[this.level].at(from).split(".", 1)[0];
  }

  of(part) {
    return this.byWord.get(this.word(part)) ?? PLAIN;
  }
}

// Arrays for a trace of plotly: the open part and two levels below it.
class Tiles {
  constructor(tree, counter, colours, open, label) {
    Object.assign(this, { tree, counter, colours });
    Object.assign(this, { ids: [], labels: [], parents: [], values: [], customdata: [], colors: [], parts: new Map() });
    this.total = tree.sum(counter, open) ?? 0;
    this.whole = tree.sum(counter, tree.root()) ?? 0;
    this.add("open", label, "", this.total, "--paper");
    this.values[0] = Math.max(this.total, this.addChildren(open, "open", MOST_CHILDREN, true));
  }

  add(id, label, parent, kb, colour) {
    this.ids.push(id);
    this.labels.push(plotlyText(shortLabel(label)));
    this.parents.push(parent);
    this.values.push(kb);
    this.customdata.push([grouped.format(kb), percent(kb, this.total), percent(kb, this.whole), wrapped(label)]);
    this.colors.push(colour);
  }

  // Adds the children of a part, and theirs if `deeper`; the sum of their areas.
  addChildren(parent, parentId, most, deeper) {
    const { kept, rest, restKb } = this.largest(parent, most);
    const below = Math.min(MOST_GRANDCHILDREN, Math.ceil(MOST_TILES / kept.length));
    let sum = restKb;
    for (const { part, kb } of kept) {
      const id = `${part.level}:${part.from}`;
      const place = this.ids.length;
      this.parts.set(id, part);
      this.add(id, this.tree.label(part), parentId, kb, this.colours.of(part));
      // An area is at least that of its children, which is larger than its kB if a part of it is negative.
      if (deeper) this.values[place] = Math.max(kb, this.addChildren(part, id, below, false));
      sum += this.values[place];
    }
    if (rest) this.add(`${parentId}+`, `${grouped.format(rest)} more`, parentId, restKb, PLAIN);
    return sum;
  }

  // The largest children of a part that have memory; how many are left out, and their kB.
  largest(parent, most) {
    const all = this.tree.children(this.tree.branching(parent))
      .map((part) => ({ part, kb: this.tree.sum(this.counter, part) }))
      .filter(({ kb }) => kb > 0)
      .sort((one, other) => other.kb - one.kb);
    const least = LEAST_SHARE * this.total;
    const kept = all.slice(0, most).filter(({ kb }, place) => place === 0 || kb >= least);
    const rest = all.slice(kept.length);
    return { kept, rest: rest.length, restKb: rest.reduce((sum, { kb }) => sum + kb, 0) };
  }
}
