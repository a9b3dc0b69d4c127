"""Information to show: sections of labelled values, in order, for any front end."""

from __future__ import annotations

from attrs import frozen

InfoValue = str | int | float | bool | None


@frozen
class InfoSection:
    """A titled list of labelled values.

    :param rows: (key, label, value); the key is stable for programs and bears the unit
        (`memory_bytes`), the label is for people
    """

    title: str
    rows: tuple[tuple[str, str, InfoValue], ...]

    def as_dict(self) -> dict[str, InfoValue]:
        """Key → value, for JSON."""
        return {key: value for key, _, value in self.rows}
