# SPDX-License-Identifier: Apache-2.0
"""The schemas of assets/schemas as tests use them.

    schema.check("alarm", alarm)                     fails with every fault, where it is and what is wrong
    schema.check_message(topic, payload)             a message of the line to headquarters, by asyncapi.yaml

`payload` is read strictly: UTF-8, no key twice, no NaN.
"""
import functools
import json
import os
import re

import jsonschema
import tap
import yaml

FOLDER = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../assets/schemas"))
ASYNCAPI = os.path.join(FOLDER, "asyncapi.yaml")
SHOWN_FAULTS = 10


def names():
    """Every schema by its path below the folder, without `.json`."""
    found = []
    for folder, _, files in os.walk(FOLDER):
        below = os.path.relpath(folder, FOLDER)
        if below != "examples":
            found += [os.path.normpath(os.path.join(below, file[:-5])) for file in files if file.endswith(".json")]
    return sorted(found)


@functools.lru_cache(maxsize=None)
def load(name):
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as file:
        return parse(file.read())


@functools.lru_cache(maxsize=None)
def asyncapi():
    with open(ASYNCAPI, encoding="utf-8") as file:
        return yaml.safe_load(file)


def parse(text):
    """JSON read strictly; raises ValueError."""
    def unique(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError(f"a key stands twice: {keys}")
        return dict(pairs)

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")
    if isinstance(text, (bytes, bytearray)):
        text = bytes(text).decode("utf-8")
    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


@functools.lru_cache(maxsize=None)
def validator(name):
    schema = load(name)
    resolver = jsonschema.RefResolver(f"file://{FOLDER}/{name}.json", schema)
    return jsonschema.Draft7Validator(schema, resolver=resolver)


def faults(name, instance):
    """Each fault of INSTANCE as (path, keyword, text), the innermost ones where a choice has failed."""
    def leaves(error):
        return [error] if not error.context else [leaf for inner in error.context for leaf in leaves(inner)]
    return [("/".join(map(str, leaf.absolute_path)), leaf.validator, leaf.message)
            for error in validator(name).iter_errors(instance) for leaf in leaves(error)]


def check(name, instance, what=None):
    found = faults(name, instance)
    if found:
        failure = tap.Failure(f"{what or name}: not as assets/schemas/{name}.json says")
        failure.diagnostics = [f"{path or '(whole)'}: {keyword}: {text[:300]}" for path, keyword, text in found[:SHOWN_FAULTS]]
        failure.diagnostics.append(json.dumps(instance, ensure_ascii=False)[:2000])
        raise failure


def channel_of(topic):
    """(channel, its parameters' values) of asyncapi.yaml for TOPIC, or None."""
    for name, channel in asyncapi()["channels"].items():
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(channel["address"]))
        match = re.fullmatch(pattern, topic)
        if match and all(value in channel["parameters"][key].get("enum", [value]) for key, value in match.groupdict().items()):
            return name, match.groupdict()
    return None


def check_message(topic, payload):
    """Checks a message as it went over the line; gives the parsed object."""
    channel = channel_of(topic)
    tap.check(channel is not None, f"asyncapi.yaml knows no topic {topic}")
    try:
        instance = parse(payload)
    except ValueError as error:
        raise tap.Failure(f"{topic}: {error}: {payload[:200]!r}") from None
    check(channel[0], instance, topic)
    if channel[0] == "event":
        check_event(instance, channel[1]["station"])
    return instance


def check_event(event, station=None):
    """What an event promises beyond the form of each key."""
    tap.equal(event["id"], f"{event['epoch']}.{event['seq']}", "the event's id")
    if station:
        tap.equal(event["source"], f"/stations/{station}", "the event's source")
    if event["type"].startswith(("alarm.", "action.", "device.")):
        tap.equal(event["subject"], event["data"].get("subject", event["data"].get("name")), "subject of event and data")
