; SPDX-License-Identifier: Apache-2.0
; The I/O module of a station: siren, strobe, eight feeder breakers and the main breaker, buttons.
[profile]
kind=io
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point siren]                           ; read-back of the output; never a proof
read=coil:0
type=bool
[command siren/on]
write=coil:0=1
[command siren/off]
write=coil:0=0
[point strobe]
read=coil:19
type=bool
[command strobe/on]
write=coil:19=1
[command strobe/off]
write=coil:19=0
[point button-1]
read=discrete:9
type=bool
[point button-2]
read=discrete:10
type=bool

[point breaker-1]                       ; the auxiliary contact
read=discrete:1
type=bool
map=1:closed;0:open
[command breaker-1/trip]
write=coil:1=1
pulse-ms=500
[command breaker-1/close]
write=coil:2=1
pulse-ms=500

[point breaker-2]
read=discrete:2
type=bool
map=1:closed;0:open
[command breaker-2/trip]
write=coil:3=1
pulse-ms=500
[command breaker-2/close]
write=coil:4=1
pulse-ms=500

[point breaker-3]
read=discrete:3
type=bool
map=1:closed;0:open
[command breaker-3/trip]
write=coil:5=1
pulse-ms=500
[command breaker-3/close]
write=coil:6=1
pulse-ms=500

[point breaker-4]
read=discrete:4
type=bool
map=1:closed;0:open
[command breaker-4/trip]
write=coil:7=1
pulse-ms=500
[command breaker-4/close]
write=coil:8=1
pulse-ms=500

[point breaker-5]
read=discrete:5
type=bool
map=1:closed;0:open
[command breaker-5/trip]
write=coil:9=1
pulse-ms=500
[command breaker-5/close]
write=coil:10=1
pulse-ms=500

[point breaker-6]
read=discrete:6
type=bool
map=1:closed;0:open
[command breaker-6/trip]
write=coil:11=1
pulse-ms=500
[command breaker-6/close]
write=coil:12=1
pulse-ms=500

[point breaker-7]
read=discrete:7
type=bool
map=1:closed;0:open
[command breaker-7/trip]
write=coil:13=1
pulse-ms=500
[command breaker-7/close]
write=coil:14=1
pulse-ms=500

[point breaker-8]
read=discrete:8
type=bool
map=1:closed;0:open
[command breaker-8/trip]
write=coil:15=1
pulse-ms=500
[command breaker-8/close]
write=coil:16=1
pulse-ms=500

[point breaker-9]                       ; the main breaker
read=discrete:11
type=bool
map=1:closed;0:open
[command breaker-9/trip]
write=coil:17=1
pulse-ms=500
[command breaker-9/close]
write=coil:18=1
pulse-ms=500
