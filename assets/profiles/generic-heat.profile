; SPDX-License-Identifier: Apache-2.0
; A heat detector with its temperature.
[profile]
kind=sensor
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point heat]
read=discrete:0
type=bool
[point tamper]
read=discrete:1
type=bool
[point temperature]
read=input:0
type=s16
scale=0.1
unit=°C
