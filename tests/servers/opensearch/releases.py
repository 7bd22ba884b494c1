"""What an OpenSearch release is made of, beside the minimal distribution."""

import hashlib
from dataclasses import dataclass

CURRENT, PREVIOUS = "3.4.0", "2.19.1"


@dataclass(frozen=True)
class Release:
    """A release, the versions of its plugins on Maven Central, and the Java versions that run it.

    Beyond `newest_java` the 2.x servers do not start: Java 24 took away the security manager that they ask for.
    """

    version: str
    knn: str
    security: str | None
    oldest_java: int
    newest_java: int | None = None


RELEASES = {
    release.version: release
    for release in (
        Release(CURRENT, knn="3.4.0.0", security="3.4.0.0", oldest_java=21),
        Release(PREVIOUS, knn="2.19.1.0", security=None, oldest_java=17, newest_java=23),
    )
}


@dataclass(frozen=True)
class Module:
    """A module of the full distribution that the minimal one leaves out."""

    name: str
    artifact: str
    extends: str = ""
    permissions: tuple[str, ...] = ()


MODULES = (
    Module(
        "lang-painless",
        "lang-painless",
        permissions=(
            'java.lang.RuntimePermission "createClassLoader"',
            'java.lang.RuntimePermission "getClassLoader"',
        ),
    ),
    Module("analysis-common", "analysis-common", extends="lang-painless"),
    Module("reindex", "reindex-client"),
    Module("percolator", "percolator-client"),
    Module("parent-join", "parent-join-client"),
    Module("mapper-extras", "mapper-extras-client"),
    Module("rank-eval", "rank-eval-client"),
    Module("aggs-matrix-stats", "aggs-matrix-stats-client"),
)


def folder_name(release: Release, secure: bool) -> str:
    """The name of an assembled server: another recipe is another name, so that no run takes what it does not expect."""
    recipe = hashlib.sha256(repr((release, MODULES)).encode()).hexdigest()[:8]
    return f"{release.version}{'-security' if secure else ''}-{recipe}"
