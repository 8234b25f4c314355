# SPDX-License-Identifier: Apache-2.0
"""assets/schemas describes what the station says and takes: the schemas themselves, examples, and real traffic."""
import copy
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import jsonschema  # noqa: E402
import schema  # noqa: E402
import tap  # noqa: E402
from headquarters import Headquarters  # noqa: E402
from overheard import Overheard  # noqa: E402
from process import until  # noqa: E402
from station import SOURCE, Refused, Station  # noqa: E402
from sync_peer import SyncPeer  # noqa: E402

EXAMPLES = os.path.join(schema.FOLDER, "examples")
SCENARIOS = os.path.join(SOURCE, "assets/sites/demo/scenarios")
WITHOUT_EXAMPLE = ("common", "station", "device")  # parts of event; and ctl/, which real answers show
REMOVED = object()

# What may stand in the objects of AsyncAPI 3.0 that we use: a misspelt key would say nothing at all.
ASYNCAPI_KEYS = {
    "": {"asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"},
    "channels": {"address", "title", "description", "parameters", "messages"},
    "operations": {"action", "channel", "bindings", "messages", "reply"},
    "messages": {"title", "description", "headers", "correlationId", "payload"},
}

# example, what is changed in it, and the fault that must be found: where, and which rule of the schema it breaks.
# A change of REMOVED takes the key away.
BAD = [
    ("status", "online", "yes", "online", "type"),
    ("status", "since", "2026-11-22T14:20:00+08:00", "since", "pattern"),
    ("status", "since", "2026-11-22T14:20:00.118Z", "since", "pattern"),
    ("status", "since", "2026-13-22T14:20:00.118+08:00", "since", "pattern"),
    ("status", "clock", "good", "clock", "enum"),
    ("status", "backlog", -1, "backlog", "minimum"),
    ("status", "last_seq", REMOVED, "", "required"),
    ("status", "secret", 1, "", "additionalProperties"),
    ("ack", "through", "42", "through", "type"),
    ("ack", "through", -1, "through", "minimum"),
    ("ack", "through", 42.5, "through", "type"),
    ("ack", "through", True, "through", "type"),
    ("ack", "through", 2 ** 63, "through", "maximum"),
    ("ack", "epoch", 0, "epoch", "minimum"),
    ("ack", "epoch", REMOVED, "", "required"),
    ("ack", "note", "", "", "additionalProperties"),
    ("event", "specversion", "0.3", "specversion", "const"),
    ("event", "id", "1795328504-42", "id", "pattern"),
    ("event", "id", "1795328504.042", "id", "pattern"),
    ("event", "source", "CS-0571-001", "source", "pattern"),
    ("event", "source", "/stations/../x", "source", "pattern"),
    ("event", "subject", "", "subject", "pattern"),
    ("event", "subject", "dc-03//1", "subject", "pattern"),
    ("event", "type", "alarm.invented", "type", "enum"),
    ("event", "type", "device.online", "data", "required"),
    ("event", "type", "alarm.raised", None, None),  # an alarm that stands may be told anew
    ("event", "type", "alarm.cleared", "data/active", "const"),
    ("event", "type", "alarm.reset", "data/state", "const"),
    ("event", "seq", "42", "seq", "type"),
    ("event", "seq", 0, "seq", "minimum"),
    ("event", "timequality", REMOVED, "", "required"),
    ("event", "datacontenttype", "text/plain", "datacontenttype", "const"),
    ("event", "data", "{}", "data", "type"),
    ("event", "data/severity", "urgent", "data/severity", "enum"),
    ("event", "extension", 1, "", "additionalProperties"),
    ("event-device", "type", "device.online", "data/online", "const"),
    ("event-device", "data/name", "dc 04", "data/name", "pattern"),
    ("event-device", "data/reason", REMOVED, "data", "required"),
    ("event-device", "data/rtt_ms", REMOVED, "data", "required"),
    ("event-started", "data/version", 2, "data/version", "type"),
    ("event-started", "data/hq/refusals/total", -1, "data/hq/refusals/total", "minimum"),
    ("event-restored", "data/epoch", 0, "data/epoch", "minimum"),
    ("event-restored", "data/found_seq", -1, "data/found_seq", "minimum"),
    ("event-config-applied", "data/sha256", "9F86", "data/sha256", "pattern"),
    ("event-config-refused", "data/faults", [], "data/faults", "minItems"),
    ("alarm", "id", "7", "id", "pattern"),
    ("alarm", "subject", "dc 03", "subject", "pattern"),
    ("alarm", "state", "gone", "state", "enum"),
    ("alarm", "state", "normal", "active", "const"),
    ("alarm", "state", "unacknowledged", "acknowledged", "const"),
    ("alarm", "state", "latched", "active", "const"),
    ("alarm", "acknowledged_by", "wang", "acknowledged_by", "pattern"),
    ("alarm", "acknowledged_by", None, "acknowledged_by", "type"),
    ("alarm", "cleared_at", "2026-11-22T14:21:44.318+08:00", "cleared_at", "type"),
    ("alarm", "value", "", "value", "minLength"),
    ("alarm", "unit", "", "unit", "minLength"),
    ("alarm", "advice", "", "advice", "minLength"),
    ("alarm", "latency_ms/command", -1, "latency_ms/command", "minimum"),
    ("alarm", "ladder/0/rung", "soft stop", "ladder/0/rung", "enum"),
    ("alarm", "ladder/0/connector", "dc-03", "ladder/0/connector", "pattern"),
    ("alarm", "ladder/0/result", "proven", "ladder/0/proven_at", "type"),
    ("alarm", "ladder/1/proof", None, "ladder/1/proof", "type"),
    ("alarm", "ladder/1/result", "pending", "ladder/1/proven_at", "type"),
    ("alarm", "skipped", ["camera", "camera"], "skipped", "uniqueItems"),
    ("alarm", "skipped", ["dance"], "skipped/0", "enum"),
    ("alarm", "occurrences", 0, "occurrences", "minimum"),
    ("alarm", "zone", REMOVED, "", "required"),
    ("alarm", "colour", "red", "", "additionalProperties"),
    ("command", "verb", "charge.begin", "verb", "enum"),
    ("command", "seq", 412.5, "seq", "type"),
    ("command", "issued", "yesterday", "issued", "pattern"),
    ("command", "expires", REMOVED, "", "required"),
    ("command", "issuer", "../hq", "issuer", "pattern"),
    ("command", "sig", "AAAA", "", "additionalProperties"),
    ("command", "args", [], "args", "type"),
    ("command", "args/connector", "dc-03", "args/connector", "pattern"),
    ("command", "args/connector", REMOVED, "args", "required"),
    ("command", "args/force", True, "args", "additionalProperties"),
    ("command-start", "args/vin", "LFV2A21K5C3000001", "args", "oneOf"),
    ("command-start", "args/limit_kwh", 40.5, "args/limit_kwh", "type"),
    ("command-start", "args/limit_soc", 101, "args/limit_soc", "maximum"),
    ("command-disable", "args/reason", REMOVED, "args", "required"),
    ("command-acknowledge", "args/alarm", "all", "args/alarm", "pattern"),
    ("command-announce", "args/text", "", "args/text", "minLength"),
    ("command-announce", "args/text", "x" * 501, "args/text", "maxLength"),
    ("command-announce", "args/text", "two\nlines", "args/text", "pattern"),
    ("command-announce", "args/repeat", 61, "args/repeat", "maximum"),
    ("command-resend", "args/from", 0, "args/from", "minimum"),
    ("command-set", "args/value", {}, "args/value", "type"),
    ("command-reset", "args/device", "dc-03/1", "args/device", "pattern"),
    ("reply", "status", "ok", "status", "enum"),
    ("reply", "reason", "", "reason", "minLength"),
    ("reply", "reason", None, "reason", "type"),
    ("reply", "id", "", "id", "minLength"),
    ("reply", "data", REMOVED, "", "required"),
    ("config", "format", "xml", "format", "enum"),
    ("config", "text", {}, "text", "type"),
    ("config", "version", "7", "version", "type"),
]


