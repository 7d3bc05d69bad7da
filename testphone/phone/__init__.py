"""A test phone: real adbd, Android's shell and tools, and a modelled /proc (see phone.Phone)."""

from __future__ import annotations

from testphone.phone.fake_server import FakeDevice, FakeServer
from testphone.phone.phone import Phone
from testphone.phone.proc_tree import proc_tree_from_recording

__all__ = ["FakeDevice", "FakeServer", "Phone", "proc_tree_from_recording"]
