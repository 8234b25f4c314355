#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""station-sync between a stand-in for stationd and a real mosquitto: what headquarters is promised."""
import json
import signal

import schema
import tap
from broker import Certificates, Mosquitto, free_port
from fake_sync import event_text
from line import EPOCH, ROOT, STATION, Line
from process import until


def each_once(line, count, epoch=EPOCH):
    """Row by row: what headquarters has is what the station wrote."""
    tap.equal(line.hq.conflicts, [], "events that came with two texts")
    tap.equal(sorted(s for e, s in line.hq.texts if e == epoch), list(range(1, count + 1)), "events at headquarters")
    for seq in range(1, count + 1):
        tap.equal(line.hq.texts[(epoch, seq)], event_text(epoch, seq), f"event {seq}")


@tap.test
def events_flow():
    "Events come to headquarters in order, each once, with the very text that the station wrote."
    with Line(events=50) as line:
        line.hq.wait(50)
        line.fake("append 200")
        line.hq.wait(250)
        line.wait_acked(250)
        each_once(line, 250)
        tap.equal(line.hq.order, sorted(line.hq.order), "order on a quiet line")
        tap.equal(line.hq.duplicates(), 0, "duplicates on a quiet line")


@tap.test
def window_is_kept():
    "Without an acknowledgement a hundred events are published, not one more, and after the patience the same again."
    with Line(events=500, acks=False) as line:
        line.hq.wait(100)
        until(lambda: line.hq.duplicates() >= 100, 20, "the same hundred again", line.logs)
        tap.equal(max(seq for _epoch, seq in line.hq.order), 100, "highest event published")
        tap.equal(line.hq.order[:200], [(EPOCH, seq) for seq in [*range(1, 101), *range(1, 101)]], "order")
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 40}))
        line.hq.wait(140)
        line.wait_acked(40)


@tap.test
def status_is_true():
    "The retained status follows the outbox; the will says offline when station-sync is killed, and itself when it ends."
    with Line(events=3, acks=False) as line:
        line.hq.wait(3)
        status = until(lambda: (told := line.broker.retained(f"{ROOT}/status"))["online"] and told, 10, "online", line.logs)
        tap.equal({k: status[k] for k in ("online", "epoch", "last_seq", "backlog")},
                  {"online": True, "epoch": EPOCH, "last_seq": 3, "backlog": 3}, "status")
        schema.check("status", status)
        line.hq.acks = True
        line.fake("append 2")
        until(lambda: line.broker.retained(f"{ROOT}/status")["backlog"] == 0, 10, "no backlog", line.logs)
        line.sync.kill()
        will = until(lambda: not (told := line.broker.retained(f"{ROOT}/status"))["online"] and told, 10, "the will", line.logs)
        tap.equal({k: will[k] for k in ("epoch", "last_seq", "backlog")}, {"epoch": EPOCH, "last_seq": 3, "backlog": 3},
                  "the will is of the connection's beginning")
        line.start_sync()
        until(lambda: line.broker.retained(f"{ROOT}/status")["online"], 20, "online again", line.logs)
        tap.equal(line.sync.stop(), 0, "exit status")
        leave = line.broker.retained(f"{ROOT}/status")
        schema.check("status", leave)
        tap.check(not leave["online"], "it took leave")


@tap.test
def older_epochs_first():
    "A new epoch is published only when headquarters has acknowledged the whole older one."
    with Line(events=150) as line:
        line.hq.acks = False
        line.fake(f"epoch {EPOCH + 9}")
        line.fake("append 30")
        line.hq.wait(100)
        tap.check(all(e == EPOCH for e, _s in line.hq.order), "only the older epoch so far")
        line.hq.acks = True
        line.hq.wait(30, epoch=EPOCH + 9)
        line.wait_acked(30, epoch=EPOCH + 9)
        line.wait_acked(150)
        first_new = next(i for i, (e, _s) in enumerate(line.hq.order) if e != EPOCH)
        tap.check((EPOCH, 150) in line.hq.order[:first_new], "the older epoch was whole before")


