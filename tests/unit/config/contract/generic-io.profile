# SPDX-License-Identifier: Apache-2.0
# profiles/generic-io.profile
[profile]
kind=io
[point siren]                           ; read-back of the output; never a proof
read=coil:0
type=bool
[command siren/on]
write=coil:0=1
[command siren/off]
write=coil:0=0
[point breaker-1]                       ; the breaker's auxiliary contact
read=discrete:1
map=1:closed;0:open
type=bool
[command breaker-1/trip]                ; shunt trip: a pulse; undervoltage release: write the 0
write=coil:1=1
pulse-ms=500
[command breaker-1/close]               ; only where a motor or a contactor can close it
write=coil:2=1
pulse-ms=500
[point button-1]
read=discrete:9
type=bool
