"""The tests of the contract, by idea; a plugin author subclasses the class of them all.

May import the core's services and model; nothing of the core imports this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.app import Application
from convirt_core.model import Capability
from convirt_core.settings import Settings
from convirt_core.testing.contract.completeness import Completeness
from convirt_core.testing.contract.definitions import Definitions
from convirt_core.testing.contract.detection import Detecting
from convirt_core.testing.contract.devices import Devices
from convirt_core.testing.contract.forms import Forms
from convirt_core.testing.contract.identity import Identity
from convirt_core.testing.contract.keeping import Keeping
from convirt_core.testing.contract.life import Life
from convirt_core.testing.contract.listing import Listing
from convirt_core.testing.contract.moving import Moving
from convirt_core.testing.contract.refusals import Refusals
from convirt_core.testing.contract.sizes import Sizes
from convirt_core.testing.contract.threads import Threads
from convirt_core.testing.contract.watching import Watching
from convirt_core.testing.lab_check import checked, checked_node
from convirt_core.testing.marks import PROVES, REFUSES
from convirt_core.testing.plugin import LEDGERS, named
from convirt_core.testing.proofs import Ledger
from convirt_core.testing.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.testing.lab import Lab


class PlatformContract(
    Identity,
    Detecting,
    Forms,
    Definitions,
    Refusals,
    Listing,
    Sizes,
    Keeping,
    Devices,
    Moving,
    Threads,
    Watching,
    Life,
    Completeness,
):
    """All that ConVirt relies on in a platform.

    Subclass it, give it a lab, and run pytest::

    class TestToy(PlatformContract):
        @pytest.fixture(scope="class")
        def lab(self) -> Lab:
            return ToyLab()
    """

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls) -> Lab:
        """Return the server to test on. Yours to write."""
        raise NotImplementedError("write a fixture 'lab' with scope='class' that returns a convirt_core.testing.Lab")

    @pytest.fixture(scope="class")
    @classmethod
    def application(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
        """An application with an inventory of its own and all plugins that are installed."""
        folder = tmp_path_factory.mktemp("convirt")
        paths = {"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder / "data")}
        with Application.open(Settings.load(paths)) as app:
            yield app

    @pytest.fixture(scope="class")
    @classmethod
    def workbench(cls, application: Application, lab: Lab, ledger: Ledger) -> Iterator[Workbench]:
        """The server in the application."""
        bench = Workbench(application, lab)
        ledger.declared = bench.capabilities
        ledger.definition_only = {Capability(each): why for each, why in lab.definition_only.items()}
        ledger.not_here = {Capability(each): why for each, why in lab.not_here.items()}
        ledger.unseen = bench.unseen
        yield bench
        bench.close()

    @pytest.fixture(scope="class")
    @classmethod
    def ledger(cls, lab: Lab, request: pytest.FixtureRequest) -> Ledger:
        """What the tests have shown so far.

        :raises TypeError: the lab is not what it has to be
        """
        ledger = Ledger(checked_node(checked(lab)).platform)
        request.config.stash[LEDGERS][request.cls] = ledger
        return ledger

    @pytest.fixture
    def bench(self, workbench: Workbench, request: pytest.FixtureRequest) -> Iterator[Workbench]:
        """The same for one test, which is skipped where its capabilities are not there."""
        for capability in (*named(request.node, PROVES), *named(request.node, REFUSES)):
            if capability not in workbench.capabilities:
                pytest.skip(f"{workbench.node.platform} does not declare {capability}")
            if why := workbench.lab.definition_only.get(capability):
                pytest.skip(f"definition only: {why}")
            if why := workbench.lab.not_here.get(capability):
                pytest.skip(f"not run here: {why}")
        yield workbench
        workbench.clear()
