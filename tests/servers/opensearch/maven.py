"""Artifacts of Maven Central, through Maven, so that a machine's own mirrors and caches are used."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.missing import ServerMissing

COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
DEPENDENCY = (
    "<dependency><groupId>{0.group}</groupId><artifactId>{0.name}</artifactId>"
    "<version>{0.version}</version><type>{0.packaging}</type></dependency>"
)
PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""


@dataclass(frozen=True)
class Artifact:
    """Coordinates of one file."""

    group: str
    name: str
    version: str
    packaging: str = "jar"


def fetch(artifact: Artifact, folder: Path, with_dependencies: bool = False) -> list[Path]:
    """Copy an artifact, with all that it needs when that is asked for, into a new folder.

    Raises ServerMissing where there is no Maven, or when Maven cannot get the artifact.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerMissing("an OpenSearch is assembled by Maven, and there is no mvn on the PATH")
    folder.mkdir(parents=True)
    pom = folder / "pom.xml"
    pom.write_text(PROJECT.format(DEPENDENCY.format(artifact)), encoding="utf-8")
    options = [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    options.append(f"-DexcludeTransitive={str(not with_dependencies).lower()}")
    done = subprocess.run(
        [maven, "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(pom), COPY, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    pom.unlink()
    if done.returncode:
        # Maven repeats its error with advice on how to run Maven; the first line of it has the cause.
        cause = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stdout.strip())
        raise ServerMissing(f"Maven could not get {artifact.name} {artifact.version}: {cause}")
    return sorted(folder.iterdir())