@tap.test
def commands_pass():
    "A command goes to stationd as it came, with its signature; the reply goes to headquarters, also over a broken line."
    with Line() as line:
        line.connected()
        replies = line.broker.listen(f"{ROOT}/reply")
        line.broker.publish(f"{ROOT}/command", '{"id":"c-1","x":"过温"}', signature="c2ln")
        line.stationd.wait_line(f'^command {ROOT}/command c2ln False {{"id":"c-1","x":"过温"}}', 10)
        line.broker.publish(f"{ROOT}/command", "{}", retained=True)
        line.stationd.wait_line(f"^command {ROOT}/command - True {{}}", 10)
        line.broker.publish(f"{ROOT}/config/rules", "{}", retained=True)
        line.stationd.wait_line(f"^command {ROOT}/config/rules - True {{}}", 10)
        line.fake('reply {"id":"c-1","status":"done"}')
        replies.wait_line('reply 0 {"id":"c-1","status":"done"}', 10)
        line.broker.kill()
        line.sync.wait_line("no line", 10)
        line.fake('reply {"id":"c-2","status":"done"}')
        line.sync.signal(signal.SIGSTOP)  # until somebody listens: a broker keeps no reply for nobody
        line.broker.start()
        probe = line.broker.listen(f"{ROOT}/reply")
        until(lambda: line.broker.publish(f"{ROOT}/reply", "probe") or probe.find("probe"), 10, "a listener")
        line.sync.signal(signal.SIGCONT)
        probe.wait_line('reply 0 {"id":"c-2","status":"done"}', 30)


@tap.test
def held_for_stationd():
    "What comes while stationd is away is held, the last of each configuration and commands in order, within a bound."
    with Line() as line:
        line.connected()
        line.stationd.kill()
        until(lambda: not line.broker.retained(f"{ROOT}/status")["online"], 10, "offline", line.logs)
        line.broker.publish(f"{ROOT}/config/rules", "old", retained=True)
        line.broker.publish(f"{ROOT}/config/rules", "new", retained=True)
        for number in range(33):
            line.broker.publish(f"{ROOT}/command", f"c-{number}", signature="c2ln")
        speaker = line.broker.speaker(f"{ROOT}/command")
        for _ in range(135):  # of each 32 KiB are held: more than 4 MiB
            speaker.say("x" * 40000)
        line.sync.wait_line("a message on command was dropped: more wait for stationd than are kept", 20)
        line.start_fake()
        line.broker.publish(f"{ROOT}/command", "later")
        line.stationd.wait_line(f"^command {ROOT}/command - False later", 20)
        handed = [text.split()[-1] for text in line.stationd.text() if text.startswith("command ")]
        tap.equal([text for text in handed if "long" not in text], ["new", *(f"c-{number}" for number in range(33)), "later"],
                  "what was handed over")
        tap.equal([text for text in handed if "long" in text], ["32768-long"] * 127, "large ones that were held")
        tap.equal(sum("was dropped" in text for text in line.sync.text()), 1, "how often it was told")


@tap.test
def given_again():
    "What stationd had not answered when it was killed is given to the next one, before what came later, and once."
    with Line() as line:
        line.connected()
        line.fake("slow 600000")
        for text in ("one", "two"):
            line.broker.publish(f"{ROOT}/command", text, signature="c2ln")
        line.broker.publish(f"{ROOT}/config/rules", "old", retained=True)
        line.stationd.wait_line("^late TakeCommand", 10)
        line.stationd.kill()
        until(lambda: not line.broker.retained(f"{ROOT}/status")["online"], 10, "offline", line.logs)
        line.broker.publish(f"{ROOT}/config/rules", "new", retained=True)
        line.broker.publish(f"{ROOT}/command", "three")
        line.start_fake()
        line.fake("slow 0")
        line.stationd.wait_line(f"^command {ROOT}/command - False three", 20)
        handed = [text.split()[-1] for text in line.stationd.text() if text.startswith("command ")]
        tap.equal(handed, ["one", "two", "new", "three"], "what was given again, in order")
        line.fake("slow 600000")
        line.broker.publish(f"{ROOT}/command", "bad")
        line.stationd.wait_line("^late TakeCommand", 10)
        line.stationd.kill()
        line.start_fake()
        line.stationd.wait_line("^late TakeCommand", 20)
        line.stationd.kill()
        line.sync.wait_line("on command was dropped: stationd has ended with it twice", 10)


