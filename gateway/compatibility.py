"""Whether the schema keeps what the last release promised: `python -m gateway.compatibility [--release]`.

It compares `schema.graphql` with `released/schema.graphql`, and ends with 1 at a breaking change that nobody has
accepted in `released/accepted.toml`. Dangerous ones, which some clients may trip over, are told and let through.
`--release` makes the present schema the released one, and uses up what was accepted.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_ast_schema,
    find_breaking_changes,
    find_dangerous_changes,
    parse,
    print_ast,
)

CHECKOUT = Path(__file__).parents[1]
Declared = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | FieldDefinitionNode
KEPT = {"key", "shareable"}
"""Federation's directives that other subgraphs build on; losing one is a breaking change."""
HIDING = "inaccessible"


class Changes(NamedTuple):
    """What has changed, in words: what breaks clients or other subgraphs, and what may."""

    breaking: Sequence[str]
    dangerous: Sequence[str]


def changes(before: str, after: str) -> Changes:
    """The changes from one schema to another. Raises GraphQLError for a text that is none."""
    documents = parse(before), parse(after)
    # The directives of federation are not declared in a subgraph's text.
    old, new = (build_ast_schema(document, assume_valid_sdl=True) for document in documents)
    breaking = [one.description for one in find_breaking_changes(old, new)]
    breaking += _federated(*map(_declared, documents))
    return Changes(sorted(breaking), sorted(one.description for one in find_dangerous_changes(old, new)))


def _federated(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> Iterator[str]:
    """What graphql-core does not know of: keys and shares that are gone, and what the supergraph hides now."""
    for name, directives in before.items():
        now = after.get(name, directives)
        yield from (f"{name} lost {one}." for one in directives - now if one.lstrip("@").partition("(")[0] in KEPT)
        if f"@{HIDING}" in now - directives:
            yield f"{name} became @{HIDING}."


def _declared(document: DocumentNode) -> dict[str, set[str]]:
    """The directives of types and of their fields. A type that is shared shares its fields."""
    found: dict[str, set[str]] = {}
    for of in document.definitions:
        if isinstance(of, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            own = _applied(of)
            found[of.name.value] = own - {"@shareable"}
            for field in of.fields or ():
                found[f"{of.name.value}.{field.name.value}"] = _applied(field) | (own & {"@shareable"})
    return found


def _applied(to: Declared) -> set[str]:
    directives: Sequence[ConstDirectiveNode] = to.directives or ()
    return {print_ast(directive) for directive in directives}


class Released:
    """The released schema of a checkout, and the changes since that were accepted."""

    def __init__(self, checkout: Path) -> None:
        self._published = checkout / "schema.graphql"
        self._schema, self._accepted = (checkout / "released" / name for name in ("schema.graphql", "accepted.toml"))

    def accepted(self) -> dict[str, str]:
        """The reasons of accepted changes. Raises ValueError where one has none."""
        entries = tomllib.loads(self._accepted.read_text(encoding="utf-8")).get("accepted", [])
        if not all(one.get("change") and str(one.get("reason", "")).strip() for one in entries):
            raise ValueError(f"{self._accepted}: every [[accepted]] needs a `change` and a `reason`")
        return {one["change"]: one["reason"] for one in entries}

    def report(self) -> tuple[list[str], bool]:
        """What has changed, a line each, and whether it may."""
        texts = (path.read_text(encoding="utf-8") for path in (self._schema, self._published))
        breaking, dangerous = changes(*texts)
        accepted = self.accepted()
        refused = [one for one in breaking if one not in accepted]
        stale = [one for one in accepted if one not in breaking]
        lines = [f"dangerous: {one}" for one in dangerous]
        lines += [f"accepted: {one} ({accepted[one]})" for one in breaking if one in accepted]
        lines += [f"BREAKING: {one}" for one in refused]
        lines += [f"accepted, but no such change: {one}" for one in stale]
        if refused or stale:
            lines.append(f"If it is meant, write it into {self._accepted}; what is no change any more, delete there.")
        return lines, not refused and not stale

    def release(self) -> None:
        """Make the present schema the released one, with nothing accepted."""
        self._schema.write_text(self._published.read_text(encoding="utf-8"), encoding="utf-8")
        header = [line for line in self._accepted.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
        self._accepted.write_text("\n".join([*header, ""]), encoding="utf-8")


def main(arguments: Sequence[str], checkout: Path = CHECKOUT) -> int:
    """Check or release, and return the exit code."""
    released = Released(checkout)
    if "--release" in arguments:
        released.release()
        return 0
    lines, is_kept = released.report()
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(not is_kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
