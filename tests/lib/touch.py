# SPDX-License-Identifier: Apache-2.0
"""Touches and reads a GTK program by its accessibility tree; run as a program of its own, on the bus of the test:

    touch.py texts                 prints every word that is shown, a line each
    touch.py click NAME [NAME…]    clicks the shown thing of that name; exit 1 where there is none

It is a process of its own since libatspi takes its bus from the environment once.
"""
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

TRIES = 10  # walks for one thing: what is shown changes under the walker's feet


def ask(question, otherwise):
    """What QUESTION answers, or OTHERWISE where the thing that is asked is gone."""
    try:
        return question()
    except GLib.Error:
        return otherwise


def walk(thing, depth=0):
    if thing is None or depth > 40:
        return
    if depth > 1 and not ask(lambda: thing.get_state_set().contains(Atspi.StateType.VISIBLE), False):
        return
    yield thing
    for index in range(ask(thing.get_child_count, 0)):
        yield from walk(ask(lambda index=index: thing.get_child_at_index(index), None), depth + 1)


def programs():
    desktop = Atspi.get_desktop(0)
    return [desktop.get_child_at_index(index) for index in range(desktop.get_child_count())]


def shown():
    for program in programs():
        yield from walk(program)


def by_name():
    """Name → what has it, what lies on top last; a label within a button is not the button."""
    found = {}
    for thing in shown():
        if ask(thing.get_role_name, "label") != "label":
            found.setdefault(ask(thing.get_name, ""), []).append(thing)
    return found


def press(things):
    """Clicks the uppermost, or selects it where it is a row of a list."""
    for thing in reversed(things):
        action = thing.get_action_iface()
        if action and action.get_n_actions():
            return action.do_action(0)
        parent = thing.get_parent()
        selection = parent.get_selection_iface() if parent else None
        if selection:
            return selection.select_child(thing.get_index_in_parent())
    return False


def press_all(names):
    """One walk serves as long as what it found is still there. Gives the name that could not be pressed, if any."""
    found = by_name()
    for name in names:
        for _ in range(TRIES):
            if ask(lambda name=name: press(found.get(name, [])), False):
                break
            found = by_name()
        else:
            return name
    return None


def main():
    Atspi.init()
    if sys.argv[1] == "texts":
        print("\n".join(name for thing in shown() if (name := ask(thing.get_name, ""))))
        return 0
    missing = press_all(sys.argv[2:])
    if missing is not None:
        print(f"nothing named {missing} can be touched", file=sys.stderr)
    return 0 if missing is None else 1


if __name__ == "__main__":
    sys.exit(main())
