# SPDX-License-Identifier: Apache-2.0
# Advantech ADAM-6050 (ADAM-6060 with fewer channels), Modbus TCP, port 502. Twelve inputs from 0, six outputs from 16,
# wired as: DO 0 siren, DO 1 strobe, DO 2 … 5 shunt trips of the breakers 1 … 4; DI 0 … 3 their auxiliary contacts
# (closed = breaker closed), DI 4 and 5 push-buttons. Another wiring is a profile of the site's own, under the same name.
[profile]
kind=io
vendor=Advantech
model=ADAM-6050
source=ADAM-6000 user manual, two independent drivers
status=beta

[point siren]
read=coil:16

[command siren/on]
write=coil:16=1

[command siren/off]
write=coil:16=0

[point strobe]
read=coil:17

[command strobe/on]
write=coil:17=1

[command strobe/off]
write=coil:17=0

[point breaker-1]
read=discrete:0
map=1:closed;0:open

[command breaker-1/trip]
write=coil:18=1
pulse-ms=500

[point breaker-2]
read=discrete:1
map=1:closed;0:open

[command breaker-2/trip]
write=coil:19=1
pulse-ms=500

[point breaker-3]
read=discrete:2
map=1:closed;0:open

[command breaker-3/trip]
write=coil:20=1
pulse-ms=500

[point breaker-4]
read=discrete:3
map=1:closed;0:open

[command breaker-4/trip]
write=coil:21=1
pulse-ms=500

[point button-1]
read=discrete:4

[point button-2]
read=discrete:5
