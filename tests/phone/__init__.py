"""A test phone: real adbd, Android's shell and tools, and a modelled /proc (see phone.Phone)."""

from __future__ import annotations

from tests.phone.fake_server import FakeDevice, FakeServer
from tests.phone.phone import Phone
from tests.phone.proc_tree import proc_tree_from_recording

__all__ = ["FakeDevice", "FakeServer", "Phone", "proc_tree_from_recording"]
