// The rows of an explorer as a tree: rows are sorted by its levels, so a part is a range of rows.

class Tree {
  constructor(levels) {
    this.levels = levels;
    this.rows = levels[0].rows;
    this.starts = this.boundaries();
    this.prefixes = new Map();
  }

  // Per level, the rows at which a part begins, followed by the number of rows.
  boundaries() {
    const found = [];
    let begins = new Uint8Array(this.rows);
    begins[0] = 1;
    for (const { values } of this.levels) {
      begins = begins.slice();
      for (let row = 1; row < values.length; row++) if (values[row] !== values[row - 1]) begins[row] = 1;
      const starts = [];
      for (let row = 0; row < begins.length; row++) if (begins[row]) starts.push(row);
      starts.push(this.rows);
      found.push(Uint32Array.from(starts));
    }
    return found;
  }

  root() {
    return { level: -1, from: 0, to: this.rows };
  }

  // The children of a part, outermost first.
  children({ level, from, to }) {
    if (level + 1 >= this.levels.length) return [];
    const starts = this.starts[level + 1];
    const found = [];
    for (let place = lowerBound(starts, from); starts[place] < to; place++) {
      found.push({ level: level + 1, from: starts[place], to: starts[place + 1] });
    }
    return found;
  }

  // A part, or the part in it that has more than one child: levels with a single child are passed over.
  branching(part) {
    const children = this.children(part);
    return children.length === 1 && part.level + 2 < this.levels.length ? this.branching(children[0]) : part;
  }

  label({ level, from }) {
    return this.levels[level].at(from);
  }

  // The parts from the root to the one that begins with the same row.
  pathTo(part) {
    const path = [];
    for (let level = 0; level <= part.level; level++) {
      const starts = this.starts[level];
      const place = lowerBound(starts, part.from + 1) - 1;
      path.push({ level, from: starts[place], to: starts[place + 1] });
    }
    return path;
  }

  // Running sums of a counter, and of its known rows, so that each part takes two look-ups.
  prefix(column) {
    if (!this.prefixes.has(column.key)) {
      const sums = new Float64Array(this.rows + 1);
      const known = column.absent === null ? null : new Uint32Array(this.rows + 1);
      for (let row = 0; row < this.rows; row++) {
        sums[row + 1] = sums[row] + column.values[row];
        if (known) known[row + 1] = known[row] + (column.isMissing(row) ? 0 : 1);
      }
      this.prefixes.set(column.key, { sums, known });
    }
    return this.prefixes.get(column.key);
  }

  // A counter of a part; null if it is unknown in all its rows.
  sum(column, { from, to }) {
    const { sums, known } = this.prefix(column);
    return known && known[from] === known[to] ? null : sums[to] - sums[from];
  }
}

// The first place of a sorted array with a value of at least `value`.
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
