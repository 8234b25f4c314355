; SPDX-License-Identifier: Apache-2.0
; The panel of a zone: siren, strobe, two buttons.
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
read=coil:1
type=bool
[command strobe/on]
write=coil:1=1
[command strobe/off]
write=coil:1=0
[point button-1]
read=discrete:0
type=bool
[point button-2]
read=discrete:1
type=bool
