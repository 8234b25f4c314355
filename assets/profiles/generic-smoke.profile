; SPDX-License-Identifier: Apache-2.0
; A smoke transmitter; register 2 as on common RS-485 ones (PROTOCOLS 2.3).
[profile]
kind=sensor
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable

[point smoke]
read=holding:2
type=bool
[point tamper]
read=holding:3
type=bool
