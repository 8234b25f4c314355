; SPDX-License-Identifier: Apache-2.0
; A door contact: 1 is open.
[profile]
kind=sensor
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point door]
read=discrete:0
type=bool
[point tamper]
read=discrete:1
type=bool
