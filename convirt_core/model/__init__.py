"""What things are: pools, servers, images, disks, metrics, findings, operations, changes. Values, no I/O.

May import only `errors` and attrs.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.model.capabilities import Capability
    from convirt_core.model.changes import Change, Where
    from convirt_core.model.device_entries import format_disk, format_nic, parse_disk, parse_nic
    from convirt_core.model.devices import Disk, GraphicalConsole, Nic, Snapshot
    from convirt_core.model.environment import (
        Bridge,
        Clock,
        FileSystem,
        LogicalVolume,
        Memory,
        NetworkCard,
        OperatingSystem,
        Processors,
        ServerEnvironment,
        VolumeGroup,
    )
    from convirt_core.model.events import Event, EventKind
    from convirt_core.model.findings import ChecksFailed, Finding, Severity, errors_in
    from convirt_core.model.images import Image, ImageGroup
    from convirt_core.model.metrics import MetricSnapshot, VMMetrics
    from convirt_core.model.migration import GuestKind, HypervisorFacts, MigrationOptions, MigrationProgress
    from convirt_core.model.nodes import (
        LOCAL,
        ManagedNode,
        VMRecord,
        VMRef,
        check_name,
        check_vm_name,
    )
    from convirt_core.model.operations import OPERATIONS, Operation, OperationRequest, Outcome, Reason
    from convirt_core.model.pools import ServerPool, check_pool_variable
    from convirt_core.model.requests import MigrationRequest, PlacementRequest
    from convirt_core.model.sections import InfoSection, InfoValue
    from convirt_core.model.states import ServerState, TaskState, VMState
    from convirt_core.model.tasks import Remain, RemainKind, Task

__all__ = [
    "LOCAL",
    "OPERATIONS",
    "Bridge",
    "Capability",
    "Change",
    "ChecksFailed",
    "Clock",
    "Disk",
    "Event",
    "EventKind",
    "FileSystem",
    "Finding",
    "GraphicalConsole",
    "GuestKind",
    "HypervisorFacts",
    "Image",
    "ImageGroup",
    "InfoSection",
    "InfoValue",
    "LogicalVolume",
    "ManagedNode",
    "Memory",
    "MetricSnapshot",
    "MigrationOptions",
    "MigrationProgress",
    "MigrationRequest",
    "NetworkCard",
    "Nic",
    "OperatingSystem",
    "Operation",
    "OperationRequest",
    "Outcome",
    "PlacementRequest",
    "Processors",
    "Reason",
    "Remain",
    "RemainKind",
    "ServerEnvironment",
    "ServerPool",
    "ServerState",
    "Severity",
    "Snapshot",
    "Task",
    "TaskState",
    "VMMetrics",
    "VMRecord",
    "VMRef",
    "VMState",
    "VolumeGroup",
    "Where",
    "check_name",
    "check_pool_variable",
    "check_vm_name",
    "errors_in",
    "format_disk",
    "format_nic",
    "parse_disk",
    "parse_nic",
]

__getattr__ = exports(
    __name__,
    {
        "Bridge": "environment",
        "Capability": "capabilities",
        "Change": "changes",
        "ChecksFailed": "findings",
        "Clock": "environment",
        "Disk": "devices",
        "Event": "events",
        "EventKind": "events",
        "FileSystem": "environment",
        "Finding": "findings",
        "GraphicalConsole": "devices",
        "GuestKind": "migration",
        "HypervisorFacts": "migration",
        "Image": "images",
        "ImageGroup": "images",
        "InfoSection": "sections",
        "InfoValue": "sections",
        "LOCAL": "nodes",
        "LogicalVolume": "environment",
        "ManagedNode": "nodes",
        "Memory": "environment",
        "MetricSnapshot": "metrics",
        "MigrationOptions": "migration",
        "MigrationProgress": "migration",
        "MigrationRequest": "requests",
        "NetworkCard": "environment",
        "Nic": "devices",
        "OPERATIONS": "operations",
        "OperatingSystem": "environment",
        "Operation": "operations",
        "OperationRequest": "operations",
        "Outcome": "operations",
        "PlacementRequest": "requests",
        "Processors": "environment",
        "Reason": "operations",
        "Remain": "tasks",
        "RemainKind": "tasks",
        "ServerEnvironment": "environment",
        "ServerPool": "pools",
        "ServerState": "states",
        "Severity": "findings",
        "Snapshot": "devices",
        "Task": "tasks",
        "TaskState": "states",
        "VMMetrics": "metrics",
        "VMRecord": "nodes",
        "VMRef": "nodes",
        "VMState": "states",
        "VolumeGroup": "environment",
        "Where": "changes",
        "check_name": "nodes",
        "check_pool_variable": "pools",
        "check_vm_name": "nodes",
        "errors_in": "findings",
        "format_disk": "device_entries",
        "format_nic": "device_entries",
        "parse_disk": "device_entries",
        "parse_nic": "device_entries",
    },
)
