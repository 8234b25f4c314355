# SPDX-License-Identifier: Apache-2.0
"""Who may be the station on the system bus, and who may speak to it: assets/dbus, read by a real dbus-daemon.

Runs as root only. Users and groups that every Debian has stand in for the station's own.
"""
import os
import pwd
import shutil
import subprocess
import tempfile

import tap
from process import Process
from station import BUILD, SOURCE

FAKE = os.path.join(BUILD, "tests/lib/fake-station")
CTL = os.path.join(BUILD, "edge/stationctl")
CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{folder}/policy.conf</include>
</busconfig>
"""
STAND_INS = {'user="stationmaster"': 'user="daemon"', 'group="stationmaster"': 'group="mail"',
             'group="stationmaster-view"': 'group="games"'}
folder = tempfile.mkdtemp(prefix="stationmaster-policy-")
address = f"unix:path={folder}/bus"


def as_user(user, *command):
    group = pwd.getpwnam(user).pw_gid
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--pdeathsig", "KILL", "--", *command]


def environment():
    return {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}


def start_bus():
    with open(os.path.join(SOURCE, "assets/dbus/org.stationmaster.Station1.conf"), encoding="utf-8") as file:
        policy = file.read()
    for name, stand_in in STAND_INS.items():
        tap.check(name in policy, f"the policy speaks of {name}")
        policy = policy.replace(name, stand_in)
    with open(os.path.join(folder, "policy.conf"), "w", encoding="utf-8") as file:
        file.write(policy)
    with open(os.path.join(folder, "bus.conf"), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(folder=folder))
    # programs and socket must be within reach of the others
    os.chmod(folder, 0o755)
    for program in (FAKE, CTL):
        shutil.copy(program, folder)
    bus = Process("bus", ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nosyslog",
                          "--print-address=1"])
    bus.wait_line("^unix:", 5)
    return bus


def status(user):
    done = subprocess.run(as_user(user, os.path.join(folder, "stationctl"), "status", "--json"), env=environment(),
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@tap.test
def only_the_station_owns():
    "Only stationd's user may own the name."
    stranger = Process("stranger", as_user("games", os.path.join(folder, "fake-station")), environment())
    stranger.wait_line("^lost: .*not allowed to own", 10)
    stranger.stop()
    own = Process("station", as_user("daemon", os.path.join(folder, "fake-station")), environment())
    own.wait_line("^ready$", 10)
    own.stop()


@tap.test
def only_its_groups_speak():
    "Only root, stationd's user and the two groups may speak to it; others hear why not."
    own = Process("station", as_user("daemon", os.path.join(folder, "fake-station")), environment())
    own.wait_line("^ready$", 10)
    for user in ("root", "daemon", "mail", "games"):
        tap.equal(status(user), (0, ""), f"status as {user}")
    code, reason = status("nobody")
    tap.equal(code, 1, f"exit as nobody: {reason}")
    tap.check("stationmaster-view" in reason, reason)
    own.stop()


def outbox(user):
    done = subprocess.run(as_user(user, "gdbus", "call", "--address", address, "--dest", "org.stationmaster.Station1",
                                  "--object-path", "/org/stationmaster/Station1",
                                  "--method", "org.stationmaster.Sync1.GetOutbox"),
                          env=environment(), capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


@tap.test
def viewers_are_not_sync():
    "What is acknowledged is said by the station's own programs; who only looks may not say it."
    own = Process("station", as_user("daemon", os.path.join(folder, "fake-station")), environment())
    own.wait_line("^ready$", 10)
    for user in ("root", "daemon", "mail"):
        allowed, answer = outbox(user)
        tap.check(allowed and "1795328504" in answer, f"GetOutbox as {user}: {answer}")
    allowed, answer = outbox("games")
    tap.check(not allowed and "AccessDenied" in answer, f"GetOutbox as games: {answer}")
    own.stop()


def listen(user):
    """What USER hears of the station, from when it is there to be heard."""
    process = Process(f"ears of {user}", as_user(user, "gdbus", "monitor", "--address", address, "--dest",
                                                 "org.stationmaster.Station1"))
    process.wait_line("is owned by", 10)
    return process


@tap.test
def viewers_do_not_hear_headquarters():
    "What headquarters is answered goes to the station's own programs; all may hear what is shown to all."
    own = Process("station", as_user("daemon", os.path.join(folder, "fake-station")), environment())
    own.wait_line("^ready$", 10)
    ears = {user: listen(user) for user in ("root", "mail", "games", "nobody")}
    told = subprocess.run(["gdbus", "call", "--address", address, "--dest", "org.stationmaster.Station1",
                           "--object-path", "/org/stationmaster/Station1", "--method", "org.stationmaster.Sync1.TakeCommand",
                           "stationmaster/v1/S/command", "[]", "", "false"], capture_output=True, text=True, timeout=60)
    tap.equal(told.returncode, 0, f"TakeCommand: {told.stderr}")
    for user, process in ears.items():
        process.wait_line("AnnouncementsChanged", 10)  # said last
        heard = [name for name in ("Reply", "Resend", "Appended") if process.find(f"Sync1.{name} ")]
        tap.equal(heard, ["Reply", "Resend", "Appended"] if user in ("root", "mail") else [], f"what {user} hears")
        process.stop()
    own.stop()


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP only root can act as others")
        return
    try:
        start_bus()
        tap.main()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