def example(name):
    with open(os.path.join(EXAMPLES, name + ".json"), encoding="utf-8") as file:
        return schema.parse(file.read())


def examples():
    return sorted(file[:-5] for file in os.listdir(EXAMPLES))


def schema_of(name):
    return name.split("-")[0]


def changed(instance, path, value):
    """A copy of INSTANCE with VALUE at PATH."""
    instance = copy.deepcopy(instance)
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    inner = instance
    for part in way:
        inner = inner[part]
    if value is REMOVED:
        del inner[last]
    else:
        inner[last] = value
    return instance


def nodes(tree, path=()):
    """Every object of a document with its path."""
    if isinstance(tree, dict):
        yield path, tree
        for key, value in tree.items():
            yield from nodes(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from nodes(value, (*path, index))


def follow(file, reference):
    """What REFERENCE, found in FILE, means."""
    name, _, pointer = reference.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(file), name)) if name else file
    with open(path, encoding="utf-8") as opened:
        found = schema.asyncapi() if path == schema.ASYNCAPI else json.load(opened)
    for part in filter(None, pointer.split("/")):
        found = found[part]
    return found


@tap.test
def schemas_are_sound():
    "Each file is a sound JSON Schema, each reference leads somewhere, and each described object is closed."
    tap.check({"alarm", "event", "ack", "command", "reply", "status", "ctl/alarms"} <= set(schema.names()), "the schemas")
    for name in schema.names():
        jsonschema.Draft7Validator.check_schema(schema.load(name))
        for path, node in nodes(schema.load(name)):
            where = f"{name}.json: {'/'.join(map(str, path))}"
            if isinstance(node.get("$ref"), str):
                tap.check(set(node) <= {"$ref", "description"}, f"{where}: what stands beside $ref is not looked at: {set(node)}")
                follow(os.path.join(schema.FOLDER, name + ".json"), node["$ref"])
            if node.get("type") == "object" and "properties" in node:
                tap.check("additionalProperties" in node, f"{where} is open")
                tap.check(set(node["required"]) <= set(node["properties"]), f"{where} requires what it does not describe")
            for pattern in filter(lambda value: isinstance(value, str), [node.get("pattern")]):
                tap.check(re.fullmatch(r"\^.*(\$|\\\.)", pattern), f"{where}: the pattern {pattern} is open at an end")


