"""Settings of one VM that are not its own."""

from __future__ import annotations

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.services.provisioning.variables import refuse_shared


def test_the_folder_that_vms_share_cannot_be_moved_for_one_of_them() -> None:
    refuse_shared({"VM_DISKS_DIR": "/srv/vms"})
    with pytest.raises(InvalidInput, match="VM_IMAGES_DIR cannot be set for one VM"):
        refuse_shared({"VM_IMAGES_DIR": "/srv/images"})
