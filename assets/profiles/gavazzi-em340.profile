# SPDX-License-Identifier: Apache-2.0
# Carlo Gavazzi EM340 (EM330 and EM24-E1 alike), RS-485. 32-bit values come least significant register first.
[profile]
kind=meter
vendor=Carlo Gavazzi
model=EM340, EM330, EM24-E1
source=mbmd meters/cgem3xx, OpenEMS meter.carlo.gavazzi
status=beta
max-read=24
max-gap=8

[point voltage_a]
read=input:0
type=s32
scale=0.1
unit=V
word-order=little

[point voltage_b]
read=input:2
type=s32
scale=0.1
unit=V
word-order=little

[point voltage_c]
read=input:4
type=s32
scale=0.1
unit=V
word-order=little

[point current_a]
read=input:12
type=s32
scale=0.001
unit=A
word-order=little

[point current_b]
read=input:14
type=s32
scale=0.001
unit=A
word-order=little

[point current_c]
read=input:16
type=s32
scale=0.001
unit=A
word-order=little

[point power_a]
read=input:18
type=s32
scale=0.0001
unit=kW
word-order=little

[point power_b]
read=input:20
type=s32
scale=0.0001
unit=kW
word-order=little

[point power_c]
read=input:22
type=s32
scale=0.0001
unit=kW
word-order=little

[point power]
read=input:40
type=s32
scale=0.0001
unit=kW
word-order=little

[point power_factor]
read=input:49
type=s16
scale=0.001

[point frequency]
read=input:51
scale=0.1
unit=Hz

[point energy]
read=input:52
type=s32
scale=0.1
unit=kWh
word-order=little
period-ms=5000

[point energy_export]
read=input:78
type=s32
scale=0.1
unit=kWh
word-order=little
period-ms=5000
