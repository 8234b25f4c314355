# SPDX-License-Identifier: Apache-2.0
# KEBA KeContact P30 (c- and x-series), Modbus TCP, port 502, unit 255. All values are pairs of registers, and the
# charger refuses a read that spans two of them: max-read=2. It wants half a second between requests: gap-ms=500 of
# its bus, and slow periods for what proves nothing.
# One register stops and starts (5014), so there is no second rung: `start` sends it back to work, and the station's
# release leaves it stopped. Where the station falls silent for 30 s, the charger stops by itself (failsafe current 0).
[profile]
kind=charger
vendor=KEBA
model=KeContact P30
source=evcc charger/keba-modbus, OpenEMS evcs.keba
status=beta
connectors=1
max-read=2
max-gap=0

[point 1/status]
read=holding:1000
type=u32
map=0:unavailable;1:available;2:preparing;3:charging;4:faulted;5:suspended

[point 1/plugged]                       ; cable state 5 and 7: plugged at the vehicle
read=holding:1004
type=u32
mask=0x4
shift=2

[point 1/fault]
read=holding:1006
type=u32
period-ms=5000

[point 1/current_a]
read=holding:1008
type=u32
scale=0.001
unit=A

[point 1/current_b]
read=holding:1010
type=u32
scale=0.001
unit=A

[point 1/current_c]
read=holding:1012
type=u32
scale=0.001
unit=A

[point 1/power]
read=holding:1020
type=u32
scale=0.000001
unit=kW

[point 1/energy]                        ; the meter's total, 0.1 Wh
read=holding:1036
type=u32
scale=0.0001
unit=kWh
period-ms=10000

[point 1/voltage_a]
read=holding:1040
type=u32
unit=V
period-ms=10000

[point 1/voltage_b]
read=holding:1042
type=u32
unit=V
period-ms=10000

[point 1/voltage_c]
read=holding:1044
type=u32
unit=V
period-ms=10000

[point 1/current_limit]
read=holding:1100
type=u32
scale=0.001
unit=A
period-ms=10000

[command 1/stop]
write=holding:5014=0
function=6

[command 1/start]
write=holding:5014=1
function=6

[command 1/limit]
write=holding:5004
type=u16
scale=0.001
unit=A
function=6

[setup]                                 ; failsafe current 0 A
write=holding:5016=0
function=6

[keepalive]                             ; failsafe timeout 30 s, written anew at half its time
write=holding:5018=30
function=6
period-ms=15000
