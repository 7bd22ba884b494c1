"""What fields and types declare for whoever executes them.

A batch resolver takes the parents of a level of the query and gives a list with what each of them has, or an exception
in its place. It is the one declaration of its field:

    @strawberry.field(description="Who posted it.")
    @of_many
    @staticmethod
    def client(jobs: Sequence["Job"], info: Info) -> Found[Client | None]: ...

It may be a coroutine function, or give its list at once where there is nothing to wait for.

The executor of `gateway.execution` calls it with a whole level, and any other one with one parent at a time. `info` is
that of the first parent: what all have in common is in it, and `info.path` is the first one's.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast, get_args, get_origin

S = TypeVar("S")
T = TypeVar("T")
P = ParamSpec("P")
Found: TypeAlias = list[T] | Awaitable[list[T]]
"""What each of many parents has: at once, where there is nothing to wait for."""
F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
BATCH = "__batch__"
EAGER = "__eager__"
PARENT = "self"
"""A first parameter of this name is given by position."""
PYTHON_CLASSES = "gateway-python-classes"
"""Under this name a GraphQL object type's extensions say the Python classes that its objects have, and no others do."""


KEPT_CLASSES = "gateway-kept-classes"
"""And under this one, which of them have objects that come again as the same objects."""


def of_many(
    batch: Callable[Concatenate[Sequence[S], P], Awaitable[list[T]] | Found[T]],
) -> Callable[Concatenate[S, P], Awaitable[T]]:
    """The resolver of one parent out of that of many, which stays beside it."""
    function: Callable[..., Any] = batch.__func__ if isinstance(batch, staticmethod) else batch

    async def one(root: S, /, *information: P.args, **arguments: P.kwargs) -> T:
        all_found = function([root], *information, **arguments)
        [found] = all_found if isinstance(all_found, list) else await all_found
        if isinstance(found, Exception):
            raise found
        return cast("T", found)

    signature = inspect.signature(function)
    parent = inspect.Parameter(PARENT, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    [of_each] = get_args(_list_in(signature.return_annotation))
    taken = [parent, *list(signature.parameters.values())[1:]]
    one.__signature__ = inspect.Signature(taken, return_annotation=of_each)  # type: ignore[attr-defined]
    one.__module__, one.__name__, one.__doc__ = function.__module__, function.__name__, function.__doc__
    setattr(one, BATCH, function)
    return one


def _list_in(annotation: Any) -> Any:
    """The list of a list, and of what is a list or an awaitable of one."""
    return annotation if get_origin(annotation) is list else get_args(annotation)[0]


def batch_of(resolver: object) -> Callable[..., Any] | None:
    """The resolver of many parents that a resolver of one was made of; None where it is on its own."""
    found: Callable[..., Any] | None = getattr(resolver, BATCH, None)
    return found


def eager(resolver: F) -> F:
    """Declare that a resolver may be begun at once, and be gone on with in another task where it has to wait.

    So it is answered without a turn of the event loop where what it asks for is at hand. It must not look at the task
    that it is in before it first waits, as `asyncio.timeout` does, and not take back a context variable that it has set
    before.
    """
    setattr(resolver, EAGER, True)
    return resolver


def is_eager(resolver: object) -> bool:
    """Whether a resolver is declared to be so."""
    return getattr(resolver, EAGER, False)
