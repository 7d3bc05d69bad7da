"""The parts of a page besides its content: styles, scripts, and the libraries plotly.js and DataTables."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from droidanon.errors import DroidanonError
from droidanon.html_report.blobs import packed

MISSING = "HTML pages need additional packages: pip install 'droidanon[report]'"

_HERE = Path(__file__).parent
_SCRIPTS = ("unpack", "theme", "tables", "tint", "figures", "tree", "tiles", "explorer", "main")
"""The page's own scripts, in execution order."""
_EXPORT = re.compile(r"export\s*\{([^{}]*)\}\s*;?\s*(?=/\*|$)")


@cache
def style() -> str:
    """The page's style sheet."""
    return (_HERE / "assets" / "page.css").read_text("utf-8")


@cache
def script() -> str:
    """The page's own script."""
    parts = [(_HERE / "assets" / f"{name}.js").read_text("utf-8") for name in _SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


@cache
def plotly() -> str:
    """plotly.js, which sets `globalThis.Plotly`. Raises DroidanonError without the plotly package."""
    return _ascii((_folder("plotly") / "package_data" / "plotly.min.js").read_text("utf-8"))


@cache
def plotly_style_ids() -> tuple[str, ...]:
    """The ids of style elements that plotly adds on start unless elements with these ids exist.

    They are for maps, and the page's policy would block them and log an error on the console.
    """
    return tuple(re.findall(r'getElementById\("([0-9a-f]{64})"\)', plotly()))


@cache
def data_tables() -> str:
    """DataTables from the bundle that itables ships, as a script that sets `globalThis.DataTable`.

    The bundle is a module. Importing a module requires a URL, which the page's policy would have to allow; a script is
    allowed by its hash. Raises DroidanonError without the itables package.
    """
    bundle = (_folder("itables") / "html" / "dt_bundle.js").read_text("utf-8")
    found = list(_EXPORT.finditer(bundle))
    names = dict(re.findall(r"([\w$]+) as ([\w$]+)", found[-1][1])) if found else {}
    default = next((inner for inner, outer in names.items() if outer == "default"), None)
    if default is None:
        raise DroidanonError(f"this version of itables has no module of DataTables: {MISSING}")
    begin, end = found[-1].span()
    return _ascii(f"(()=>{{{bundle[:begin]};globalThis.DataTable={default};}})();\n{bundle[end:]}")


LIBRARIES = {"plotly": plotly, "tables": data_tables}


@cache
def packed_library(name: str) -> str:
    """A compressed library."""
    return packed(LIBRARIES[name]().encode())


def check_installed() -> None:
    """Raise DroidanonError if a package that a page needs is missing, before anything is read."""
    for package in ("jinja2", "plotly", "itables"):
        if find_spec(package) is None:
            raise DroidanonError(MISSING)


def hash_source(text: str) -> str:
    """The source expression of a text for a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _ascii(script: str) -> str:
    """Escape the non-ASCII characters of a script, which are in strings and comments. Browsers then store one byte per
    character, which is faster to parse.
    """
    return re.sub("[^\0-\x7f]", lambda found: "".join(map("\\u{:04x}".format, _utf16(found[0]))), script)


def _utf16(char: str) -> Sequence[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[place : place + 2]) for place in range(0, len(data), 2)]


def _folder(package: str) -> Path:
    """The folder of an installed package, found without importing it, which would take seconds."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise DroidanonError(MISSING)
    return Path(next(iter(found.submodule_search_locations)))
