"""A test guest: a real kernel with named anonymous memory, and a family of processes that keep ledgers of their
allocations.
"""

from __future__ import annotations

from testphone.guest.guest import Guest
from testphone.guest.ledger import Ledger, LedgerRow

__all__ = ["Guest", "Ledger", "LedgerRow"]
