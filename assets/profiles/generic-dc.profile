; SPDX-License-Identifier: Apache-2.0
; A DC charger of one connector.
[profile]
kind=charger
vendor=
model=
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable
connectors=1
max-read=100
max-gap=8

[point cabinet_temp]
read=holding:201
type=s16
scale=0.1
unit=°C
period-ms=5000
[point fault]
read=holding:200

[command reset]
write=coil:100=1

[setup]                                 ; seconds without a sign of life after which the charger stops by itself
write=holding:2000=30
[keepalive]
write=holding:6000=1
period-ms=10000

; ---- the connector itself
[point 1/status]
read=holding:0
map=0:available;1:preparing;2:charging;3:suspended;4:finishing;5:faulted;6:unavailable
[point 1/plugged]
read=holding:1.0
type=bool
[point 1/lock]
read=holding:1.1
type=bool
[point 1/parking_space]
read=holding:1.2
type=bool
[point 1/voltage]
read=holding:2
scale=0.1
unit=V
[point 1/current]
read=holding:3
scale=0.1
unit=A
[point 1/power]
read=holding:4
type=u32
word-order=big
scale=0.1
unit=kW
[point 1/energy]
read=holding:6
type=u32
scale=0.001
unit=kWh
[point 1/session_energy]
read=holding:8
type=u32
scale=0.001
unit=kWh
[point 1/soc]
read=holding:10
scale=0.1
absent=0xffff
unit=%
[point 1/remaining_min]
read=holding:11
absent=0xffff
unit=min
[point 1/gun_temp]
read=holding:12
type=s16
scale=0.1
unit=°C
[point 1/fault]
read=holding:13
[point 1/rated_power]
read=holding:14
scale=0.1
unit=kW
[point 1/vin]
read=holding:30
type=ascii:9
period-ms=2000

; ---- what the battery management system tells while a car is there
[point 1/bms_temp_max]
read=holding:15
type=s16
scale=0.1
absent=0x7fff
unit=°C
[point 1/bms_temp_min]
read=holding:16
type=s16
scale=0.1
absent=0x7fff
unit=°C
[point 1/bms_voltage_demand]
read=holding:17
scale=0.1
absent=0xffff
unit=V
[point 1/bms_current_demand]
read=holding:18
scale=0.1
absent=0xffff
unit=A
[point 1/pack_voltage]
read=holding:19
scale=0.1
absent=0xffff
unit=V
[point 1/pack_current]
read=holding:20
type=s16
scale=0.1
absent=0x7fff
unit=A
[point 1/cell_voltage_max]
read=holding:21
scale=0.001
absent=0xffff
unit=V
[point 1/cell_voltage_min]
read=holding:22
scale=0.001
absent=0xffff
unit=V
[point 1/cell_max_index]
read=holding:23
absent=0
[point 1/insulation]
read=holding:24
absent=0xffff
unit=kΩ

[command 1/stop]
write=coil:0=1
[command 1/disable]
write=coil:1=1
[command 1/enable]
write=coil:1=0
[command 1/start]
write=coil:2=1
[command 1/lock]
write=coil:3=1
[command 1/unlock]
write=coil:3=0
[command 1/limit]                       ; lapses after 60 s in the charger unless it is written again
write=holding:101
type=u16
scale=0.1
unit=kW
refresh-ms=25000
