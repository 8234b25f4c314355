# SPDX-License-Identifier: Apache-2.0
"""stationctl and the D-Bus service: every command, every way to be refused, a bus that dies, and callers that mean harm.

The service is the real one, before a canned station (tests/lib/fake-station.c), on a private bus.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib

import tap
from process import Process, until
from station import BUILD, Bus

NAME = "org.stationmaster.Station1"
PATH = "/org/stationmaster/Station1"
CTL = os.path.join(BUILD, "edge/stationctl")
FAKE = os.path.join(BUILD, "tests/lib/fake-station")
ALARM_KEYS = """id rule subject severity state active acknowledged silenced latched shelved suppressed out_of_service cause
raised_at acknowledged_at acknowledged_by cleared_at value title advice first_out incident latency_ms ladder""".split()
STEP_KEYS = "connector rung commanded_at proven_at result proof".split()
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$")

folder = tempfile.mkdtemp(prefix="stationmaster-ctl-")
bus = Bus(folder)
station = None


def environment(**more):
    values = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "NO_COLOR"))}
    return {**values, "DBUS_SESSION_BUS_ADDRESS": bus.address, "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai", **more}


def start(chargers=3, alarms=0):
    global station
    station = Process("fake-station", [FAKE, chargers, alarms], environment())
    station.wait_line("^ready$", 10)


def stop():
    """Ends the station in peace, so that the sanitizers have their say, and gives its lines."""
    station.child.terminate()
    status = station.child.wait(30)
    for reader in station.readers:
        reader.join(10)
    lines = [text for _, _, text in station.lines]
    if status != 0:
        raise tap.Failure(f"the service ended with {status}: " + "\n".join(lines[-30:]))
    return lines


def pin(name, text="2468\n", mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def ctl(*arguments, session=True, **more):
    command = [CTL, *(["--bus", "session"] if session else []), *arguments]
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=90)
    return done.returncode, done.stdout, done.stderr


def ask(*arguments):
    """The JSON of a command that must succeed."""
    status, out, err = ctl("--json", *arguments)
    tap.equal((status, err), (0, ""), f"exit and messages of {' '.join(arguments)}")
    return json.loads(out)


def refused(status, error, *arguments):
    """The reason of a command that must fail with STATUS and {"error": ERROR}."""
    found, out, err = ctl("--json", *arguments)
    tap.equal(found, status, f"exit of {' '.join(arguments)}: {err}")
    answer = json.loads(out)
    tap.equal(answer["error"], error, f"error of {' '.join(arguments)}")
    tap.check(answer["reason"] and answer["reason"] in err, "the reason stands in both places")
    return answer["reason"]


def acting():
    return ["--staff", "wang", "--pin-file", pin("wang")]


@tap.test
def lists_are_arrays():
    "Each list is a JSON array with the keys of the contract."
    device = ask("devices")[0]
    for key in "name kind profile bus online rtt_ms errors last_read".split():
        tap.check(key in device, f"devices: {key}")
    tap.equal(ask("buses")[0]["name"], "yard", "buses")
    tap.equal(ask("cameras"), [], "cameras")
    connector = ask("connectors")[0]
    for key in "path status held hold_alarm order current power soc".split():
        tap.check(key in connector, f"connectors: {key}")
    tap.equal((connector["path"], connector["held"], connector["hold_alarm"]), ("dc-01/1", True, "alarm-1"), "the hold")
    tap.equal(connector["status"], "charging", "its status")
    tap.equal([(c["path"], c["disabled_by"]) for c in ask("connectors") if c["disabled"]], [("dc-02/1", "hq:hq")],
              "what headquarters has disabled")
    tap.check("disabled by hq:hq" in ctl("connectors")[1], "people are told of it")
    tap.equal(ask("staff", "list")[0]["role"], "operator", "staff")


@tap.test
def objects_are_objects():
    "status, tariff and probe give objects, and JSON is passed on exactly as the station said it."
    status = ask("status")
    for key in "station version uptime_s clock epoch last_seq acked_seq hq alarms processes".split():
        tap.check(key in status, f"status: {key}")
    tap.equal(ask("tariff")["version"], 7, "tariff")
    tap.equal((ask("sync")["online"], ask("sync")["backlog"]), (False, 2), "sync")
    tap.check("connection refused" in ctl("sync")[1], "sync tells people why there is no line")
    tap.equal(ask("probe", "dc-02")["device"], "dc-02", "probe")
    tap.check('"rtt_ms":{"p50":1.25,"p95":3}' in ctl("devices", "--json")[1], "verbatim")
    tap.check('"reason":"a\\u009b\\u202e"' in ctl("devices", "--json")[1], "but nothing steers a terminal")


@tap.test
def points_have_values():
    "Points come with value, unit, quality, time and age, null where nothing was read."
    points = {p["path"]: p for p in json.loads(ctl("points", "--json", TZ="America/New_York")[1])}
    for point in points.values():
        tap.equal(sorted(point), sorted("path value unit quality time age_ms".split()), "keys of a point")
    tap.check(all(re.search(r"\.\d{3}\+08:00$", p["time"]) for p in points.values() if p["time"]), "the station's offset")
    status, power, vin = points["dc-01/1/status"], points["dc-01/1/power"], points["dc-01/1/vin"]
    tap.equal((status["value"], status["quality"]), ("charging", "good"), "a word")
    tap.check(isinstance(power["value"], (int, float)) and power["unit"] == "kW", f"a number: {power}")
    tap.check(TIME.match(power["time"]) and 0 <= power["age_ms"] < 60000, f"its time and age: {power}")
    tap.equal((vin["value"], vin["quality"], vin["time"], vin["age_ms"]), (None, "unknown", None, None), "never read")
    tap.equal([p["path"] for p in ask("points", "dc-0[12]*")], [], "brackets are no wildcards")
    tap.equal(len(ask("points", "dc-0?/*power")), 3, "a pattern")


@tap.test
def alarms_have_all_keys():
    "An alarm has every key of the contract, and its ladder as well."
    alarms = ask("alarms")
    tap.equal([a["id"] for a in alarms], ["alarm-2", "alarm-1"], "open alarms")
    for key in ALARM_KEYS:
        tap.check(all(key in a for a in alarms), f"alarm: {key}")
    tap.equal((alarms[0]["state"], alarms[0]["acknowledged_by"]), ("latched", "staff:wang"), "the latched one")
    first = alarms[1]
    tap.equal((first["severity"], first["value"], first["unit"], first["title_zh_CN"]), ("high", 61.5, "°C", "电池过温"), "what it says")
    tap.equal(first["raised_at"], "2026-11-22T14:21:44.318+08:00", "its time, in the station's zone")
    tap.equal(first["latency_ms"], {"command": 4.25, "proof": 904}, "its latencies")
    for key in STEP_KEYS:
        tap.check(key in first["ladder"][0], f"ladder: {key}")
    tap.equal([a["state"] for a in ask("alarms", "--all")], ["unacknowledged", "normal"], "with those that are over")


@tap.test
def many_alarms():
    "However many alarms are open, the list has each of them once, the newest first."
    stop()
    start(alarms=2500)
    alarms = ask("alarms")
    tap.equal(len({a["id"] for a in alarms}), 2502, "alarms")
    tap.equal(len(alarms), 2502, "each once")
    times = [a["raised_at"] for a in alarms]
    tap.equal(times, sorted(times, reverse=True), "newest first")
    client = Client()
    found = flood(client, "ListAlarms", "(b)", (False,), 16)
    tap.equal(found["answered"] + found["busy"], 16, f"answers to those who ask side by side: {found}")
    client.close()
    stop()
    start()


@tap.test
def events_are_bounded():
    "Events come by number, after one, of an epoch, as many as asked for."
    tap.equal([e["seq"] for e in ask("events")], list(range(1, 13)), "all")
    tap.equal([e["id"] for e in ask("events", "--after", "3", "--limit", "2", "--epoch", "9")], ["9.4", "9.5"], "some")
    tap.equal(ctl("events", "--limit", "1001")[0], 2, "too many")


@tap.test
def people_act():
    "Who acts gives name and PIN, and is told what has come of it."
    tap.equal(ask("ack", "alarm-1", "--note", "已到场", *acting()), {"done": True}, "ack")
    tap.equal(ask("alarms")[1]["note"], "已到场", "the note")
    refused(1, "refused", "ack", "alarm-1", *acting())
    refused(1, "refused", "reset", "alarm-1", *acting())
    tap.equal(ask("reset", "alarm-2", *acting()), {"done": True}, "reset")
    tap.equal(ask("silence", *acting())["count"], 2, "silence")
    tap.equal(ask("stop", "dc-01/1", *acting())["proof"], "status finishing, current 0.0 A", "stop")
    tap.check("no proof" in refused(1, "refused", "stop", "dc-02/1", *acting()), "a stop without proof")
    refused(1, "not-found", "stop", "dc-99/1", *acting())
    refused(1, "not-found", "ack", "nonsense", *acting())
    refused(1, "not-found", "probe", "bus/yard")


@tap.test
def staff_and_books():
    "Staff, books and configuration are for root, stationd's own user, or an engineer."
    tap.equal(ask("staff", "add", "李雷", "--role", "operator", "--pin-file", pin("new", "1357\n")), {"done": True}, "add")
    station.wait_line("^add 李雷 as operator with 1357$", 5)
    ask("staff", "add", "li", "--role", "viewer", "--pin-file", pin("new", "9999"), "--staff", "wang",
        "--staff-pin-file", pin("wang"))
    station.wait_line("^add li as viewer with 9999$", 5)
    ask("staff", "disable", "wang")
    refused(1, "not-found", "staff", "disable", "nobody")
    refused(1, "invalid", "staff", "add", "li", "--role", "king", "--pin-file", pin("new"))
    refused(1, "invalid", "staff", "add", "li", "--role", "viewer", "--pin-file", pin("new", "123"))
    refused(1, "invalid", "staff", "add", "l" * 60, "--role", "viewer", "--pin-file", pin("new"))
    refused(1, "invalid", "staff", "add", "a/b", "--role", "viewer", "--pin-file", pin("new"))
    ask("backup", os.path.join(folder, "x.db"))
    tap.equal(subprocess.run([CTL, "--bus", "session", "backup", "y.db"], env=environment(), cwd=folder,
                             capture_output=True).returncode, 0,
              "a relative file")
    station.wait_line(f"^backup {re.escape(os.path.realpath(folder))}/y.db$", 5)
    refused(1, "failed", "backup", os.path.join(folder, "unseen.db"))
    ask("restore", os.path.join(folder, "x.db"))
    ask("reload")
    status, out, err = ctl("--json", "reload", *acting())
    tap.equal((status, json.loads(out)["faults"]), (1, ["station.conf: [station] id: missing"]), "faults")
    tap.check("station.conf: [station] id: missing\n" in err, "faults for people")


@tap.test
def wrong_pins():
    "A wrong PIN is refused, and a PIN file that others can read is not used."
    args = ["silence", "--staff", "wang", "--pin-file"]
    refused(1, "refused", *args, pin("wrong", "0000"))
    tap.check("chmod 600" in refused(1, "failed", *args, pin("open", mode=0o644)), "a file for all")
    refused(1, "failed", *args, os.path.join(folder, "missing"))
    refused(1, "failed", *args, folder)
    refused(1, "invalid", *args, pin("long", "1" * 65))


@tap.test
def wrong_usage():
    "Wrong usage ends with 2, says what is wrong on stderr, and asks nothing of the station."
    for arguments in (["alrms"], [], ["ack"], ["status", "now"], ["--bus", "both", "status"], ["--nonsense"],
                      ["ack", "alarm-1"], ["orders"], ["staff"], ["staff", "add", "x"]):
        status, out, err = ctl(*arguments)
        tap.equal((status, out), (2, ""), f"exit and output of {arguments}")
        tap.check(err.startswith("stationctl: ") and "Usage: stationctl" in err, f"messages of {arguments}: {err}")
    tap.check("did you mean “alarms”" in ctl("alrms")[2], "the nearest command")
    tap.equal(ctl("--help")[0], 0, "help")
    tap.check(ctl("ack", "--help")[1].startswith("Usage: stationctl ack ID"), "help of a command")
    tap.check(re.match(r"^stationctl \d+\.\d+\.\d+\n$", ctl("--version")[1]), "version")


@tap.test
def people_read_tables():
    "Without --json people get tables: in columns, in Chinese where they speak it, without escapes that they did not ask for."
    for command in ("status", "devices", "buses", "points", "connectors", "cameras", "alarms", "events", "tariff"):
        status, out, err = ctl(command)
        tap.equal((status, err), (0, ""), command)
        tap.check(out.strip() and "\033" not in out and "{" not in out, f"{command}: {out}")
    tap.check("61.5 °C" in ctl("alarms")[1], "an alarm's value has its unit")
    lines = ctl("devices")[1].splitlines()
    tap.equal(lines[0].split()[:2], ["Device", "Kind"], "headers")
    tap.equal(lines[1].index("charger"), lines[0].index("Kind"), "columns")
    tap.equal(lines[2].index("sensor") + 2, lines[0].index("Kind"), "columns behind wide characters")
    tap.check("Battery over temperature" in ctl("alarms")[1], "an alarm's title")


@tap.test
def people_read_probes():
    "A probe shows people the device, how much of it answered, and a line for each point; with --json nothing is changed."
    status, out, err = ctl("probe", "dc-02")
    rows = [line.split() for line in out.splitlines()]
    tap.equal((status, err, len(rows)), (0, "", 9), out)
    tap.equal(rows[:4], [["Device", "dc-02"], ["State", "online"], ["p50", "ms", "2.5"], ["Answered", "2", "of", "3", "points"]],
              "the device")
    tap.equal(rows[5:], [["Point", "Value", "Unit", "Quality"], ["dc-02/1/status", "charging", "good"],
                         ["dc-02/1/power", "58.25", "kW", "good"], ["dc-02/1/soc", "–", "%", "unknown"]], "its points")
    tap.check("{" not in out and "\033" not in out, out)
    tap.equal([point["value"] for point in ask("probe", "dc-02")["points"]], ["charging", 58.25, None], "as JSON")
    chinese = ctl("probe", "dc-02", LC_ALL="C.UTF-8", LANGUAGE="zh_CN")[1]
    tap.check("3 个测点中的 2 个" in chinese and "充电中" in chinese, chinese)


@tap.test
def people_read_chinese():
    "Where the locale is Chinese, headers and words are Chinese, even if that locale was never made on this machine."
    for locale in ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, {"LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN"}):
        more = {**locale, "STATIONMASTER_LOCALES": os.path.join(BUILD, "assets/po")}
        tap.check("电池过温" in ctl("alarms", **more)[1], f"the title with {locale}")
        tap.check("充电中" in ctl("connectors", **more)[1], f"a status with {locale}")
        tap.check("设备" in ctl("devices", **more)[1].splitlines()[0], f"a header with {locale}")
        json.loads(ctl("alarms", "--json", **more)[1])


@tap.test
def nobody_there():
    "A station that cannot be reached is exit 3 with a reason, be it no service or no bus."
    nobody = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/no-such-bus"}
    status, out, err = ctl("status", "--json", **nobody)
    tap.equal((status, json.loads(out)["error"]), (3, "unreachable"), "no bus")
    tap.check("cannot be reached" in err, err)
    status, _, err = ctl("status", session=False, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={folder}/none")
    tap.equal(status, 3, "no system bus")
    stop()
    tap.equal(ctl("status")[0], 3, "no service")
    start()
    tap.equal(ctl("status")[0], 0, "the service again")


@tap.test
def system_bus():
    "The system bus is the default, wherever its address says that it is."
    tap.equal(ctl("status", session=False, DBUS_SYSTEM_BUS_ADDRESS=bus.address)[0], 0, "by DBUS_SYSTEM_BUS_ADDRESS")


class Client:
    """A connection of its own to the bus."""

    def __init__(self):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)

    def call(self, method, signature="()", *values):
        try:
            answer = self.connection.call_sync(NAME, PATH, NAME, method, GLib.Variant(signature, values), None,
                                               Gio.DBusCallFlags.NONE, 30000, None)
            return answer.unpack()
        except GLib.Error as error:
            return Gio.DBusError.get_remote_error(error) or error.message

    def close(self):
        self.connection.close_sync(None)


@tap.test
def hostile_arguments():
    "Whatever is sent, the service answers with an error and lives."
    client = Client()
    invalid, missing = "org.stationmaster.Error.Invalid", "org.stationmaster.Error.NotFound"
    for long in ("x" * 4097, "x" * 60000):
        tap.equal(client.call("Acknowledge", "(ssss)", "alarm-1", long, "wang", "2468"), invalid, "a long note")
        tap.equal(client.call("ListPoints", "(s)", long), invalid, "a long pattern")
    tap.equal(client.call("Acknowledge", "(ssss)", "alarm-1", "x" * 100000, "wang", "2468"), invalid, "a huge note")
    tap.equal(client.call("ListPoints", "(s)", "x" * 30_000_000), invalid, "a monstrous pattern")
    tap.equal(client.call("Silence", "(ss)", "w" * 65, "2468"), invalid, "a long name")
    tap.equal(client.call("Silence", "(ss)", "wang", "2" * 65), invalid, "a long PIN")
    tap.equal(client.call("Acknowledge", "(ssss)", "%s%n%s", "%n", "wang", "2468"), missing, "a format")
    tap.equal(client.call("StopConnector", "(sss)", "", "wang", "2468"), missing, "no connector")
    tap.equal(client.call("StopConnector", "(sss)", "../" * 1000, "wang", "2468"), missing, "a path")
    tap.equal(client.call("Probe", "(s)", "station"), missing, "what is no device")
    tap.equal(client.call("Backup", "(sss)", "relative", "", ""), invalid, "a relative file")
    tap.equal(client.call("Backup", "(sss)", "/tmp/", "", ""), invalid, "a folder")
    tap.equal(client.call("ListEvents", "(xxu)", -1, 0, 10), invalid, "an epoch before all")
    tap.equal(len(json.loads(client.call("ListEvents", "(xxu)", 0, 0, 2**32 - 1)[0])), 12, "a limit above all")
    tap.equal(client.call("ListEvents", "(xxu)", 0, 2**63 - 1 - 1000, 0)[0], "[]", "a number above all")
    tap.check("InvalidArgs" in client.call("Silence", "(s)", "wang"), "too few arguments")
    tap.check("InvalidArgs" in client.call("ListAlarms", "(s)", "yes"), "a wrong type")
    tap.check("UnknownMethod" in client.call("OpenSesame"), "an unknown method")
    tap.check(isinstance(client.call("GetStatus"), tuple), "it still answers")
    client.close()


@tap.test
def silent_calls():
    "Calls that want no answer are done, get none, and do not use up the service's places."
    client = Client()
    for _ in range(500):
        message = Gio.DBusMessage.new_method_call(NAME, PATH, NAME, "GetStatus")
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        client.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
    client.connection.flush_sync(None)
    until(lambda: isinstance(client.call("GetStatus"), tuple), 30, "an answer after 500 silent calls")
    tap.equal(ask("status")["version"], "0.1.0", "another caller")
    client.close()


def flood(client, method, signature, values, count):
    """Sends COUNT calls without waiting; how many were answered, and how many heard Busy."""
    found = {"answered": 0, "busy": 0}
    loop = GLib.MainLoop()

    def on_answer(connection, result):
        try:
            connection.call_finish(result)
            found["answered"] += 1
        except GLib.Error as error:
            # the bus has a limit of its own for what one caller may have unanswered
            name = Gio.DBusError.get_remote_error(error)
            busy = name in ("org.stationmaster.Error.Busy", "org.freedesktop.DBus.Error.LimitsExceeded")
            found["busy" if busy else error.message] = found.get("busy" if busy else error.message, 0) + 1
        if sum(found.values()) == count:
            loop.quit()

    for _ in range(count):
        client.connection.call(NAME, PATH, NAME, method, GLib.Variant(signature, values), None,
                               Gio.DBusCallFlags.NONE, 120000, None, on_answer)
    GLib.timeout_add_seconds(120, loop.quit)
    loop.run()
    return found


def resident_kib():
    with open(f"/proc/{station_pid()}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def station_pid():
    return station.child.pid


@tap.test
def flood_is_bounded():
    "Of 10,000 calls at once each is answered or told that the station is busy, in bounded memory."
    count = tap.full(10_000, 100_000)
    client = Client()
    flood(client, "ListPoints", "(s)", ("",), 1000)
    before = resident_kib()
    found = flood(client, "ListPoints", "(s)", ("",), count)
    tap.note(f"{count} calls: {found}; {before} KiB before, {resident_kib()} KiB after")
    tap.equal(found["answered"] + found["busy"], count, f"answers: {found}")
    tap.check(found["answered"] >= 16 and found["busy"] > 0, f"some of both: {found}")
    # a sanitizer keeps what was freed for a while
    tap.check("san" in os.path.basename(BUILD) or resident_kib() - before < 16 * 1024, "memory")
    tap.equal(ask("status")["version"], "0.1.0", "afterwards")
    client.close()
    lines = stop()
    tap.note(lines[-1])
    start()


@tap.test
def signals_are_heard():
    "A change of a connector is told at most four times a second, an alarm's at once."
    client = Client()
    heard = {"ConnectorsChanged": [], "AlarmChanged": []}
    context = GLib.MainContext.default()
    client.connection.signal_subscribe(
        None, NAME, None, PATH, None, Gio.DBusSignalFlags.NONE,
        lambda _c, _s, _p, _i, signal, values: heard[signal].append((GLib.get_monotonic_time(), values.unpack()[0])))
    stop()
    start()
    ask("ack", "alarm-1", *acting())
    until(lambda: [context.iteration(False)] and len(heard["ConnectorsChanged"]) >= 5 and heard["AlarmChanged"], 30,
          "signals")
    path, status, _power, current, soc, held, disabled_by = heard["ConnectorsChanged"][0][1][0]
    tap.equal((path[:3], status, current, soc == soc), ("dc-", "charging", 123.4, False), "a connector")
    tap.check(isinstance(held, bool) and isinstance(disabled_by, str), "held, disabled")
    tap.equal(json.loads(heard["AlarmChanged"][0][1])["id"], "alarm-1", "an alarm")
    client.close()


@tap.test
def bus_dies():
    "When the bus dies the service lives, and is there again as soon as the bus is."
    for _ in range(tap.full(3, 30)):
        ready = sum(text == "ready" for _, _, text in station.lines)
        bus.kill()
        until(lambda: any(text.startswith("lost") for _, _, text in station.lines), 10, "the loss is noticed")
        bus.start()
        until(lambda: sum(text == "ready" for _, _, text in station.lines) > ready, 10, "the name is owned anew")
        tap.equal(ask("status")["version"], "0.1.0", "an answer")
        refused(1, "refused", "silence", "--staff", "wang", "--pin-file", pin("wrong", "0000"))


@tap.test
def bus_dies_in_a_call():
    "A bus that dies while calls are under way takes them along, and nothing else."
    client = Client()
    for _ in range(10):
        client.connection.call(NAME, PATH, NAME, "StopConnector", GLib.Variant("(sss)", ("dc-01/1", "wang", "2468")),
                               None, Gio.DBusCallFlags.NONE, 1000, None, lambda *_: None)
    station.wait_line("^stop dc-01/1$", 10)
    bus.kill()
    bus.start()
    until(lambda: ctl("status")[0] == 0, 20, "the service again")
    tap.equal(ask("stop", "dc-01/1", *acting())["proof"], "status finishing, current 0.0 A", "a stop")


@tap.test
def bus_hangs():
    "A bus that stops to answer without closing is given up, never waited for, and taken up again."
    if not tap.FULL:
        raise tap.Skip("takes 20 s; in the full tier")
    bus.process.signal(signal.SIGSTOP)
    mark = station.mark()
    station.wait_line("^lost: the bus does not answer$", 40, mark)
    bus.process.signal(signal.SIGCONT)
    station.wait_line("^ready$", 20, mark)
    tap.equal(ask("status")["version"], "0.1.0", "an answer")


@tap.test
def name_is_taken():
    "Where another process has the name the service waits for it, and says so."
    stop()
    other = Process("other", [FAKE], environment())
    other.wait_line("^ready$", 10)
    late = Process("late", [FAKE], environment())
    late.wait_line("^lost: .*name", 10)
    other.child.terminate()
    late.wait_line("^ready$", 10)
    late.child.terminate()
    tap.equal((other.child.wait(10), late.child.wait(10)), (0, 0), "exits")
    start()


@tap.test
def tools_understand_it():
    "busctl and gdbus can look into the service."
    done = subprocess.run(["gdbus", "introspect", "--session", "--dest", NAME, "--object-path", PATH],
                          env=environment(), capture_output=True, text=True, timeout=30)
    for member in ("GetStatus", "StopConnector", "AlarmChanged", "ConnectorsChanged"):
        tap.check(member in done.stdout, f"{member} in {done.stdout}{done.stderr}")
    done = subprocess.run(["gdbus", "call", "--session", "--dest", NAME, "--object-path", PATH, "--method",
                           f"{NAME}.ListEvents", "0", "0", "1"], env=environment(), capture_output=True, text=True,
                          timeout=30)
    tap.equal(done.returncode, 0, done.stderr)


@tap.test
def it_ends_in_peace():
    "The service ends without a leak and without a complaint, and no turn of its loop was long."
    lines = stop()
    tap.note(lines[-1])
    tap.check(not any("CRITICAL" in text or "WARNING" in text for text in lines), "\n".join(lines))


try:
    bus.start()
    start()
    tap.main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
