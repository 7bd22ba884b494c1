"""A Maven that makes its artifacts up: `mvn` of a test. Writes a line into $MAVEN_CALLS for every call.

With $MAVEN_KILLS_AT, that call kills the process that made it, as somebody who has no patience does.
"""

import os
import re
import signal
import sys
import zipfile
from pathlib import Path

COORDINATES = re.compile(r"<artifactId>([^<]+)</artifactId><version>([^<]+)</version><type>([^<]+)</type>")


def entries(name: str, version: str) -> dict[str, str]:
    """The files of an artifact: a distribution has a folder of its version, a module a class, a plugin a descriptor."""
    if name == "opensearch":
        return {f"opensearch-{version}/{path}": "" for path in ("lib/present.jar", "bin/opensearch")}
    return {"plugin-descriptor.properties": "", f"org/example/{name.title()}Plugin.class": ""}


def main(arguments: list[str]) -> None:
    calls = Path(os.environ["MAVEN_CALLS"])
    with calls.open("a", encoding="utf-8") as file:
        file.write("called\n")
    if os.environ.get("MAVEN_KILLS_AT") == str(len(calls.read_text(encoding="utf-8").splitlines())):
        os.kill(os.getppid(), signal.SIGKILL)
    pom = Path(arguments[arguments.index("--file") + 1])
    found = COORDINATES.search(pom.read_text(encoding="utf-8"))
    assert found is not None
    name, version, packaging = found.groups()
    with zipfile.ZipFile(pom.parent / f"{name}-{version}.{packaging}", "w") as archive:
        for path, text in entries(name, version).items():
            archive.writestr(path, text)
    if "-DexcludeTransitive=false" in arguments:
        (pom.parent / "present.jar").write_text("")
        (pom.parent / "needed.jar").write_text("")


if __name__ == "__main__":
    main(sys.argv[1:])
