"""What does answering cost in the process, compiled and by Strawberry alone?"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import orjson
import strawberry
from common import parser, report, table, tell, workshop
from strawberry.types import ExecutionResult

from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.context import Context, PageSizes
from resolvers.sources.base import Hit, Position, SearchRequest, SearchResult, SourceInfo
from schema.sdl import graph
