"""The messages of pprof's format (github.com/google/pprof, proto/profile.proto), defined at run time."""

from __future__ import annotations

from functools import cache
from typing import Any

from droidanon.errors import DroidanonError

_PACKAGE = "perftools.profiles"
_MESSAGES = {
    "ValueType": "type=1 unit=2",
    "Label": "key=1 str=2 num=3 num_unit=4",
    "Sample": "*location_id=1:uint64 *value=2 *label=3:Label",
    "Line": "function_id=1:uint64",
    "Location": "id=1:uint64 *line=4:Line",
    "Function": "id=1:uint64 name=2 system_name=3 filename=4",
    "Profile": "*sample_type=1:ValueType *sample=2:Sample *location=4:Location *function=5:Function "
    "*string_table=6:string time_nanos=9 *comment=13 default_sample_type=14",
}
"""The fields that are written: `*` marks repeated ones; the type is int64 by default."""

MISSING = "to write pprof, install the protobuf package: pip install 'droidanon[pprof]'"


@cache
def profile_class() -> Any:
    """The class `Profile`. Raises DroidanonError without the protobuf package."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError as error:
        raise DroidanonError(MISSING) from error
    described = descriptor_pb2.FileDescriptorProto(name="profile.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = described.message_type.add(name=name)
        for text in fields.split():
            field, _, kind = text.partition(":")
            key, _, number = field.partition("=")
            added = message.field.add(name=key.lstrip("*"), number=int(number))
            added.label = added.LABEL_REPEATED if key.startswith("*") else added.LABEL_OPTIONAL
            if kind in _MESSAGES:
                added.type, added.type_name = added.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                added.type = getattr(added, f"TYPE_{(kind or 'int64').upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(described)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Profile"))
