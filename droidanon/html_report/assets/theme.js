// Light and dark: the system's choice until the button is pressed.

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const printing = matchMedia("print");

const isDark = () => {
  if (printing.matches) return false;
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemDark.matches;
};

// A colour of the style sheet, such as `--accent`, as the browser computes it.
function themeColour(name) {
  const probe = document.getElementById("probe");
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

// Figure data with every `--name` replaced by the colour, if its key is one of a colour: a name may start with `--` too.
function inTheme(value, seen = new Map(), key = "") {
  if (typeof value === "string") {
    if (!value.startsWith("--") || !key.includes("color")) return value;
    if (!seen.has(value)) seen.set(value, themeColour(value));
    return seen.get(value);
  }
  if (Array.isArray(value)) return value.map((one) => inTheme(one, seen, key));
  if (value && typeof value === "object" && !ArrayBuffer.isView(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inTheme(one, seen, name)]));
  }
  return value;
}

const themeListeners = [];

function themeChanged() {
  const button = document.getElementById("theme");
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`);
  for (const listener of themeListeners) listener();
}

function startTheme() {
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    themeChanged();
  });
  systemDark.addEventListener("change", themeChanged);
  themeChanged();
}
