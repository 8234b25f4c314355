# SPDX-License-Identifier: Apache-2.0
# Vestel EVC04, sold as Webasto Unite too: Modbus TCP, port 502, unit 255. Readings by function 4.
# The alive register is written at a quarter of its timeout (20 s, set below); a silent station means failsafe
# current 0. One register stops and starts (5004): no second rung.
[profile]
kind=charger
vendor=Vestel
model=EVC04, Webasto Unite
source=Vestel EVC04 Modbus TCP/IP specification v1.8, evcc charger/vestel, OpenEMS evcs.webasto.unite
status=beta
connectors=1
max-read=100
max-gap=8

[point 1/status]
read=input:1000
map=0:available;1:preparing;2:charging;3:suspended;4:suspended;5:finishing;6:reserved;7:unavailable;8:faulted

[point 1/charging]
read=input:1001

[point 1/plugged]                       ; cable state 2 and 3: plugged at the vehicle
read=input:1004
mask=0x2
shift=1

[point 1/fault]
read=input:1006
type=u32

[point 1/current_a]
read=input:1008
scale=0.001
unit=A

[point 1/current_b]
read=input:1010
scale=0.001
unit=A

[point 1/current_c]
read=input:1012
scale=0.001
unit=A

[point 1/voltage_a]
read=input:1014
unit=V

[point 1/voltage_b]
read=input:1016
unit=V

[point 1/voltage_c]
read=input:1018
unit=V

[point 1/power]
read=input:1020
type=u32
scale=0.001
unit=kW

[point 1/energy]                        ; the meter's total, 0.1 kWh
read=input:1036
type=u32
scale=0.1
unit=kWh
period-ms=5000

[point 1/session_energy]
read=input:1502
type=u32
scale=0.001
unit=kWh
period-ms=5000

[command 1/stop]
write=holding:5004=0
function=6

[command 1/start]                       ; the least that a vehicle takes
write=holding:5004=6
function=6

[command 1/limit]
write=holding:5004
unit=A
function=6

[setup]                                 ; failsafe current 0 A, timeout 20 s
write=holding:2000=0;holding:2002=20
function=6

[keepalive]
write=holding:6000=1
function=6
period-ms=5000