@tap.test
def asyncapi_is_sound():
    "asyncapi.yaml names the contract's topics, every reference in it resolves, and it says nothing that has no meaning."
    api = schema.asyncapi()
    tap.equal(api["asyncapi"], "3.0.0", "its version")
    for _, node in nodes(api):
        if "$ref" in node:
            tap.equal(set(node), {"$ref"}, "keys beside a $ref")
            follow(schema.ASYNCAPI, node["$ref"])
    for kind, keys in ASYNCAPI_KEYS.items():
        objects = {"": {"": api}, "messages": api["components"]["messages"]}.get(kind) or api[kind]
        for name, found in objects.items():
            tap.check(set(found) <= keys, f"{kind} {name}: {set(found) - keys}")
    root = "stationmaster/v1/{station}/"
    tap.equal(sorted(channel["address"] for channel in api["channels"].values()),
              sorted(root + name for name in ("status", "event", "reply", "ack", "command", "config/{name}")), "the topics")
    for name, channel in api["channels"].items():
        tap.equal(set(re.findall(r"{(\w+)}", channel["address"])), set(channel["parameters"]), f"parameters of {name}")
        payloads = [follow(schema.ASYNCAPI, message["$ref"])["payload"]["$ref"] for message in channel["messages"].values()]
        tap.equal(payloads, [f"{name}.json"], f"payload of {name}")


@tap.test
def operations_fit_the_channels():
    "Each topic is sent or received by the station as the contract says: direction, quality of service, retained."
    found = {}
    for operation in schema.asyncapi()["operations"].values():
        name = operation["channel"]["$ref"].rsplit("/", 1)[1]
        for message in operation["messages"]:
            tap.check(message["$ref"].startswith(f"#/channels/{name}/messages/"), f"{name}: a message of another channel")
        binding = operation["bindings"]["mqtt"]
        found[name] = (operation["action"], binding["qos"], binding["retain"])
    tap.equal(found, {"status": ("send", 1, True), "event": ("send", 1, False), "reply": ("send", 1, False),
                      "ack": ("receive", 1, False), "command": ("receive", 1, False), "config": ("receive", 1, True)},
              "operations")


@tap.test
def good_examples_pass():
    "Each example fits its schema, and each schema and each verb has one."
    for name in examples():
        schema.check(schema_of(name), example(name), name)
    tops = {name for name in schema.names() if not name.startswith("ctl/")} - set(WITHOUT_EXAMPLE)
    tap.equal({schema_of(name) for name in examples()}, tops, "schemas with an example")
    verbs = {example(name)["verb"] for name in examples() if schema_of(name) == "command"}
    tap.equal(verbs, set(schema.load("command")["properties"]["verb"]["enum"]), "verbs with an example")
    tap.equal(verbs, set(schema.load("command")["definitions"]), "verbs whose args are described")


