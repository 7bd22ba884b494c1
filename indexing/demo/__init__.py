"""The demo catalog: a made-up work marketplace in the feed format, from our own vocabulary."""

from indexing.demo.write import FILES, demo_records, write_demo

__all__ = ["FILES", "demo_records", "write_demo"]
