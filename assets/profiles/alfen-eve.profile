# SPDX-License-Identifier: Apache-2.0
# Alfen Eve and NG910, Modbus TCP, port 502. Each socket is a unit of its own (1, 2), and the station another (200):
# a double station is two devices of this profile on one bus.
# The set-point 1210 lapses (validity counts down in 1208), and then the socket *charges again* at its safe current
# (1212, set by the installer): so every write of it is refreshed, a stop too, and the safe current belongs to 0 A or
# as low as the installer's tool lets it. There is no second rung.
[profile]
kind=charger
vendor=Alfen
model=Eve Single, Eve Double, NG910
source=evcc charger/alfen, OpenEMS evcs.alfen
status=beta
connectors=1
max-read=100
max-gap=8

[point cabinet_temp]
read=holding:1102
type=f32
unit=°C
unit-id=200
period-ms=10000

[point 1/voltage_a]
read=holding:306
type=f32
unit=V

[point 1/voltage_b]
read=holding:308
type=f32
unit=V

[point 1/voltage_c]
read=holding:310
type=f32
unit=V

[point 1/current_a]
read=holding:320
type=f32
unit=A

[point 1/current_b]
read=holding:322
type=f32
unit=A

[point 1/current_c]
read=holding:324
type=f32
unit=A

[point 1/power]
read=holding:344
type=f32
scale=0.001
unit=kW

[point 1/energy]                        ; delivered in all, Wh
read=holding:374
type=f64
scale=0.001
unit=kWh
period-ms=5000

[point 1/in_service]
read=holding:1200

[point 1/status]                        ; IEC 61851 mode 3 state; 1: the socket offers nothing, 2: it does
read=holding:1201
type=ascii:5
map=A:available;B1:preparing;B2:preparing;C1:suspended;C2:charging;D1:suspended;D2:charging;E:unavailable;F:faulted

[point 1/current_limit]                 ; what the socket applies now
read=holding:1206
type=f32
unit=A

[point 1/limit_remaining]               ; until the set-point lapses
read=holding:1208
type=u32
unit=s

[point 1/safe_current]
read=holding:1212
type=f32
unit=A
period-ms=10000

[command 1/stop]
write=holding:1210=0
type=f32
function=16
refresh-ms=25000

[command 1/start]                       ; the least that a vehicle takes
write=holding:1210=6
type=f32
function=16
refresh-ms=25000

[command 1/limit]
write=holding:1210
type=f32
unit=A
function=16
refresh-ms=25000
