; SPDX-License-Identifier: Apache-2.0
; Temperature and humidity; the registers of the XY-MD02 (PROTOCOLS 2.3).
[profile]
kind=sensor
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point temperature]
read=input:1
type=s16
scale=0.1
unit=°C
[point humidity]
read=input:2
scale=0.1
unit=%
