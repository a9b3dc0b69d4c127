"""Whether an image is as it was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError
from convirt_core.model import Finding, Severity
from convirt_core.services.images import checksums, folder

if TYPE_CHECKING:
    from convirt_core.model import Image


def verify(image: Image) -> list[Finding]:
    """Check an image's files against their sums, and that its template and settings can be read."""
    findings = [*_verify_documents(image), *_verify_sums(image)]
    return findings or [Finding("image-intact", "Image", Severity.INFO, f"{image.name} is as it was added.")]


def _verify_documents(image: Image) -> list[Finding]:
    findings = []
    for read in (folder.read_template, folder.read_settings):
        try:
            read(image.folder)
        except ConvirtError as error:
            remedy = "Mend the file, or add the image anew."
            findings.append(Finding("image-unreadable", "Image", Severity.ERROR, error.message, remedy))
    return findings


def _verify_sums(image: Image) -> list[Finding]:
    recorded = checksums.read(image.folder)
    actual = checksums.of_folder(image.folder)
    findings = []
    for name in sorted(recorded.keys() | actual.keys()):
        if name not in actual:
            findings.append(_wrong("image-file-missing", f"{name} is missing from {image.name}."))
        elif name not in recorded:
            findings.append(_wrong("image-file-unknown", f"{name} in {image.name} has no checksum."))
        elif recorded[name] != actual[name]:
            findings.append(_wrong("image-file-changed", f"{name} in {image.name} is not what was added."))
    return findings


def _wrong(code: str, message: str) -> Finding:
    severity = Severity.WARNING if code == "image-file-unknown" else Severity.ERROR
    return Finding(code, "Image", severity, message, "Add the image anew from its source.")
