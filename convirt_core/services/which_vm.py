"""Which VM a name means, by what the servers have answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import Ambiguous, ConvirtError, NotFound, PluginError, ServerUnavailable
from convirt_core.model import VMState
from convirt_core.services.listed import said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convirt_core.model import ManagedNode, VMRef
    from convirt_core.services.listed import ListedVM, ServerAnswer


def choose(name: str, answers: Iterable[ServerAnswer]) -> ListedVM:
    """Return the VM that is meant. An exact name or key counts more than the beginning of a name.

    :raises ConvirtError: as `VMs.find`
    """
    answers = list(answers)
    vms = [vm for answer in answers if answer.error is None for vm in answer.vms]
    exact = [vm for vm in vms if name in {vm.name, vm.ref.key}]
    found = exact or [vm for vm in vms if name and vm.name.startswith(name)]
    if len({vm.ref.key for vm in found}) == 1 < len(found):  # it is on its way: two servers hold it, one lets it run
        found = [vm for vm in found if vm.vm.state is VMState.RUNNING] or found
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(f"{vm.server.name}/{vm.name}" for vm in found))
        raise Ambiguous(f"{name!r} could be any of {names}.", remedy="Name it with its server.")
    silent = [(answer.node, answer.error) for answer in answers if answer.error is not None]
    raise _not_known(name, silent) if silent else NotFound(f"There is no VM {name!r}.", remedy="See 'convirt vm list'.")


def _not_known(name: str, silent: Sequence[tuple[ManagedNode, ConvirtError]]) -> ConvirtError:
    """Return what to raise for a VM that may be on a server which said nothing: why it did, not that there is none."""
    why = "; ".join(said_of(node, str(error)).rstrip(".") for node, error in silent)
    message = f"Whether there is a VM {name!r} is not known: {why}."
    first = silent[0][1]
    if isinstance(first, PluginError) and len(silent) == 1:
        return PluginError(message, plugin=first.plugin, remedy=first.remedy)
    return ServerUnavailable(message, remedy=first.remedy)


def is_decided(name: str, home: VMRef, answers: Iterable[ServerAnswer]) -> bool:
    """Whether nothing that is still to come can change which VM is meant, or is worth waiting for.

    :param home: where the only managed VM of this name should be
    """
    own = next((answer for answer in answers if answer.node.id == home.server), None)
    if own is None:
        return False
    return any(name in {vm.name, vm.ref.key} for vm in own.vms) if own.error is None else runs(home.key, answers)


def runs(key: str, answers: Iterable[ServerAnswer]) -> bool:
    """Whether a VM runs as far as is known now: a definition alone may be a left-over of one that runs elsewhere."""
    known = (vm for answer in answers if answer.error is None for vm in answer.vms)
    return any(vm.ref.key == key and vm.vm.state is VMState.RUNNING for vm in known)


def is_there(vm: ListedVM, home: VMRef | None) -> bool:
    """Whether a VM is beyond doubt where it was just seen."""
    return home is None or vm.ref == home or vm.vm.state is VMState.RUNNING