@tap.test
def another_station():
    "Of the stationd of another station nothing is read, published or told; its own is served when it comes."
    with Line(events=5) as line:
        line.wait_acked(5)
        line.fake("append 3")
        line.wait_acked(8)
        line.fake("station CS-2")
        line.stationd.kill()
        line.start_fake()
        line.sync.wait_line("stationd on this bus is of station CS-2, and \\[station\\] id is CS-0571-001", 10)
        line.fake("append 3")
        line.fake('reply {"id":"c-1"}')
        line.broker.publish(f"{ROOT}/command", "mine")
        line.fake(f"station {STATION}")
        tap.equal([text for text in line.stationd.text() if text.startswith(("line", "command", "ack"))], [], "what it was told")
        tap.equal(line.hq.count(), 8, "events at headquarters")
        line.stationd.kill()
        line.start_fake()
        line.wait_acked(11)
        line.stationd.wait_line(f"^command {ROOT}/command - False mine", 10)
        each_once(line, 11)


@tap.test
def hostile_messages():
    "Acknowledgements that are none, and messages too large, change nothing."
    with Line(events=10, acks=False) as line:
        line.hq.wait(10)
        for text in ("{}", "[" * 200, f'{{"epoch":{EPOCH},"through":9.0}}', f'{{"epoch":{EPOCH},"through":-1}}', "\xff",
                     f'{{"epoch":{EPOCH},"through":9,"more":1}}', f'{{"epoch":{EPOCH},"through":9}}' + " " * 1000):
            line.broker.publish(f"{ROOT}/ack", text)
        line.broker.publish(f"{ROOT}/command", "x" * 300_000)
        line.sync.stop()
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 9}), retained=True)  # of whenever that was
        line.start_sync()
        until(lambda: line.hq.duplicates() >= 10, 20, "the same ten again", line.logs)
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 4}))
        line.wait_acked(4)
        tap.equal(line.acked(), 4, "acknowledged")
        tap.check(not line.stationd.find(" x{1000}"), "the large message did not pass")


@tap.test
def beyond_is_judged():
    "An acknowledgement beyond what was sent is handed to stationd, which refuses it; the stream goes on."
    with Line(events=5, acks=False) as line:
        line.hq.wait(5)
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 5000}))
        line.stationd.wait_line("^error ack .* 5000 refused", 10)
        line.hq.acks = True
        line.fake("append 5")
        line.wait_acked(10)
        each_once(line, 10)


@tap.test
def beyond_what_was_published():
    "An acknowledgement of what waits and was never published is refused, and all of it comes to headquarters."
    with Line(acks=False) as line:
        line.connected()
        line.fake("append 500")
        line.hq.wait(100)
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 400}))
        line.stationd.wait_line(f"^error ack {EPOCH} 400 refused", 10)
        line.hq.acks = True
        line.hq.wait(500)
        line.wait_acked(500)
        each_once(line, 500)


@tap.test
def had_by_headquarters_before():
    "What headquarters already has under numbers of ours is published all the same: it may be something else."
    with Line(events=300, acks=False) as line:
        line.hq.wait(100)
        line.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": EPOCH, "through": 250}))
        line.wait_acked(100)
        line.hq.wait(200)
        line.hq.acks = True
        line.wait_acked(300)
        each_once(line, 300)


@tap.test
def asked_again():
    "Events that headquarters asks for are published again; ranges that the station no longer has hold nothing up."
    with Line(events=300) as line:
        line.wait_acked(300)
        before = line.hq.duplicates()
        line.fake(f"resend {EPOCH} 11 210")
        until(lambda: line.hq.duplicates() >= before + 200, 10, "200 events again", line.logs)
        tap.equal(line.hq.order[-200:], [(EPOCH, seq) for seq in range(11, 211)], "what came again")
        line.fake("resend 77 1 5")
        line.fake("append 1")
        line.hq.wait(301)


@tap.test
def larger_than_the_broker_takes():
    "An event that the broker is too small for waits, and all behind it, while the line stays up for commands; people hear why."
    with Line(events=60, broker=Mosquitto(settings="max_packet_size 480")) as line:
        line.stationd.wait_line(r"^line online event \d+\.\d+ has \d+ bytes and the broker takes \d+: raise its limit", 20)
        line.broker.publish(f"{ROOT}/command", '{"id":"c-1"}', signature="c2ln")
        line.stationd.wait_line(f'^command {ROOT}/command c2ln False {{"id":"c-1"}}', 10)
        tap.equal(line.sync.find("no line"), None, "lost lines")
        line.broker.kill()
        with open(line.broker.configuration, encoding="utf-8") as file:
            settings = file.read()
        with open(line.broker.configuration, "w", encoding="utf-8") as file:
            file.write(settings.replace("max_packet_size 480", ""))
        line.broker.start()
        line.hq.wait(60)
        line.wait_acked(60)
        each_once(line, 60)


