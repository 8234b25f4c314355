; SPDX-License-Identifier: Apache-2.0
; A DC charger of two connectors that share its power.
[profile]
kind=charger
vendor=
model=
source=the simulated site of this project, drivers/sim/sim-registers.c, layout after CONTRACT section 3
status=stable
connectors=2
connector-stride=1000                   ; registers and coils of connector 2 lie 1000 higher
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
[point N/status]
read=holding:0
map=0:available;1:preparing;2:charging;3:suspended;4:finishing;5:faulted;6:unavailable
[point N/plugged]
read=holding:1.0
type=bool
[point N/lock]
read=holding:1.1
type=bool
[point N/parking_space]
read=holding:1.2
type=bool
[point N/voltage]
read=holding:2
scale=0.1
unit=V
[point N/current]
read=holding:3
scale=0.1
unit=A
[point N/power]
read=holding:4
type=u32
word-order=big
scale=0.1
unit=kW
[point N/energy]
read=holding:6
type=u32
scale=0.001
unit=kWh
[point N/session_energy]
read=holding:8
type=u32
scale=0.001
unit=kWh
[point N/soc]
read=holding:10
scale=0.1
absent=0xffff
unit=%
[point N/remaining_min]
read=holding:11
absent=0xffff
unit=min
[point N/gun_temp]
read=holding:12
type=s16
scale=0.1
unit=°C
[point N/fault]
read=holding:13
[point N/rated_power]
read=holding:14
scale=0.1
unit=kW
[point N/vin]
read=holding:30
type=ascii:9
period-ms=2000

; ---- what the battery management system tells while a car is there
[point N/bms_temp_max]
read=holding:15
type=s16
scale=0.1
absent=0x7fff
unit=°C
[point N/bms_temp_min]
read=holding:16
type=s16
scale=0.1
absent=0x7fff
unit=°C
[point N/bms_voltage_demand]
read=holding:17
scale=0.1
absent=0xffff
unit=V
[point N/bms_current_demand]
read=holding:18
scale=0.1
absent=0xffff
unit=A
[point N/pack_voltage]
read=holding:19
scale=0.1
absent=0xffff
unit=V
[point N/pack_current]
read=holding:20
type=s16
scale=0.1
absent=0x7fff
unit=A
[point N/cell_voltage_max]
read=holding:21
scale=0.001
absent=0xffff
unit=V
[point N/cell_voltage_min]
read=holding:22
scale=0.001
absent=0xffff
unit=V
[point N/cell_max_index]
read=holding:23
absent=0
[point N/insulation]
read=holding:24
absent=0xffff
unit=kΩ

[command N/stop]
write=coil:0=1
[command N/disable]
write=coil:1=1
[command N/enable]
write=coil:1=0
[command N/start]
write=coil:2=1
[command N/lock]
write=coil:3=1
[command N/unlock]
write=coil:3=0
[command N/limit]                       ; lapses after 60 s in the charger unless it is written again
write=holding:101
type=u16
scale=0.1
unit=kW
refresh-ms=25000
