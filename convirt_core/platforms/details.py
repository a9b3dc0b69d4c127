"""A VM with both its sides, for those who show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from convirt_core.platforms.vm import VM
    from convirt_core.platforms.vm_config import VMConfig
    from convirt_core.platforms.vm_info import VMInfo


@frozen
class VMDetails:
    """One VM, read whole.

    :param config: its definition; None for a transient VM
    :param info: its running side; None when it is not resident
    """

    vm: VM
    config: VMConfig | None
    info: VMInfo | None
