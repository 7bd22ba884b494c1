"""Traces as Apollo's routers read them, by Google's library."""

from base64 import b64decode
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass

F = FieldDescriptorProto
MESSAGES: dict[str, list[tuple[str, int, Any, bool]]] = {
    "Time": [("seconds", 1, F.TYPE_INT64, False), ("nanos", 2, F.TYPE_INT32, False)],
    "Location": [("line", 1, F.TYPE_UINT32, False), ("column", 2, F.TYPE_UINT32, False)],
    "Error": [
        ("message", 1, F.TYPE_STRING, False),
        ("location", 2, "Location", True),
        ("time_ns", 3, F.TYPE_UINT64, False),
        ("json", 4, F.TYPE_STRING, False),
    ],
    "Node": [
        ("response_name", 1, F.TYPE_STRING, False),
        ("index", 2, F.TYPE_UINT32, False),
        ("original_field_name", 14, F.TYPE_STRING, False),
        ("type", 3, F.TYPE_STRING, False),
        ("parent_type", 13, F.TYPE_STRING, False),
        ("start_time", 8, F.TYPE_UINT64, False),
        ("end_time", 9, F.TYPE_UINT64, False),
        ("error", 11, "Error", True),
        ("child", 12, "Node", True),
    ],
    "Trace": [
        ("start_time", 4, "Time", False),
        ("end_time", 3, "Time", False),
        ("duration_ns", 11, F.TYPE_UINT64, False),
        ("root", 14, "Node", False),
    ],
}
"""The parts of Apollo's reports.proto that a subgraph fills: each field's name, number, type, whether it repeats."""


def _described(name: str, fields: list[tuple[str, int, Any, bool]]) -> DescriptorProto:
    described = DescriptorProto(name=name)
    for field, number, of, repeats in fields:
        label = F.LABEL_REPEATED if repeats else F.LABEL_OPTIONAL
        if isinstance(of, str):
            described.field.add(name=field, number=number, label=label, type=F.TYPE_MESSAGE, type_name=f".{of}")
        else:
            described.field.add(name=field, number=number, label=label, type=of)
    return described


def _trace_class() -> Any:
    file = FileDescriptorProto(name="reports.proto", syntax="proto2")
    file.message_type.extend(_described(name, fields) for name, fields in MESSAGES.items())
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("Trace"))


TRACE = _trace_class()


def decoded(ftv1: str) -> dict[str, Any]:
    """A trace as a dictionary. Fails on a field that a subgraph does not have."""
    trace = TRACE()
    trace.ParseFromString(b64decode(ftv1, validate=True))
    found: dict[str, Any] = MessageToDict(trace, preserving_proto_field_name=True)
    return found


def children(node: dict[str, Any]) -> dict[str | int, dict[str, Any]]:
    """The nodes below, by response name or index."""
    return {one.get("response_name", one.get("index")): one for one in node.get("child", [])}
