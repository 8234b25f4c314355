# SPDX-License-Identifier: Apache-2.0
# Waveshare Modbus RTU Relay 8CH, RS-485, 9600 8N1, unit 1. Eight relays and no inputs, wired as: 1 siren, 2 strobe,
# 3 … 8 shunt trips of the breakers 1 … 6. Without auxiliary contacts a trip is proven by the feeder's meter alone:
# give each charger its feeder-meter. Another wiring is a profile of the site's own, under the same name.
[profile]
kind=io
vendor=Waveshare
model=Modbus RTU Relay (8 channels)
source=Waveshare wiki, two independent drivers
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

[command breaker-1/trip]
write=coil:2=1
pulse-ms=500

[command breaker-2/trip]
write=coil:3=1
pulse-ms=500

[command breaker-3/trip]
write=coil:4=1
pulse-ms=500

[command breaker-4/trip]
write=coil:5=1
pulse-ms=500

[command breaker-5/trip]
write=coil:6=1
pulse-ms=500

[command breaker-6/trip]
write=coil:7=1
pulse-ms=500
