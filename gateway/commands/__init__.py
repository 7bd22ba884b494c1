"""The commands of the gateway's command line; `gateway.cli` wires them to what they run."""
