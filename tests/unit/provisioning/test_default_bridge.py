"""What `$DEFAULT_BRIDGE` of a template means: what somebody chose, else the bridge that leads outside."""

from pathlib import Path

import pytest
from attrs import evolve

from convirt_core.config import substitute
from convirt_core.model import Image, ManagedNode, ServerPool
from convirt_core.platforms import Platform
from convirt_core.services.provisioning import ProvisionRequest
from convirt_core.services.provisioning.variables import Layers

IMAGE = Image("i", "tiny", "toy", "g", Path("/images/i"))
NODE = ManagedNode("n", "host1", "toy")
VIF = "mac=$AUTOGEN_MAC,bridge=$DEFAULT_BRIDGE"


@pytest.fixture
def asked() -> list[str]:
    """The servers that were asked."""
    return []


@pytest.fixture
def layers(asked: list[str]) -> Layers:
    def ask() -> str:
        asked.append(NODE.name)
        return "br0"

    return Layers(Platform("Toy", frozenset(), {"DEFAULT_BRIDGE": ""}), NODE, None, ask)


def bridge(layers: Layers, text: str = VIF, **settings: str) -> str:
    request = ProvisionRequest(IMAGE, layers.node, "web1", settings=settings)
    return substitute(text, layers.for_request(request, settings)).rpartition("=")[2]


def test_where_nobody_chose_one_it_is_the_one_that_leads_outside(layers: Layers) -> None:
    assert bridge(layers) == "br0"


def test_a_server_is_not_asked_for_a_template_that_needs_no_bridge(layers: Layers, asked: list[str]) -> None:
    bridge(layers, "user")
    assert asked == []


@pytest.mark.parametrize("chosen", ["br7", ""])
def test_what_a_pool_says_is_chosen_also_when_empty(layers: Layers, chosen: str, asked: list[str]) -> None:
    assert bridge(evolve(layers, pool=ServerPool("p", "lab", {"DEFAULT_BRIDGE": chosen}))) == chosen
    assert asked == []


@pytest.mark.parametrize(("option", "meant"), [("br7", "br7"), ("", "br0")])
def test_an_option_of_the_server_that_was_not_filled_in_chooses_nothing(
    layers: Layers, option: str, meant: str
) -> None:
    assert bridge(evolve(layers, node=evolve(NODE, options={"DEFAULT_BRIDGE": option}))) == meant


def test_what_the_request_says_goes_before_all(layers: Layers) -> None:
    assert bridge(layers, DEFAULT_BRIDGE="br9") == "br9"


def test_a_platform_may_have_a_bridge_of_its_own(layers: Layers, asked: list[str]) -> None:
    xen = evolve(layers, platform=Platform("Toy", frozenset(), {"DEFAULT_BRIDGE": "xenbr0"}))
    assert bridge(xen) == "xenbr0"
    assert asked == []