@tap.test
def line_is_told():
    "stationd hears how the line stands, and why there is none."
    with Line() as line:
        line.stationd.wait_line("^line online", 20)
        line.broker.kill()
        line.stationd.wait_line("^line offline .+", 20)
        line.broker.start()
        line.stationd.wait_line("^line online", 30, line.stationd.mark())


@tap.test
def tls_with_certificates():
    "Over TLS with a client certificate; a broker of another authority is refused and stationd hears the reason."
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Certificates(folder + "/ours"), Certificates(folder + "/theirs")
        certificate, key = ours.issue("station", STATION)
        settings = f"ca-file={ours.ca}\ncert-file={certificate}\nkey-file={key}\n"
        with Line(ours, settings, events=20) as line:
            line.wait_acked(20)
            each_once(line, 20)
            line.broker.kill()
            other = Mosquitto(theirs, port=line.broker.port)
            with other:
                line.stationd.wait_line("^line offline .*certificate", 30)
            mark = line.stationd.mark()
            line.broker.start()
            line.stationd.wait_line("^line online", 30, mark)


@tap.test
def over_websockets():
    "Over wss:// as over mqtts://; a broker of another authority is refused in words that say what to look at."
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Certificates(folder + "/ours"), Certificates(folder + "/theirs")
        certificate, key = ours.issue("station", STATION)
        line = Line(ours, f"ca-file={ours.ca}\ncert-file={certificate}\nkey-file={key}\n",
                    broker=Mosquitto(ours, web=True), events=20)
        line.write_config = lambda _url, write=line.write_config: write(line.broker.web_url)
        with line:
            line.wait_acked(20)
            line.fake("append 300")
            line.wait_acked(320)
            each_once(line, 320)
            line.broker.publish(f"{ROOT}/command", "x" * 20_000)
            line.stationd.wait_line(f"^command {ROOT}/command - False 20000-long", 10)
            line.broker.kill()
            with Mosquitto(theirs, port=line.broker.port, web=line.broker.web_port):
                line.stationd.wait_line("^line offline TLS: .*not signed by the authority of ca-file", 30)
            mark = line.stationd.mark()
            line.broker.start()
            line.stationd.wait_line("^line online", 30, mark)


@tap.test
def tls_reasons():
    "What is wrong with TLS is said in words that somebody can act on, once for all attempts."
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        ours = Certificates(folder)
        certificate, key = ours.issue("station", STATION)
        mine = f"cert-file={certificate}\nkey-file={key}\n"
        line = Line(ours, f"ca-file={ours.ca}\n", events=1)
        with line:
            line.sync.wait_line("no line: TLS: .*it wants a client certificate", 20)
            until(lambda: sum("OpenSSL" in text for text in line.broker.process.text()) >= 2, 30, "two attempts", line.logs)
            tap.equal(sum("client certificate" in text for text in line.sync.text()), 1, "how often it is said")
            for url, settings, reason in (
                    (f"mqtts://127.0.0.1:{line.broker.port}", f"ca-file={ours.ca}\n{mine}", "certificate is not for this name"),
                    (line.broker.url, f"ca-file={certificate}\n{mine}", "not signed by the authority of ca-file"),
                    (f"mqtt://localhost:{line.broker.port}", "", "it wants TLS")):
                mark = line.sync.mark()
                line.settings = settings
                line.write_config(url)
                line.sync.signal(signal.SIGHUP)
                line.sync.wait_line(f"no line: .*{reason}", 20, mark)
            line.settings = f"ca-file={ours.ca}\n{mine}"
            line.write_config(line.broker.url)
            line.sync.signal(signal.SIGHUP)
            line.wait_acked(1)


@tap.test
def next_broker():
    "Of several brokers the next is tried when one does not answer."
    line = Line(events=5)
    url = line.broker.url
    line.write_config = lambda _url, write=line.write_config: write(f"mqtt://localhost:{free_port()};{url}")
    with line:
        line.wait_acked(5)


@tap.test
def configuration_is_followed():
    "On SIGHUP station-sync goes on with the configuration as it is then; without a broker it waits for one."
    line = Line(events=5)
    url = line.broker.url
    line.write_config = lambda _url, write=line.write_config: write("")
    with line:
        line.sync.wait_line("names no broker", 10)
        del line.write_config
        line.write_config(url)
        line.sync.signal(1)
        line.wait_acked(5)


tap.main()
