# SPDX-License-Identifier: Apache-2.0
# Juying (聚英) DAM0808, RS-485, 9600 8N1, unit 1 (delivered as 254: give it another address first). Eight relays and
# eight inputs, wired as: relay 1 siren, 2 strobe, 3 … 8 shunt trips of the breakers 1 … 6; inputs 1 … 6 their
# auxiliary contacts (closed = breaker closed), 7 and 8 push-buttons. Another wiring is a profile of the site's own, under the same name.
[profile]
kind=io
vendor=Juying
model=DAM0808
source=maker's manual, two independent drivers
status=beta

[point siren]
read=coil:0

[command siren/on]
write=coil:0=1

[command siren/off]
write=coil:0=0

[point strobe]
read=coil:1

[command strobe/on]
write=coil:1=1

[command strobe/off]
write=coil:1=0

[point breaker-1]
read=discrete:0
map=1:closed;0:open

[command breaker-1/trip]
write=coil:2=1
pulse-ms=500

[point breaker-2]
read=discrete:1
map=1:closed;0:open

[command breaker-2/trip]
write=coil:3=1
pulse-ms=500

[point breaker-3]
read=discrete:2
map=1:closed;0:open

[command breaker-3/trip]
write=coil:4=1
pulse-ms=500

[point breaker-4]
read=discrete:3
map=1:closed;0:open

[command breaker-4/trip]
write=coil:5=1
pulse-ms=500

[point breaker-5]
read=discrete:4
map=1:closed;0:open

[command breaker-5/trip]
write=coil:6=1
pulse-ms=500

[point breaker-6]
read=discrete:5
map=1:closed;0:open

[command breaker-6/trip]
write=coil:7=1
pulse-ms=500

[point button-1]
read=discrete:6

[point button-2]
read=discrete:7
