"""Long work: its record, which every front end and process sees."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from convirt_core.model.nodes import VMRef
    from convirt_core.model.states import TaskState


class RemainKind(StrEnum):
    """What a task may have to remove, or to bring to an end."""

    FILE = "file"  # on a server
    FOLDER = "folder"  # likewise, removed if it is empty
    DOMAIN = "domain"  # ended first
    RECORD = "record"
    IMAGE_FOLDER = "image-folder"  # on this machine, removed whole
    REST = "rest-of-vm"  # record and disks of a VM whose definition is removed; kept while the VM is there
    REST_BUT_DISKS = "rest-of-vm-but-disks"  # likewise the record alone
    MIGRATION = "migration"  # a VM on its way from this server: brought to an end at the one or the other


@frozen
class Remain:
    """Something that a task made and that must go if the task does not come to its end.

    Written down before it is made, so that a killed process leaves no secret.

    :param kind: a `RemainKind`
    :param server: id of the server it is on
    :param name: path, VM key, or VM key of the record
    :param detail: what else there is to know, in words of the kind's own
    """

    kind: str
    server: str
    name: str
    detail: str = ""


@frozen
class Task:
    """One long work.

    :param id: short and typable
    :param kind: such as `provision`
    :param title: such as `Provision web1 from debian on host1`
    :param vms: the VMs it holds: no other task may work on them meanwhile
    :param progress: 0.0 to 1.0; None: not known
    :param message: the stage it is at, in words
    :param owner: the process that does it, as `pid@host`
    :param started_at: UTC, seconds since the epoch
    :param ended_at: likewise; None while it runs
    :param lease_until: likewise; past it the task counts as interrupted
    :param cancel_requested: somebody asked it to stop
    :param result: a sentence when done
    :param error: a sentence when it failed
    """

    id: str
    kind: str
    title: str
    state: TaskState
    owner: str
    started_at: float
    lease_until: float
    vms: tuple[VMRef, ...] = ()
    progress: float | None = None
    message: str = ""
    ended_at: float | None = None
    cancel_requested: bool = False
    result: str = ""
    error: str = ""
    remains: tuple[Remain, ...] = ()