@tap.test
def bad_examples_fail():
    "Each bad example fails for its own reason and for no other."
    for name, path, value, where, rule in BAD:
        bad = changed(example(name), path, value)
        found = {(at, keyword) for at, keyword, _ in schema.faults(schema_of(name), bad)}
        wanted = {(where, rule)} if rule else set()
        what = f"{name} with {path} {'removed' if value is REMOVED else repr(value)[:60]}"
        if rule and found >= wanted and found != wanted and path in ("type", "state", "verb"):
            continue  # the key that says what else must hold: the rest does not fit either
        tap.equal(found, wanted, what)


@tap.test
def messages_are_found_by_their_topic():
    "A message is checked by its topic; unknown topics, broken JSON, keys given twice and ids that lie are faults."
    topic = "stationmaster/v1/CS-0571-001/"
    for name, where in (("event", "event"), ("ack", "ack"), ("status", "status"), ("reply", "reply"), ("command", "command"),
                        ("config", "config/tariff")):
        schema.check_message(topic + where, json.dumps(example(name)))
    event = example("event")
    for where, payload in (
            ("events", json.dumps(event)), ("config/users", json.dumps(example("config"))), ("event", "{"), ("ack", "NaN"),
            ("ack", '{"epoch":1,"through":1,"through":2}'), ("ack", b'\xff'), ("event", json.dumps({**event, "id": "1.42"})),
            ("event", json.dumps({**event, "source": "/stations/CS-0571-002"})),
            ("event", json.dumps({**event, "subject": "dc-04/1"}))):
        try:
            schema.check_message(topic + where, payload)
        except tap.Failure:
            continue
        raise tap.Failure(f"{where} {payload[:80]} was taken")


def check_answers(station):
    """What stationctl says now, as the schemas have it."""
    alarms = station.ctl("alarms", "--all")
    schema.check("ctl/alarms", alarms)
    schema.check("ctl/status", station.ctl("status"))
    schema.check("ctl/devices", station.ctl("devices"))
    schema.check("ctl/points", station.ctl("points"))
    connectors = station.ctl("connectors")
    schema.check("ctl/connectors", connectors)
    for connector in connectors:
        for name in [key for key in connector if key.endswith("_quality")]:
            tap.equal(connector[name[:-len("_quality")]], None, f"{connector['path']}: {name} stands beside a value")


def check_events(station):
    """The stream of the current epoch, each text as it is to be published, without a gap; gives the events' types."""
    listed = station.events()
    schema.check("ctl/events", listed)
    epoch, published = listed[0]["epoch"], []
    with SyncPeer(station) as sync:
        while texts := sync.read_texts(epoch, len(published)):
            published += [schema.check_message("stationmaster/v1/CS-DEMO-001/event", text) for _, text in texts]
    tap.equal([event["seq"] for event in published], list(range(1, len(published) + 1)), "the stream's seq")
    envelope = {"specversion": "1.0", "source": "/stations/CS-DEMO-001", "datacontenttype": "application/json"}
    for event, row in zip(published, listed):
        tap.equal(event, {**envelope, **row}, "what is published, beside what stationctl lists")
    return {event["type"] for event in listed}


def suffer(station):
    """All that the station tells by now, once: a stop that needs its feeder, a person, a dead device, a reset."""
    station.add_staff("wang")
    for line in ("dc-05 ignores stop", "dc-05 ignores disable", "dc-05/1 arrive soc 30", "dc-03/1 arrive soc 30"):
        station.tell(line)
    for path in ("dc-05/1", "dc-03/1"):
        station.wait_value(f"{path}/status", "charging", 20)
    station.tell("dc-05/1 overheat")
    station.tell("dc-03/1 overheat")
    station.tell("dc-07 silent for 8s")
    hot = station.wait_alarm("battery-over-temperature", "dc-03/1", proven=True, timeout=40)
    check_answers(station)
    station.ctl("ack", hot["id"], "--note", "seen, 看到了 \"\\", staff="wang")
    station.wait_alarm("battery-over-temperature", "dc-05/1", proven=True, timeout=40)
    check_answers(station)
    station.until(lambda: "device.online" in {event["type"] for event in station.events()}, 40, "dc-07 answers again")
    station.tell("dc-03/1 recovers")
    station.wait_alarm("battery-over-temperature", "dc-03/1", state="latched", timeout=60)
    check_answers(station)
    station.ctl("reset", hot["id"], staff="wang")
    station.wait_alarm("battery-over-temperature", "dc-03/1", state="normal")


