"""Hold a plugin to the contract. What pluggy lets pass in silence is found here."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import pluggy

from convirt_core.hookspecs import PROJECT, PlatformSpec, PluginSpec
from convirt_core.plugins.groups import EXTENSIONS, PLATFORMS
from convirt_core.plugins.hooks import HOOKS, PREFIX, SPECS, Hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pluggy import HookimplOpts, HookspecOpts


class _Implementation(NamedTuple):
    """A method marked with `@hookimpl`; `name` is the hook that it says it implements."""

    name: str
    function: Callable[..., object]
    is_wrapper: bool


class _Manager(pluggy.PluginManager):
    """Passes over Python's own names, most of those in a class: to look for a mark on each takes pluggy 50 µs."""

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> HookspecOpts | None:
        return None if name.startswith("__") else super().parse_hookspec_opts(module_or_class, name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        return None if name.startswith("__") else super().parse_hookimpl_opts(plugin, name)


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows all hooks and no plugin."""
    manager = _Manager(PROJECT)
    for spec in SPECS:
        manager.add_hookspecs(spec)
    return manager


def class_problem(found: object) -> str:
    """Say why what an entry point names cannot be a plugin's class, or nothing."""
    if not inspect.isclass(found):
        return f"names {found!r}, which is not a class"
    if not issubclass(found, PluginSpec):
        return f"names the class {found.__name__}, which subclasses none of the spec classes"
    return ""


def front_end_problem(found: object) -> str:
    """Say why what an entry point names cannot be a `FrontEnd`, or nothing."""
    if not inspect.isclass(found):
        return f"names {found!r}, which is not a class"
    missing = [name for name in ("name", "summary", "run") if not hasattr(found, name)]
    return f"names the class {found.__name__}, which has no {' and no '.join(missing)}" if missing else ""


def command_problem(found: object) -> str:
    """Say why what an entry point names cannot be a command, or nothing. What a command is, the CLI knows."""
    return "" if callable(found) else f"names {found!r}, which cannot be called"


def problems(plugin: PluginSpec, group: str, manager: pluggy.PluginManager) -> list[str]:
    """Return everything in which a plugin breaks the contract, a clause each. Nothing of it is called."""
    implementations = dict(_implementations(plugin, manager))
    found = list(_undecorated(type(plugin), set(implementations)))
    names = [each.name for each in implementations.values()]
    found += [f"{name} is implemented twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for each in implementations.values():
        hook = HOOKS.get(each.name)
        found += [_unknown(each.name)] if hook is None else _hook_problems(hook, each, type(plugin), group)
    if group == PLATFORMS:
        found += _platform_problems(plugin, names)
    return found


def _implementations(plugin: PluginSpec, manager: pluggy.PluginManager) -> Iterator[tuple[str, _Implementation]]:
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is not None:
            is_wrapper = options["wrapper"] or options["hookwrapper"]
            yield name, _Implementation(options["specname"] or name, getattr(plugin, name), is_wrapper)


def _undecorated(kind: type, decorated: set[str]) -> Iterator[str]:
    """Find what looks like a hook and is none: an override without `@hookimpl` would never be called."""
    for name in dir(kind):
        if not name.startswith(PREFIX) or name in decorated:
            continue
        if name not in HOOKS:
            yield _unknown(name)
        elif inspect.getattr_static(kind, name) is not HOOKS[name].function:
            yield f"{name} lacks @hookimpl"


def _unknown(name: str) -> str:
    import difflib  # noqa: PLC0415  for a mistake only

    close = difflib.get_close_matches(name, HOOKS, n=1)
    return f"{name} is not a hook" + (f" (did you mean {close[0]}?)" if close else "")


def _hook_problems(hook: Hook, implementation: _Implementation, kind: type, group: str) -> list[str]:
    found = []
    if not issubclass(kind, hook.spec):
        found.append(f"{hook.name} needs the class to subclass {hook.spec.__name__}")
    if group == EXTENSIONS and not hook.is_for_extensions:
        found.append(f"{hook.name} is for platforms only")
    if group == PLATFORMS and not hook.is_for_platforms:
        found.append(f"{hook.name} is for extensions only")
    if implementation.is_wrapper:
        found.append(f"{hook.name} is a wrapper; wrappers are not supported")
    else:
        found += _function_problems(hook, implementation.function)
    return found


def _function_problems(hook: Hook, function: Callable[..., object]) -> list[str]:
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        return [f"{hook.name} must be a plain method that returns its answer"]
    parameters = inspect.signature(function).parameters.values()
    plain = all(
        each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and each.default is inspect.Parameter.empty
        for each in parameters
    )
    if plain and tuple(each.name for each in parameters) == hook.arguments:
        return []
    wanted = ", ".join(("self", *hook.arguments))
    return [f"{hook.name} must take exactly ({wanted}), none of them keyword-only or with a default"]


def _platform_problems(plugin: PluginSpec, names: list[str]) -> list[str]:
    if not isinstance(plugin, PlatformSpec):
        return ["a platform must subclass PlatformSpec"]
    return [] if "convirt_platform" in names else ["convirt_platform is missing: a platform must say what it is"]
