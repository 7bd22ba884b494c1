"""How many items the lists of an operation have at the most."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    EnumValueNode,
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
)
from strawberry.federation.schema_directives import ListSize

from gateway.limits.declared import DEFAULT_LIST_SIZE, FieldCost
from gateway.limits.expressions import Number, largest, total
from schema.costs import ONE_EACH, SIZED_BELOW

MOST_ITEMS = 1_000
"""No list has more, whatever is asked for: more is an error of the field."""


class Sizes(NamedTuple):
    """How many items a field's own list has, and the lists in its fields of some names."""

    own: Number
    below: Mapping[str, Number]


def sizes_of(node: FieldNode, field: GraphQLField, cost: FieldCost, given: Number | None, page_size: int) -> Sizes:
    """The sizes of a field. `given` is what the field around it says of its list.

    A page of which the client does not say how long it is has `page_size` items.
    """
    declared = cost.size
    names = (declared and declared.slicing_arguments) or []
    sliced = _sliced(node, field, names, page_size) if names else None
    below: dict[str, Number] = {}
    if declared is not None and sliced is not None:
        below = dict.fromkeys(declared.sized_fields or (), sliced)
    if not cost.is_list:
        return Sizes(1, below)
    for argument, name in SIZED_BELOW.items():
        if argument in field.args:
            below[name] = _sliced(node, field, [argument], page_size)
    own = next((size for size in (given, sliced, _one_each(node, field)) if size is not None), None)
    return Sizes(_assumed(declared) if own is None else own, below)


def _assumed(declared: ListSize | None) -> int:
    size = None if declared is None else declared.assumed_size
    return DEFAULT_LIST_SIZE if size is None else size


def _sliced(node: FieldNode, field: GraphQLField, names: Sequence[str], page_size: int) -> Number:
    """What slicing arguments ask for, the largest of them."""
    given = {one.name.value: one.value for one in node.arguments or () if one.name.value in names}
    asked = [_integer(value, page_size) for value in given.values()]
    if asked:
        return largest(asked)
    defaults = [field.args[name].default_value for name in names if name in field.args]
    known = [value for value in defaults if isinstance(value, int)]
    return max(known, default=page_size)


def _integer(value: ValueNode, otherwise: int) -> Number:
    if isinstance(value, VariableNode):
        name = value.name.value
        return lambda variables: _bounded(variables.get(name), otherwise)
    return _bounded(int(value.value), otherwise) if isinstance(value, IntValueNode) else otherwise


def _bounded(asked: Any, otherwise: int) -> int:
    return min(max(asked, 0), MOST_ITEMS) if isinstance(asked, int) else otherwise


def _one_each(node: FieldNode, field: GraphQLField) -> Number | None:
    """The length of the list that the field has one item for each of; None where it has no such argument."""
    name = next((name for name in field.args if name in ONE_EACH), None)
    if name is None:
        return None
    every = _every(field.args[name])
    given = next((one.value for one in node.arguments or () if one.name.value == name), None)
    if isinstance(given, ListValueNode):
        return len(given.values)
    if isinstance(given, VariableNode):
        variable = given.name.value
        return lambda variables: _length(variables.get(variable), every)
    # One value stands for a list of one.
    return 1 if isinstance(given, EnumValueNode) else every


def _length(value: Any, every: int) -> int:
    return len(value) if isinstance(value, list) else every


def _every(argument: GraphQLArgument) -> int:
    """How many there are where none is named: all values of an enum."""
    of = get_named_type(argument.type)
    return len(of.values) if isinstance(of, GraphQLEnumType) else DEFAULT_LIST_SIZE


def inputs(node: FieldNode, field: GraphQLField) -> Number:
    """How many input objects the arguments of a field have."""
    given = {one.name.value: one.value for one in node.arguments or ()}
    return total([_objects(value) for name, value in given.items() if _has_objects(field.args[name])])


def _has_objects(argument: GraphQLArgument) -> bool:
    return isinstance(get_named_type(argument.type), GraphQLInputObjectType)


def _objects(value: ValueNode) -> Number:
    if isinstance(value, VariableNode):
        name = value.name.value
        return lambda variables: _objects_in(variables.get(name, Undefined))
    if isinstance(value, ListValueNode):
        return total([_objects(one) for one in value.values])
    if isinstance(value, ObjectValueNode):
        return total([1, *(_objects(one.value) for one in value.fields)])
    return 0


def _objects_in(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum([_objects_in(one) for one in value.values() if isinstance(one, dict | list)])
    return sum([_objects_in(one) for one in value if isinstance(one, dict | list)]) if isinstance(value, list) else 0
