; SPDX-License-Identifier: Apache-2.0
; A three-phase meter on transformers: its values are multiplied by PT and CT.
[profile]
kind=meter
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable
max-gap=8

[point PT]
read=holding:0
period-ms=60000
max-age-ms=300000
[point CT]
read=holding:1
period-ms=60000
max-age-ms=300000
[point voltage_a]
read=holding:10
scale=0.1
scale-by=PT
unit=V
[point voltage_b]
read=holding:11
scale=0.1
scale-by=PT
unit=V
[point voltage_c]
read=holding:12
scale=0.1
scale-by=PT
unit=V
[point current_a]
read=holding:13
scale=0.001
scale-by=CT
unit=A
[point current_b]
read=holding:14
scale=0.001
scale-by=CT
unit=A
[point current_c]
read=holding:15
scale=0.001
scale-by=CT
unit=A
[point power]
read=holding:16
type=s32
scale=0.001
scale-by=PT;CT
unit=kW
[point power_factor]
read=holding:18
type=s16
scale=0.001
[point frequency]
read=holding:19
scale=0.01
unit=Hz
[point energy]                          ; of the primary side already
read=holding:20
type=u64
scale=0.001
unit=kWh
