"""One hue per top category, the same in every widget. Words and signs carry the same information without colour."""

from __future__ import annotations

_DARK = {
    "java": "#e5a445",
    "native": "#5aa9e6",
    "stack": "#c792ea",
    "code": "#7fc97f",
    "graphics": "#f07178",
    "files": "#b8bb6a",
    "webview": "#4dd0c4",
    "runtime": "#d4a5a5",
    "kernel": "#8d9db6",
    "unnamed": "#a0a0a0",
    "unknown": "#ff6ec7",
}
_LIGHT = {
    "java": "#9a5f00",
    "native": "#0b61a4",
    "stack": "#7b2fa8",
    "code": "#2b7a2b",
    "graphics": "#b3261e",
    "files": "#6b6e00",
    "webview": "#00756b",
    "runtime": "#8a4b4b",
    "kernel": "#465a7a",
    "unnamed": "#5f5f5f",
    "unknown": "#b0007a",
}
_HEAPS = {
    "Native Heap": "native",
    "Dalvik Heap": "java",
    "Dalvik Other": "java",
    "Stack": "stack",
    ".so mmap": "code",
    ".jar mmap": "code",
    ".apk mmap": "code",
    ".dex mmap": "code",
    ".oat mmap": "code",
    ".art mmap": "code",
    ".ttf mmap": "files",
    "Other mmap": "files",
    "Gfx dev": "graphics",
    "EGL mtrack": "graphics",
    "GL mtrack": "graphics",
    "Ashmem": "runtime",
    "Other dev": "kernel",
    "Cursor": "runtime",
    "Unknown": "unnamed",
}
"""The platform's heaps, by the category of most of their memory."""
_PARTS = {
    True: {"anonymous": "#7aa2c8", "swap": "#4d6d8f", "files": "#9fb0a0", "shared": "#c2b8a3", "resident": "#7aa2c8"},
    False: {"anonymous": "#3f6a93", "swap": "#24435f", "files": "#5f7360", "shared": "#85785c", "resident": "#3f6a93"},
}
"""The kinds of memory of `/proc/PID/status`, in colours that no category has."""
_SIGNS = {True: {"grows": "#ff6b6b", "shrinks": "#69d58c"}, False: {"grows": "#b3261e", "shrinks": "#1b7f3b"}}


def hue(category: str, *, dark: bool) -> str:
    """The colour of a category's first part or of a heap; of anything else the plain bar's."""
    top = _HEAPS.get(category) or category.partition(".")[0]
    return (_DARK if dark else _LIGHT).get(top, "#7aa2c8" if dark else "#3f6a93")


def part_hue(part: str, *, dark: bool) -> str:
    """The colour of a kind of memory (anonymous, swap, files, shared, resident)."""
    return _PARTS[dark][part]


def sign_colour(number: float, *, dark: bool) -> str | None:
    """Red for growth, green for shrinkage, nothing for no change."""
    if not number:
        return None
    return _SIGNS[dark]["grows" if number > 0 else "shrinks"]
