"""The demo catalog: a made-up work marketplace in the feed format, from our own vocabulary."""

from indexing.demo.draws import PRESENT
from indexing.demo.write import FILES, demo_records, write_demo

__all__ = ["FILES", "PRESENT", "demo_records", "write_demo"]