def order(headquarters, station):
    """Headquarters sends every verb that a command may have, with arguments that fit, in the order of the schema."""
    alarm = station.alarms("battery-over-temperature", "dc-05/1")[0]
    told = station.ctl("status")
    args = {"charge.stop": {"connector": "dc-05/1"}, "connector.disable": {"connector": "dc-01/1", "reason": "works"},
            "connector.enable": {"connector": "dc-01/1", "reason": "done"}, "device.reset": {"device": "dc-02"},
            "alarm.acknowledge": {"alarm": alarm["id"], "note": "seen, 看到了"}, "announce": {"text": "Welcome, 欢迎"},
            "events.resend": {"epoch": told["epoch"], "from": 1, "to": 3}}
    for verb in sorted(set(schema.load("command")["properties"]["verb"]["enum"])):
        shown = next(e["args"] for e in map(example, examples()) if e.get("verb") == verb)
        words = {key: json.dumps(value, ensure_ascii=False) for key, value in args.get(verb, shown).items()}
        process = headquarters.command(station, verb, **words)
        tap.check(process.wait(60) in (0, 1), f"{verb}: {process.tail()}")
    known = station.wait_alarm("battery-over-temperature", "dc-05/1", acknowledged=True)
    tap.equal(known["acknowledged_by"], "hq:hq-demo", "who has acknowledged")


def check_line(headquarters, overheard, sync):
    """What went over the line by now, and the will at its end."""
    sync.kill()
    until(lambda: not overheard.of("status")[-1]["online"], 10, "the will", headquarters.logs)
    counts = overheard.check()
    tap.equal(set(counts), {"status", "event", "ack", "command", "reply"}, f"topics with messages, {counts}")
    commands, replies = overheard.of("command"), overheard.of("reply")
    final = {reply["id"]: reply["status"] for reply in replies if reply["status"] != "received"}
    tap.equal(sorted(final), sorted(command["id"] for command in commands), "each command has its final reply")
    verbs = {command["verb"]: final[command["id"]] for command in commands}
    tap.note(f"{counts}; {verbs}")
    for verb in ("announce", "alarm.acknowledge", "events.resend"):
        tap.equal(verbs[verb], "done", verb)


@tap.test
def real_traffic_is_as_described():
    "What a real station records, answers and sends, from a stop over a feeder to a restored backup, is as the schemas say."
    with Headquarters() as headquarters, Station(scenario="cars none", start=False) as station:
        headquarters.connect(station)
        overheard = Overheard(headquarters.broker)
        station.start()
        sync = headquarters.start_sync(station)
        suffer(station)
        order(headquarters, station)
        headquarters.wait_acknowledged(station)
        check_line(headquarters, overheard, sync)
        check_answers(station)
        types = check_events(station)
        station.restart()
        check_answers(station)
        copied = os.path.join(station.folder, "copy.db")
        station.ctl("backup", copied)
        station.ctl("restore", copied)
        station.until(lambda: "station.restored" in check_events(station), 20, "the new epoch tells why")
        types |= check_events(station)
        check_answers(station)
        described = set(schema.load("event")["definitions"]["type"]["enum"])
        tap.equal(described - types, {"config.applied", "config.refused"}, "described and never seen")


@tap.test
def refusals_are_as_described():
    "What stationctl says where it refuses, or finds nobody, is as the schema says."
    with Station(scenario="cars none") as station:
        station.add_staff("wang")
        for arguments in (("ack", "20261122T062144-5f3a09c1-7"), ("reset", "nonsense")):
            try:
                station.ctl(*arguments, staff="wang")
                raise tap.Failure(f"{arguments} was not refused")
            except Refused as refusal:
                schema.check("ctl/error", {"error": refusal.error, "reason": refusal.reason})
        station.stationd.stop()
        status, output, _ = station.ctl_raw("--json", "status")
        tap.equal(status, 3, "exit without a station")
        schema.check("ctl/error", schema.parse(output))


@tap.test
def demo_scenarios_are_as_described():
    "What the shipped scenarios make the station record is as the schemas say (plain: the demo's first half minute)."
    every = sorted(file.split(".")[0] for file in os.listdir(SCENARIOS))
    for name, seconds in tap.full([("demo", 32)], [(name, 75) for name in every]):
        with Station(scenario=os.path.join(SCENARIOS, name + ".scenario")) as station:
            station.until(lambda: station.ctl("status")["uptime_s"] >= seconds, seconds + 20, f"{name} has been played")
            check_answers(station)
            tap.check("station.started" in check_events(station), f"{name}: its events")


tap.main()
