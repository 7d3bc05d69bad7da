// The compressed pieces of the page, and columns made of them.

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place++) bytes[place] = raw.charCodeAt(place);
  return bytes;
}

function inflated(id) {
  const element = document.getElementById(id);
  const stream = new Blob([bytesOf(element.textContent)]).stream();
  return new Response(stream.pipeThrough(new DecompressionStream("deflate-raw")));
}

const blobBytes = async (number) => new Uint8Array(await inflated(`b${number}`).arrayBuffer());
const blobJson = (number) => inflated(`b${number}`).json();

// Runs a library. The page's policy allows it by its hash.
async function runLibrary(name) {
  const script = document.createElement("script");
  script.textContent = await inflated(`library-${name}`).text();
  document.head.append(script);
  script.remove();
}

const ARRAYS = { i1: Int8Array, i2: Int16Array, i4: Int32Array, f8: Float64Array };

// Numbers that are stored as planes: all first bytes, then all second ones, and so on.
async function numbersOf(stored) {
  const planes = await blobBytes(stored.blob);
  const kind = ARRAYS[stored.type];
  const size = kind.BYTES_PER_ELEMENT;
  if (size === 1) return new kind(planes.buffer);
  const rows = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < size; plane++) {
    for (let row = 0, from = plane * rows; row < rows; row++) bytes[row * size + plane] = planes[from + row];
  }
  return new kind(bytes.buffer);
}

// A column: `values` are numbers, or with `texts` their codes; rows with `absent` are unknown.
class PageColumn {
  constructor({ key, title, kind }, values = null, texts = null, absent = null) {
    Object.assign(this, { key, title, kind, values, texts, absent });
  }

  // A column of the page, which is read when it is first needed.
  static stored(described) {
    const column = new PageColumn(described);
    column.described = described;
    return column;
  }

  load() {
    this.loading ??= this.read();
    return this.loading;
  }

  async read() {
    const { values, texts, missing } = this.described;
    [this.values, this.texts, this.absent] = await Promise.all([
      numbersOf(values),
      texts === undefined ? null : blobJson(texts),
      missing === undefined ? null : blobBytes(missing),
    ]);
    return this;
  }

  get rows() {
    return this.values.length;
  }

  isMissing(row) {
    return this.absent !== null && this.absent[row] === 1;
  }

  // The value of a row: text, a number, or null if it is unknown.
  at(row) {
    if (this.isMissing(row)) return null;
    return this.texts === null ? this.values[row] : this.texts[this.values[row]];
  }
}

// Whole numbers as in `show`: thousands separators; a true minus sign.
const grouped = new Intl.NumberFormat("en-US");
const signed = new Intl.NumberFormat("en-US", { signDisplay: "exceptZero" });
const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const preciseSigned = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3, signDisplay: "exceptZero" });
const oneDecimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const oneDecimalSigned = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero",
});
// kB as `diff` prints it: whole from 10 on, with one decimal below.
const roundedKb = (value) => (Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value));
const WRITTEN = {
  text: (value) => value,
  kb: (value) => grouped.format(roundedKb(value)),
  count: (value) => grouped.format(value),
  change_kb: (value) => signed.format(roundedKb(value)),
  number: (value) => precise.format(value),
  change: (value) => preciseSigned.format(value),
  percent: (value) => `${oneDecimal.format(value)} %`,
  change_percent: (value) => `${oneDecimalSigned.format(value)} %`,
  p: (value) => (value < 0.001 ? "<0.001" : value.toFixed(3)),
};

const formatted = (kind, value) => (value === null ? "-" : WRITTEN[kind](value).replace(/^-/, "−"));
