; SPDX-License-Identifier: Apache-2.0
; A leak cable: bits as on the RLE SeaHawk (PROTOCOLS 2.3).
[profile]
kind=sensor
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point water]
read=input:0.0
type=bool
[point tamper]                          ; the cable is broken
read=input:0.1
type=bool
[point leak_distance]
read=input:1
scale=0.1
absent=0xffff
unit=m
