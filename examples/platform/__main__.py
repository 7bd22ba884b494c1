"""`python -m examples.platform CATALOG INDEX [--router hive|apollo] [--port N]`: the platform, until it is stopped."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from signal import pause

from examples.platform.running import StartError, routed, subgraphs
from gateway.commands.running import interrupted_by_signals
from gateway.graphiql.build import BuildError


def main() -> int:
    """Run the platform. Returns the exit code: 0 when it was stopped, 1 when a part could not start."""
    parser = ArgumentParser(prog="python -m examples.platform")
    parser.add_argument("catalog", type=Path, help="a folder with the files of the catalog feed")
    parser.add_argument("index", type=Path, help="the folder of the gateway's index of it")
    parser.add_argument("--router", choices=["hive", "apollo"], default="hive")
    parser.add_argument("--port", type=int, default=0, help="the router's; 0 takes a free one")
    given = parser.parse_args()
    interrupted_by_signals()
    try:
        with subgraphs(given.catalog, given.index) as addresses, routed(given.router, addresses, given.port) as router:
            for name, address in (*addresses.items(), ("platform", router)):
                sys.stdout.write(f"{name}: {address}\n")
            sys.stdout.flush()
            pause()
    except (BuildError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
