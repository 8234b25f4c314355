# SPDX-License-Identifier: Apache-2.0
"""All that goes over the line, heard by a foreign client, for what the schemas say of it.

    overheard = Overheard(headquarters.broker)
    ...
    overheard.check()                   # every message against assets/schemas/asyncapi.yaml
    overheard.of("reply")               # those of a topic, parsed
"""
import schema
from process import until

ROOT = "stationmaster/v1/"


class Overheard:
    def __init__(self, broker):
        self.broker = broker
        self.messages = []  # (topic, retained, payload), as they came
        broker.listen(ROOT + "#", self.on_line)
        until(self.is_listening, 20, "a foreign client listens", broker.logs)

    def is_listening(self):
        self.broker.publish(ROOT + "nobody/probe", "{}")
        return any(topic.endswith("/probe") for topic, _, _ in self.messages)

    def on_line(self, _process, stream, line):
        if stream == 1:
            topic, retained, payload = line.split(" ", 2)
            self.messages.append((topic, retained == "1", payload))

    def payloads(self, name):
        return [payload for topic, _, payload in list(self.messages) if topic.rpartition("/")[2] == name]

    def of(self, name):
        return [schema.parse(payload) for payload in self.payloads(name)]

    def check(self):
        """Gives how many messages each topic had."""
        counts = {}
        for topic, _, payload in list(self.messages):
            if not topic.endswith("/probe"):
                schema.check_message(topic, payload)
                name = topic.rpartition("/")[2]
                counts[name] = counts.get(name, 0) + 1
        return counts
