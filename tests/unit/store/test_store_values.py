"""What goes into the inventory comes out of it, or is refused in words."""

from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convirt_core.errors import AlreadyExists, Conflict, InvalidInput, NotFound, Refused
from convirt_core.model import Image, ImageGroup, ManagedNode, ServerPool, VMRecord, VMRef
from convirt_core.store import Store

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
numbers = st.integers(min_value=-(2**63), max_value=2**63 - 1)
texts = st.dictionaries(text, text, max_size=4)
same_store = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

pools = st.builds(ServerPool, st.just("p2"), text, texts)
servers = st.builds(
    ManagedNode,
    st.just("s2"),
    text,
    text,
    address=text,
    user=text,
    ssh_port=numbers,
    pool=st.sampled_from([None, "p1"]),
    host_uuid=text,
    options=st.dictionaries(text, text | st.integers() | st.booleans(), max_size=4),
)
records = st.builds(
    VMRecord,
    st.builds(VMRef, st.just("s1"), st.just("k2")),
    text,
    image=text,
    notes=text,
    disks=st.lists(text).map(tuple),
    settings=texts,
)
images = st.builds(Image, st.just("i2"), text, text, st.just("g1"), text.map(Path))


@pytest.mark.parametrize(
    ("table", "values"), [("pools", pools), ("servers", servers), ("vms", records), ("images", images)]
)
def test_every_value_comes_back_as_it_went_in(full_store: Store, table: str, values: st.SearchStrategy) -> None:
    @same_store
    @given(values)
    def round_trip(value: object) -> None:
        with full_store.transaction():
            kept = getattr(full_store, table)
            if kept.find(getattr(value, "ref", value.name)) is not None:
                return  # a name or key of the fixture
            kept.add(value)
            read = kept.get(kept._key_of(value))
            kept.remove(read)
        assert read == value
        assert repr(read) == repr(value)

    round_trip()


@pytest.mark.parametrize("table", ["pools", "servers", "groups", "images"])
def test_a_name_is_given_once(full_store: Store, table: str) -> None:
    values = getattr(full_store, table)
    twin = attrs.evolve(values.all()[0], id="other")
    with pytest.raises(AlreadyExists, match=f"{twin.name} is there already"):
        values.add(twin)


def test_letter_case_tells_names_apart(store: Store) -> None:
    store.pools.add(ServerPool("p1", "lab"))
    store.pools.add(ServerPool("p2", "LAB"))
    assert store.pools.find("LAB").id == "p2"
    assert store.pools.find("Lab") is None


def test_a_value_cannot_take_the_name_of_another(store: Store) -> None:
    store.pools.add(ServerPool("p1", "lab"))
    second = store.pools.add(ServerPool("p2", "office"))
    with pytest.raises(AlreadyExists):
        store.pools.save(attrs.evolve(second, name="lab"))


def test_saving_what_someone_else_has_changed_is_a_conflict_and_changes_nothing(store: Store) -> None:
    mine = store.pools.add(ServerPool("p1", "lab"))
    theirs = store.pools.save(attrs.evolve(mine, name="office"))
    with pytest.raises(Conflict, match="someone else"):
        store.pools.save(attrs.evolve(mine, name="cellar"))
    assert store.pools.all() == [theirs]


def test_each_save_counts_the_version_up(store: Store) -> None:
    pool = store.pools.add(ServerPool("p1", "lab"))
    assert store.pools.save(store.pools.save(pool)).row_version == 2


def test_saving_what_was_removed_says_that_it_is_gone(store: Store) -> None:
    with pytest.raises(NotFound):
        store.pools.save(ServerPool("p1", "lab"))


def test_removing_what_someone_else_has_changed_is_a_conflict(store: Store) -> None:
    mine = store.pools.add(ServerPool("p1", "lab"))
    store.pools.save(mine)
    with pytest.raises(Conflict):
        store.pools.remove(mine)
    store.pools.remove("p1")
    assert store.pools.all() == []


@pytest.mark.parametrize("table", ["pools", "groups"])
def test_what_is_not_empty_cannot_be_removed(full_store: Store, table: str) -> None:
    values = getattr(full_store, table)
    with pytest.raises(Refused, match="not empty"):
        values.remove(values.all()[0])
    assert len(values.all()) == 1


def test_a_server_cannot_join_a_pool_that_is_gone(store: Store) -> None:
    with pytest.raises(NotFound):
        store.servers.add(ManagedNode("s1", "host1", "kvm", pool="gone"))


def test_a_removed_server_takes_its_vm_records_with_it(full_store: Store) -> None:
    full_store.servers.remove("s1")
    assert full_store.vms.all() == []


def test_a_vm_record_moves_to_another_server(full_store: Store) -> None:
    full_store.servers.add(ManagedNode("s2", "host2", "kvm"))
    moved = full_store.vms.move(VMRef("s1", "k1"), "s2")
    assert full_store.vms.of_server("s1") == []
    assert full_store.vms.of_server("s2") == [moved]
    assert moved.ref == VMRef("s2", "k1")


def test_a_vm_record_does_not_move_over_another(full_store: Store) -> None:
    full_store.servers.add(ManagedNode("s2", "host2", "kvm"))
    full_store.vms.add(VMRecord(VMRef("s2", "k1"), "twin"))
    with pytest.raises(AlreadyExists):
        full_store.vms.move(VMRef("s1", "k1"), "s2")


def test_vms_of_an_image_and_servers_of_a_pool_are_found(full_store: Store) -> None:
    full_store.vms.add(VMRecord(VMRef("s1", "k2"), "web2", image="i1"))
    full_store.servers.add(ManagedNode("s2", "host2", "kvm"))
    assert [vm.name for vm in full_store.vms.of_image("i1")] == ["web2"]
    assert [server.name for server in full_store.servers.of_pool("p1")] == ["host1"]
    assert [server.name for server in full_store.servers.of_pool(None)] == ["host2"]
    assert [image.name for image in full_store.images.of_group("g1")] == ["debian"]


def test_values_are_listed_by_name(store: Store) -> None:
    for name in ("c", "a", "b"):
        store.groups.add(ImageGroup(f"id-{name}", name))
    assert [group.name for group in store.groups.all()] == ["a", "b", "c"]


@pytest.mark.parametrize("server", [ManagedNode("s1", "\udcff", "kvm"), ManagedNode("s1", "a", "kvm", ssh_port=2**63)])
def test_what_sqlite_has_no_type_for_is_refused(store: Store, server: ManagedNode) -> None:
    with pytest.raises(InvalidInput):
        store.servers.add(server)
