// Tables: DataTables shows one page of rows at a time; sorting and filtering work on the columns.

const isNumeric = (kind) => kind !== "text" && kind !== "note";
const LONGEST = 34;

// A text in a cell: long ones are cut in the middle and whole in the tooltip, except for notes.
function textNode(text, kind) {
  const cell = document.createElement("span");
  cell.className = "text";
  if (kind === "text" && text.length > LONGEST) {
    cell.textContent = `${text.slice(0, LONGEST / 2 - 4)}…${text.slice(-LONGEST / 2 - 3)}`;
    cell.title = text;
  } else {
    cell.textContent = text;
  }
  return cell;
}

const cellNode = (kind, value) =>
  isNumeric(kind) ? document.createTextNode(formatted(kind, value)) : textNode(value ?? "", kind);

// All rows, ordered by a column; unknown values last; ties in the order of the rows.
function orderBy(column, descending) {
  const rows = column.rows;
  const order = new Uint32Array(rows);
  const known = [];
  let largest = 0;
  for (let row = 0; row < rows; row++) largest = Math.max(largest, Math.abs(column.values[row]));
  const sign = descending ? -1 : 1;
  const whole = !(column.values instanceof Float64Array) && (largest + 1) * rows < Number.MAX_SAFE_INTEGER;
  const keys = new Float64Array(rows);
  let count = 0;
  const absent = [];
  for (let row = 0; row < rows; row++) {
    if (column.isMissing(row)) absent.push(row);
    else if (whole) keys[count++] = sign * column.values[row] * rows + row;
    else known.push(row);
  }
  if (whole) {
    const used = keys.subarray(0, count).sort(); // native: much faster than with a function
    for (let place = 0; place < count; place++) order[place] = ((used[place] % rows) + rows) % rows;
  } else {
    known.sort((one, other) => sign * (column.values[one] - column.values[other]) || one - other);
    order.set(known);
    count = known.length;
  }
  order.set(absent, count);
  return order;
}

const lower = new WeakMap();

function lowered(texts) {
  if (!lower.has(texts)) lower.set(texts, texts.map((text) => text.toLowerCase()));
  return lower.get(texts);
}

// Whether each row has every word in one of its texts.
function rowsWith(words, columns, rows) {
  const keep = new Uint8Array(rows).fill(1);
  const texts = columns.filter((column) => column.texts);
  for (const word of words) {
    const hits = texts.map(({ texts: all }) => Uint8Array.from(lowered(all), (text) => (text.includes(word) ? 1 : 0)));
    for (let row = 0; row < rows; row++) {
      if (!keep[row]) continue;
      keep[row] = texts.some((column, place) => hits[place][column.values[row]]) ? 1 : 0;
    }
  }
  return keep;
}

// The rows of a table: ordered and filtered, and one page of them. Rows outside `range` are hidden.
class TableRows {
  constructor(columns) {
    this.replace(columns);
  }

  replace(columns) {
    this.columns = columns;
    this.rows = columns.length ? columns[0].rows : 0;
    this.range = [0, this.rows];
    this.orders = new Map();
    this.given = null;
    this.filters = new Map([["", null]]);
  }

  ordered(column, descending) {
    const key = `${column.key} ${descending}`;
    if (!this.orders.has(key)) this.orders.set(key, orderBy(column, descending));
    return this.orders.get(key);
  }

  asGiven() {
    this.given ??= Uint32Array.from({ length: this.rows }, (_, row) => row);
    return this.given;
  }

  filtered(search) {
    if (!this.filters.has(search)) {
      if (this.filters.size > 8) this.filters = new Map([["", null]]);
      this.filters.set(search, rowsWith(search.split(/\s+/).filter(Boolean), this.columns, this.rows));
    }
    return this.filters.get(search);
  }

  // The rows of one page, and how many rows match.
  page({ start, length, order, search }) {
    const keep = this.filtered(search.value.trim().toLowerCase());
    const [from, to] = this.range;
    const found = [];
    let count = 0;
    const all = order.length ? this.ordered(this.columns[order[0].column], order[0].dir === "desc") : this.asGiven();
    for (const row of all) {
      if (row < from || row >= to || (keep && !keep[row])) continue;
      if (count >= start && count < start + length) found.push(row);
      count++;
    }
    return { found, count };
  }

  // DataTables asks for a page: the values of its rows, each followed by the number of the row.
  answer(request, callback) {
    const { found, count } = this.page(request);
    callback({
      draw: request.draw,
      recordsTotal: this.range[1] - this.range[0],
      recordsFiltered: count,
      data: found.map((row) => [...this.columns.map((column) => column.at(row)), row]),
    });
  }
}

function headOf(columns) {
  const row = document.createElement("tr");
  for (const { title } of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    row.append(cell);
  }
  const head = document.createElement("thead");
  head.append(row);
  return head;
}

// A table of DataTables over rows. `cells` has functions that make the node of a cell from its row, by key.
function tableOf(element, rows, { sort, descending, shown, cells = {}, changing = false }) {
  const columns = rows.columns;
  element.append(headOf(columns));
  const sorted = columns.findIndex(({ key }) => key === sort);
  const alone = rows.rows <= shown && !changing;
  return new DataTable(element, {
    serverSide: true,
    ajax: (request, callback) => rows.answer(request, callback),
    columns: columns.map(({ key, kind }, place) => ({
      data: place,
      className: isNumeric(kind) ? "numeric" : `${kind}s`,
      orderSequence: isNumeric(kind) ? ["desc", "asc"] : ["asc", "desc"],
      render: (value, purpose, data) => {
        if (purpose !== "display") return value;
        return cells[key] ? cells[key](data.at(-1), value) : cellNode(kind, value);
      },
    })),
    order: sorted < 0 ? [] : [[sorted, descending ? "desc" : "asc"]],
    pageLength: shown,
    lengthMenu: [10, 25, 50, 100, 500],
    searchDelay: 30,
    autoWidth: false,
    layout: {
      topStart: alone ? null : "search", topEnd: alone ? null : "info",
      bottomStart: alone ? null : "pageLength", bottomEnd: alone ? null : { paging: { type: "simple_numbers", buttons: 5 } },
    },
    language: {
      search: "", searchPlaceholder: "Filter rows", info: "_START_ to _END_ of _TOTAL_ rows", infoEmpty: "No rows",
      infoFiltered: "(of _MAX_)", lengthMenu: "_MENU_ rows per page", zeroRecords: "No rows match.",
      emptyTable: "No rows.",
    },
  });
}

async function showTable(id, section) {
  const columns = await Promise.all(section.columns.map((described) => PageColumn.stored(described).load()));
  const rows = new TableRows(columns);
  const table = tableOf(document.getElementById(`${id}-table`), rows, section);
  if (section.followed) await followExplorer(id, table, rows, await numbersOf(section.followed));
}

// Shows only the rows of the part that is open in the explorer.
function followExplorer(id, table, rows, owners) {
  followers.push((part, label) => {
    rows.range = [lowerBound(owners, part.from), lowerBound(owners, part.to)];
    document.getElementById(`${id}-followed`).textContent = label ? `Only rows of ${label}` : "";
    table.ajax.reload();
  });
}
