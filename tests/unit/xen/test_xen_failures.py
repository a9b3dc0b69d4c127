"""What a start or an attach that fails says: Xen's own reason, and what was left behind."""

import pytest
from labs.invented_dom0 import LOG, WEB, holds

from convirt_core.errors import OperationFailed, ServerUnavailable
from convirt_core.model import Disk
from convirt_core.platforms import CommandResult


def refusing(vnode, proxy, *lines):
    """Have libvirt refuse every start, and write these lines."""

    def fail(_key, _verb):
        proxy.files[LOG] += "".join(f"2026-11-22 05:27:33.123+0000: {line}\n" for line in lines)
        raise OperationFailed("Cannot start web on dom0: libxenlight failed to create new domain 'web'.")

    return fail


def test_a_failed_start_says_xens_reason_of_this_start_alone(vnode, vmm, proxy):
    vmm.kill(WEB)
    holds(proxy)
    proxy.files[LOG] = "2026-11-22 05:00:00.000+0000: xc: an older reason\n"
    vmm.changing_slowly = refusing(
        *(vnode, proxy, "xc: error: xg_dom_core.c:50:xc_dom_kernel: cannot open /boot/nope: No such file"),
        *("libxl: libxl_dom.c:638:libxl__build_dom: cannot load the kernel", "libxl: third", "libxl: fourth"),
    )
    with pytest.raises(OperationFailed, match="cannot open /boot/nope: No such file; cannot load the") as caught:
        vmm.start(WEB)
    assert "older" not in caught.value.message
    assert "fourth" not in caught.value.message
    assert caught.value.remedy


NO_KERNEL = "xc: error: panic: xg_dom_core.c:689: xc_dom_find_loader: no loader found: Invalid kernel"


@pytest.mark.parametrize(("os", "named"), [("<kernel>/srv/letter</kernel>", "/srv/letter"), ("", "what was booted")])
def test_a_kernel_that_is_none_is_named(vnode, vmm, proxy, os, named):
    vmm.kill(WEB)
    holds(proxy)
    text = f"<domain type='xen'><name>web</name><uuid>{WEB}</uuid><os><type>linux</type>{os}</os></domain>"
    vmm.definition_of = lambda _: text
    vmm.changing_slowly = refusing(vnode, proxy, NO_KERNEL)
    with pytest.raises(OperationFailed, match=rf"'web': {named} is no kernel for Xen \(.*no loader found"):
        vmm.start(WEB)


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(vnode, vmm, proxy):
    holds(proxy)
    proxy.files[LOG] = "x" * 1000
    refuse = refusing(vnode, proxy, "libxl: the reason")

    def rotate(key, verb):
        proxy.files[LOG] = ""
        refuse(key, verb)

    vmm.changing_slowly = rotate
    with pytest.raises(OperationFailed, match="'web': the reason"):
        vmm.start(WEB)


def test_without_a_log_a_failed_start_says_what_libvirt_said(vnode, vmm, proxy):
    holds(proxy)
    vmm.changing_slowly = refusing(vnode, proxy)
    with pytest.raises(OperationFailed, match=r"failed to create new domain 'web'\.$"):
        vmm.start(WEB)


def test_a_half_domain_of_a_start_that_was_cut_off_is_named_with_the_command_that_removes_it(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy, "libxl: Domain with name web already exists")
    proxy.all_domains = CommandResult((), 0, f"Name …\nthe web  2  0  0  --p---  0.0 {WEB}  -  -\n".encode(), b"")
    with pytest.raises(OperationFailed, match=r"name web already exists; Xen holds a domain of this VM") as caught:
        vmm.start(WEB)
    assert "'xl destroy 2'" in caught.value.remedy


def test_a_half_domain_that_is_dying_is_no_cause_and_xens_reason_is(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy, "libxl: the reason")
    proxy.all_domains = CommandResult((), 0, f"Name …\nweb  2  0  0  --ps-d  0.0 {WEB}  -  -\n".encode(), b"")
    with pytest.raises(OperationFailed, match=r"'web': the reason\.$"):
        vmm.start(WEB)


@pytest.fixture
def ssh_goes(vnode, proxy, monkeypatch):
    """Have a connected server's ssh go."""

    def lose(argv, **_):
        raise ServerUnavailable("dom0 does not answer.")

    monkeypatch.setattr(proxy, "run", lose)


@pytest.mark.usefixtures("ssh_goes")
def test_a_start_that_failed_says_why_although_ssh_goes_while_xens_reason_is_read(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy, "libxl: unread")
    with pytest.raises(OperationFailed, match=r"failed to create new domain 'web'\.$"):
        vmm.start(WEB)


@pytest.mark.usefixtures("ssh_goes")
def test_an_attach_that_failed_says_why_although_ssh_goes_while_xens_disks_are_read(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy)
    with pytest.raises(OperationFailed, match=r"failed to create new domain 'web'\.$"):
        vmm.attach_disk(WEB, Disk("xvdb", "/a", format="raw"), live=True, stored=False)


@pytest.mark.parametrize(
    ("target", "device", "is_told"),
    [
        *(("xvdb", 51728, True), ("xvdp", 51952, True), ("xvda", 51728, False)),
        *((target, 51712, False) for target in ("hda", "sda", "xvdaa", "xvdq")),
    ],
)
def test_a_disk_of_an_attach_that_was_cut_off_is_named_with_the_command_that_removes_it(
    vnode, vmm, proxy, target, device, is_told
):
    vmm.changing_slowly = refusing(vnode, proxy)
    proxy.disks = CommandResult((), 0, f"Vdev  BE  handle state\n{device} 0   2     4\n".encode(), b"")
    with pytest.raises(OperationFailed, match="libxenlight failed") as caught:
        vmm.attach_disk(WEB, Disk(target, "/a", format="raw"), live=True, stored=False)
    assert ("xl block-detach" in caught.value.remedy) is is_told
