// Tables: DataTables shows one page of rows at a time; sorting and filtering work on the columns.

const NUMERIC = (kind) => kind !== "text";
const LONGEST = 160;

// A text in a cell: long ones are cut in the middle and whole in the tooltip.
function textNode(text) {
  const cell = document.createElement("span");
  cell.className = "text";
  if (text.length > LONGEST) {
    cell.textContent = `${text.slice(0, LONGEST / 2)}…${text.slice(-LONGEST / 2)}`;
    cell.title = text;
  } else {
    cell.textContent = text;
  }
  return cell;
}

const cellNode = (kind, value) =>
  NUMERIC(kind) ? document.createTextNode(formatted(kind, value)) : textNode(value ?? "");

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

// Whether each row has every word in one of its texts.
function rowsWith(words, columns, rows) {
  const keep = new Uint8Array(rows).fill(1);
  const texts = columns.filter((column) => column.texts);
  for (const word of words) {
    const hits = texts.map((column) => {
      column.lower ??= column.texts.map((text) => text.toLowerCase());
      return Uint8Array.from(column.lower, (text) => (text.includes(word) ? 1 : 0));
    });
    for (let row = 0; row < rows; row++) {
      if (!keep[row]) continue;
      keep[row] = texts.some((column, place) => hits[place][column.values[row]]) ? 1 : 0;
    }
  }
  return keep;
}

// The rows of a table: ordered and filtered, and one page of them.
class TableRows {
  constructor(columns) {
    this.columns = columns;
    this.rows = columns.length ? columns[0].rows : 0;
    this.orders = new Map();
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

  page({ start, length, order, search }) {
    const keep = this.filtered(search.value.trim().toLowerCase());
    const all = order.length ? this.ordered(this.columns[order[0].column], order[0].dir === "desc") : this.asGiven();
    const end = length < 0 ? this.rows : start + length;
    const found = [];
    let count = 0;
    for (const row of all) {
      if (keep && !keep[row]) continue;
      if (count >= start && count < end) found.push(row);
      count++;
    }
    return { rows: found, count };
  }
}

function headOf(columns) {
  const row = document.createElement("tr");
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column.title;
    row.append(cell);
  }
  const head = document.createElement("thead");
  head.append(row);
  return head;
}

async function showTable(id, section) {
  const columns = await Promise.all(section.columns.map((described) => new PageColumn(described).load()));
  const rows = new TableRows(columns);
  const element = document.getElementById(`${id}-table`);
  element.append(headOf(columns));
  const sorted = columns.findIndex((column) => column.key === section.sort);
  const small = rows.rows <= section.shown;
  new DataTable(element, {
    serverSide: true,
    ajax: (request, callback) => {
      const { rows: found, count } = rows.page(request);
      callback({
        draw: request.draw, recordsTotal: rows.rows, recordsFiltered: count,
        data: found.map((row) => columns.map((column) => column.at(row))),
      });
    },
    columns: columns.map((column, place) => ({
      data: place,
      className: NUMERIC(column.kind) ? "numeric" : "texts",
      orderSequence: NUMERIC(column.kind) ? ["desc", "asc"] : ["asc", "desc"],
      render: (value, purpose) => (purpose === "display" ? cellNode(column.kind, value) : value),
    })),
    order: sorted < 0 ? [] : [[sorted, section.descending ? "desc" : "asc"]],
    pageLength: section.shown,
    lengthMenu: [25, 50, 100, 500],
    searchDelay: 30,
    autoWidth: false,
    layout: {
      topStart: small ? null : "search", topEnd: small ? null : "info",
      bottomStart: small ? null : "pageLength", bottomEnd: small ? null : "paging",
    },
    language: {
      search: "", searchPlaceholder: "Filter rows", info: "_START_ to _END_ of _TOTAL_ rows", infoEmpty: "No rows",
      infoFiltered: "(of _MAX_)", lengthMenu: "_MENU_ rows per page", zeroRecords: "No rows match.",
      emptyTable: "No rows.",
    },
  });
}
